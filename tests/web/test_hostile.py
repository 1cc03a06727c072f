"""What a hostile or broken server can do to the client: one typed error, in bounded time and memory (rules N6 to N10, N14)."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import subprocess
import sys
import threading
import tracemalloc
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st

from ingest.errors import (
    BadEncoding,
    BodyTooLarge,
    ConnectFailed,
    FetchError,
    FetchTimeout,
    IncompleteBody,
    ProtocolError,
    TlsError,
)
from ingest.settings import Settings
from ingest.web.client import Exchange, WebClient
from tests.site import Site, hostile
from tests.site.hostile import OK
from tests.site.server import Raw
from tests.site.tls import Authority
from tests.web.ask import ask, ask_all

ROOT = Path(__file__).parents[2]
MIB = 1024 * 1024
HOST = "a.example"
URL = f"http://{HOST}/"
PAGE = b"<html><body><p>The council met on Tuesday.</p></body></html>" * 50


def children_fetch(urls: list[str], env: dict[str, str] | None = None, *, max_bytes: int = 10 * MIB, **chosen: Any) -> list[dict[str, Any]]:
    """What `tests.web.child` says of each."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("NEWSFLOW_")} | (env or {})
    command = [sys.executable, "-m", "tests.web.child", json.dumps({"urls": urls, "max_bytes": max_bytes, "settings": chosen})]
    done = subprocess.run(command, cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


# The deadline is for the whole fetch (N6)

SLOW = {
    "says nothing": hostile.silent,
    "drips its headers": lambda ended: hostile.drips_headers(every_s=0.05, ended=ended),
    "drips its body": lambda ended: hostile.drips_body(every_s=0.05, ended=ended),
    "drips its chunks": lambda ended: hostile.drips(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", every_s=0.05, ended=ended),
    "drips early hints": lambda ended: hostile.drips(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", every_s=0.05, ended=ended),
    "drips gzip": lambda ended: hostile.drips(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(PAGE)[:9], b"\0", every_s=0.05, ended=ended),
}  # fmt: skip


@pytest.mark.parametrize("speak", SLOW.values(), ids=SLOW.keys())
def test_a_slow_server_is_left_at_the_deadline(site: Site, speak: Any) -> None:
    ended = threading.Event()
    site.raw(HOST, "/", speak(ended))
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=0.6)
    assert isinstance(exchange.error, FetchTimeout)
    assert 0.5 < exchange.elapsed_s < 1.6
    assert ended.wait(2), "the connection was left open"


def test_the_deadline_covers_all_redirects_together(site: Site) -> None:
    for step in range(9):
        head = f"HTTP/1.1 302 Found\r\nLocation: /{step + 1}\r\nContent-Length: 0\r\n\r\n".encode()
        site.raw(HOST, f"/{step}", hostile.waits(0.25, head))
    exchange = ask(f"{URL}0", connect_to=site.connect_to, fetch_total_s=0.6, fetch_redirects=9)
    assert isinstance(exchange.error, FetchTimeout)
    assert exchange.elapsed_s < 1.6
    assert 1 <= len(exchange.hops) <= 3


def test_a_slow_host_does_not_use_up_the_time_of_those_that_wait(site: Site) -> None:
    site.raw(HOST, "/", hostile.waits(0.7, OK, b"Connection: close\r\nContent-Length: 4\r\n\r\npage"))

    async def crowd() -> list[Exchange]:
        async with WebClient(Settings(connect_to=site.connect_to, fetch_concurrency=1, fetch_total_s=2.0, fetch_connect_s=2.0)) as client:
            return await asyncio.gather(*(client.fetch(URL, max_bytes=100) for _ in range(4)))

    assert [exchange.error for exchange in asyncio.run(crowd())] == [None] * 4


# Bodies without an end, lengths that lie (N7)

LENGTHS: dict[str, tuple[Raw, type[FetchError] | None]] = {
    "announces a hundred terabytes": (hostile.announces("99999999999999", b"x"), BodyTooLarge),
    "announces one byte too many": (hostile.announces("1000001", b"x"), BodyTooLarge),
    "announces more digits than a number has": (hostile.announces("9" * 5000, b"x"), ProtocolError),
    "announces less than nothing": (hostile.announces("-5", b"x"), ProtocolError),
    "announces a sign": (hostile.announces("+4", b"page"), ProtocolError),
    "announces a fraction": (hostile.announces("4.0", b"page"), ProtocolError),
    "announces hexadecimal": (hostile.announces("0x4", b"page"), ProtocolError),
    "announces a word": (hostile.announces("many", b"page"), ProtocolError),
    "announces two lengths": (hostile.with_headers([b"Content-Length: 5"]), ProtocolError),
    "hangs up early": (hostile.announces("100", b"12345"), IncompleteBody),
    "hangs up before the body": (hostile.announces("100", b""), IncompleteBody),
    "hangs up within a chunk": (hostile.says(OK, b"Transfer-Encoding: chunked\r\n\r\n", b"ff\r\nabc"), IncompleteBody),
    "hangs up before the last chunk": (hostile.says(OK, b"Transfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n"), IncompleteBody),
    "resets within the body": (hostile.resets(OK + b"Content-Length: 100\r\n\r\n12345"), IncompleteBody),
    "sends chunks that are none": (hostile.says(OK, b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\nabc\r\n0\r\n\r\n"), ProtocolError),
    "sends a chunk of a petabyte": (hostile.endless(OK + b"Transfer-Encoding: chunked\r\n\r\n3ffffffffffff\r\n", bytes(65_536)), BodyTooLarge),
    "sends chunks for ever": (hostile.endless_chunks(), BodyTooLarge),
    "sends bytes for ever": (hostile.endless_until_closed(), BodyTooLarge),
    "sends exactly the limit": (hostile.says(OK, b"Content-Length: 1000000\r\n\r\n", bytes(1_000_000)), None),
    "ends without a length": (hostile.says(OK, b"\r\n", PAGE), None),
}  # fmt: skip


@pytest.mark.parametrize(("speak", "expected"), LENGTHS.values(), ids=LENGTHS.keys())
def test_a_length_is_held_to(site: Site, speak: Raw, expected: type[FetchError] | None) -> None:
    site.raw(HOST, "/", speak)
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=5)
    assert type(exchange.error) is (expected or type(None))
    assert bool(exchange.body) is (expected is None)


def test_what_follows_the_announced_length_is_never_part_of_the_body(site: Site) -> None:
    site.raw(HOST, "/", hostile.announces("4", b"page and more"))
    exchange = ask(URL, connect_to=site.connect_to)
    # Whether the rest comes in the same segment decides: if so, it is read as the start of a next response that is none.
    assert exchange.body == b"page" or isinstance(exchange.error, ProtocolError)


def test_a_response_without_a_body_may_announce_any_length(site: Site) -> None:
    site.raw(HOST, "/", hostile.says(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\nContent-Length: 99999999999\r\n\r\n'))
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=5)
    assert (exchange.error, exchange.status, exchange.body) == (None, 304, b"")


@pytest.mark.parametrize("speak", [hostile.endless_chunks(), hostile.announces("100", b"5"), hostile.encoded("gzip", b"not gzip")])
@pytest.mark.parametrize("status", [404, 503])
def test_of_an_error_page_only_the_status_counts(site: Site, speak: Raw, status: int) -> None:
    class Renamed:
        """Changes the status line, which is what is sent first."""

        def __init__(self, sock: Any) -> None:
            self._sock = sock

        def sendall(self, data: bytes) -> None:
            self._sock.sendall(data.replace(b"HTTP/1.1 200 OK", f"HTTP/1.1 {status} No".encode()))

    site.raw(HOST, "/", lambda sock: speak(Renamed(sock)))  # type: ignore[arg-type]
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=5)
    assert (exchange.error, exchange.status) == (None, status)


# Compressed bodies (N8, N9)


def zeros(mib: int) -> bytes:
    """A gzip of zeros without its end."""
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    return head + (stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)) * mib


def many_times(body: bytes, times: int) -> bytes:
    for _ in range(times):
        body = gzip.compress(body)
    return body


@pytest.mark.slow
def test_endless_and_exploding_bodies_cost_little_memory_and_time(site: Site) -> None:
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    compressor = brotli.Compressor(quality=1)
    bombs = {
        "gzip": ("gzip", zeros(1024), "too_large"),
        "br": ("br", b"".join(compressor.process(bytes(MIB)) for _ in range(1024)) + compressor.finish(), "too_large"),
        "zstd": ("zstd", b"".join(stream.compress(bytes(MIB)) for _ in range(1024)) + stream.flush(), "too_large"),
        "gzip in gzip": ("gzip, gzip", gzip.compress(zeros(1024)), "bad_encoding"),
        "gzip 200 times": (", ".join(["gzip"] * 200), many_times(b"x", 200), "bad_encoding"),
    }
    urls, expected = [], []
    for name, (coding, body, reason) in bombs.items():
        host = name.replace(" ", "-") + ".example"
        site.raw(host, "/", hostile.encoded(coding, body))
        urls.append(f"http://{host}/")
        expected.append(reason)
    for host, speak in {"chunks.example": hostile.endless_chunks(), "bytes.example": hostile.endless_until_closed()}.items():
        site.raw(host, "/", speak)
        urls.append(f"http://{host}/")
        expected.append("too_large")
    costs = children_fetch(urls, connect_to=site.connect_to, fetch_total_s=20)
    assert [cost["reason"] for cost in costs] == expected
    for url, cost in zip(urls, costs, strict=True):
        assert cost["grown_mib"] < 64, url  # 10 MiB are the limit of the body; 26 at most when this was written
        assert cost["cpu_s"] < 2, url
        assert cost["length"] == 0


CUT = {
    "gzip in half": ("gzip", gzip.compress(PAGE)[:70]),
    "gzip without its trailer": ("gzip", gzip.compress(PAGE)[:-8]),
    "gzip without its last byte": ("gzip", gzip.compress(PAGE)[:-1]),
    "deflate": ("deflate", zlib.compress(PAGE)[:-1]),
    "brotli": ("br", brotli.compress(PAGE)[:-1]),
    "zstd": ("zstd", zstandard.compress(PAGE)[:-1]),
}


@pytest.mark.parametrize(("coding", "body"), CUT.values(), ids=CUT.keys())
def test_a_compressed_body_that_is_cut_off_is_no_body(site: Site, coding: str, body: bytes) -> None:
    site.raw(HOST, "/", hostile.encoded(coding, body))
    exchange = ask(URL, connect_to=site.connect_to)
    assert isinstance(exchange.error, IncompleteBody)
    assert exchange.error.retryable
    assert exchange.body == b""


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "unheard-of", "gzip, br"])
def test_a_body_that_is_not_in_its_coding_is_refused(site: Site, coding: str) -> None:
    site.raw(HOST, "/", hostile.encoded(coding, b"\xff\xff" + PAGE))
    assert isinstance(ask(URL, connect_to=site.connect_to).error, BadEncoding)


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("GZip", gzip.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)),
        ("br", brotli.compress(PAGE)),
        ("zstd", zstandard.compress(PAGE)),
        ("identity", PAGE),
    ],
    ids=["gzip", "GZip", "deflate", "br", "zstd", "identity"],  # not the bytes: gzip's hold the time
)
def test_a_good_body_is_decoded_and_kept_as_received_too(site: Site, coding: str, body: bytes) -> None:
    site.raw(HOST, "/", hostile.encoded(coding, body))
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.error, exchange.body, exchange.raw) == (None, PAGE, body)


# What comes before the body (N10)

HEADS: dict[str, tuple[Raw, type[FetchError]]] = {
    "hangs up at once": (hostile.says(), ConnectFailed),
    "resets at once": (hostile.resets(), ConnectFailed),
    "one header of 13 MB": (hostile.says(OK, b"X: ", b"x" * 13_000_000, b"\r\n\r\n"), ProtocolError),
    "a hundred thousand headers": (hostile.with_headers(b"X-%d: x" % n for n in range(100_000)), ProtocolError),
    "headers for ever": (hostile.endless(OK, b"X: x\r\n" * 1000), ProtocolError),
    "a status line for ever": (hostile.endless(b"HTTP/1.1 200 ", b"x" * 65_536), ProtocolError),
    "a NUL in a header": (hostile.with_headers([b"X: a\0b"]), ProtocolError),
    "a header without a name": (hostile.with_headers([b": x"]), ProtocolError),
    "a header without a colon": (hostile.with_headers([b"nonsense"]), ProtocolError),
    "a blank before the colon": (hostile.with_headers([b"Transfer-Encoding : chunked"]), ProtocolError),
    "HTTP/0.9": (hostile.says(b"<html>old</html>\n"), ProtocolError),
    "another protocol": (hostile.says(b"SSH-2.0-OpenSSH_9.9\r\n"), ProtocolError),
    "HTTP/2 without having been asked": (hostile.says(b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64"), ProtocolError),
    "TLS on a plain port": (hostile.says(b"\x15\x03\x01\x00\x02\x02\x46"), ProtocolError),
    "a status that is none": (hostile.says(b"HTTP/1.1 abc OK\r\n\r\n"), ProtocolError),
    "a status of four digits": (hostile.says(b"HTTP/1.1 2000 OK\r\n\r\n"), ProtocolError),
    "a version that there is not": (hostile.says(b"HTTP/9.9 200 OK\r\n\r\n"), ProtocolError),
}  # fmt: skip


@pytest.mark.parametrize(("speak", "expected"), HEADS.values(), ids=HEADS.keys())
def test_a_broken_head_is_one_typed_error(site: Site, speak: Raw, expected: type[FetchError]) -> None:
    site.raw(HOST, "/", speak)
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=10)
    assert type(exchange.error) is expected
    assert exchange.body == b""


def test_a_storm_of_early_hints_ends_in_the_page_or_a_typed_error(site: Site) -> None:
    site.raw(HOST, "/", hostile.says(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100_000, OK, b"Content-Length: 4\r\n\r\npage"))
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=10)
    assert isinstance(exchange.error, FetchError) or (exchange.status, exchange.body) == (200, b"page")


@pytest.mark.parametrize(
    "lines",
    [
        [b"Content-Security-Policy: " + b"x" * 60_000],
        [b"Set-Cookie: %d=%s" % (n, b"x" * 2000) for n in range(100)],
        [b"X-Latin: M\xfcnchen", "X-UTF: München".encode(), b"X-Empty:", b"X-Folded: a", b"x-twice: 1", b"X-Twice: 2"],
    ],
    ids=["a security policy of 60 KB", "a hundred cookies", "odd but legal ones"],
)
def test_large_and_odd_headers_of_honest_sites_are_accepted(site: Site, lines: list[bytes]) -> None:
    site.raw(HOST, "/", hostile.with_headers(lines))
    exchange = ask(URL, connect_to=site.connect_to)
    assert (exchange.error, exchange.body) == (None, b"page")
    assert len(exchange.headers) >= len(lines)


pieces = st.sampled_from(
    [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 302 Found\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"Location: http://127.0.0.1/\r\n", b"Location: //[::1\r\n",
     b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Encoding: br\r\n", b"Connection: close\r\n", b"\r\n",
     b"5\r\nabcde\r\n", b"0\r\n\r\n", b"<html>", b"\0", b"\xff\xfe", b"HTTP/1.1 200"]
)  # fmt: skip


@run(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces | st.binary(max_size=20), max_size=12))
def test_any_answer_is_an_exchange(site: Site, parts: list[bytes]) -> None:
    site.raw(HOST, "/", hostile.says(*parts))
    exchange = ask(URL, connect_to=site.connect_to, fetch_total_s=3)
    assert isinstance(exchange.error, FetchError) or 100 <= exchange.status <= 999


def test_a_client_goes_on_after_every_abuse(site: Site) -> None:
    site.route("good.example", "/", PAGE)
    abuses = [speak for speak, _ in [*HEADS.values(), *LENGTHS.values()]]
    urls = []
    for number, speak in enumerate(abuses):
        site.raw(f"{number}.example", "/", speak)
        urls += [f"http://{number}.example/", "http://good.example/"]
    exchanges = ask_all(urls, connect_to=site.connect_to, fetch_total_s=10)
    assert all((good.error, good.body) == (None, PAGE) for good in itertools.islice(exchanges, 1, None, 2))


# Who is it that answers (N14)?


def test_a_certificate_that_nobody_vouches_for_is_refused_for_good(tmp_path: Path) -> None:
    with Site(tls=Authority(tmp_path).site(HOST)) as site:
        site.route(HOST, "/", PAGE)
        exchange = ask(f"https://{HOST}/", connect_to=site.connect_to)
        assert isinstance(exchange.error, TlsError)
        assert not exchange.error.retryable
        assert (site.connections, site.requests) == (1, [])  # no second try without verification


def test_a_server_that_does_not_speak_tls_is_a_tls_error(site: Site) -> None:
    exchange = ask(f"https://{HOST}/", connect_to=f"*:443=127.0.0.1:{site.port}")
    assert isinstance(exchange.error, TlsError)
    assert site.requests == []


@pytest.mark.slow
def test_a_certificate_counts_for_its_host_and_its_time(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificates = {"good.example": ("good.example", 30), "mistaken.example": ("other.example", 30), "late.example": ("late.example", -1)}
    with ExitStack() as stack:
        detours = []
        for host, (certified, days) in certificates.items():
            site = stack.enter_context(Site(tls=authority.site(certified, days=days)))
            site.route(host, "/", PAGE)
            detours.append(f"{host}:443=127.0.0.1:{site.port}")
        urls = [f"https://{host}/" for host in certificates]
        costs = children_fetch(urls, {"SSL_CERT_FILE": str(authority.root)}, connect_to=",".join(detours))
    assert [(cost["reason"], cost["length"]) for cost in costs] == [(None, len(PAGE)), ("tls", 0), ("tls", 0)]


def test_nothing_is_kept_of_bodies_that_are_refused(site: Site) -> None:
    """A batch of polls has all its answers at once."""
    site.raw("bomb.example", "/", hostile.encoded("gzip", zeros(20)))
    tracemalloc.start()
    try:
        answers = ask_all(["http://bomb.example/"] * 5, max_bytes=10 * MIB, connect_to=site.connect_to)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert [answer.error and answer.error.reason for answer in answers] == ["too_large"] * 5
    assert held < 10 * MIB
