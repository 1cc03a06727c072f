from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest.errors import BadEncoding, BodyTooLarge, FetchTimeout, IncompleteBody, StorageError
from ingest.web.archive import WarcWriter, iter_responses, read_response
from ingest.web.client import Exchange, Hop
from tests.site import Site
from tests.web.ask import ask_all

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
LIMIT = 100_000


def exchange(name: str, **more: Any) -> Exchange:
    url = f"http://a.example/{name}"
    known = {"url": url, "final_url": url, "status": 200, "raw": name.encode(), "body": name.encode(), "fetched_at": NOW, "ip": "192.0.2.7"}
    return Exchange(**{**known, "headers": (("Content-Type", "text/html"),), **more})


def written(path: Path, *exchanges: Exchange) -> list[int]:
    with WarcWriter(path) as warc:
        return [warc.write(each).offset for each in exchanges]


def records(path: Path) -> list[Any]:
    with path.open("rb") as file:
        found = []
        for record in ArchiveIterator(file):
            record.text = record.raw_stream.read()
            found.append(record)
        return found


def unpacked(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "2026" / "03" / "batch.warc.gz"


def test_responses_are_read_back_by_offset_and_in_order(path: Path) -> None:
    names = ["one", "two", "three"]
    offsets = written(path, *(exchange(name) for name in names))
    assert [read_response(path, offset, max_bytes=LIMIT).body.decode() for offset in offsets] == names
    all_of_them = list(iter_responses(path, max_bytes=LIMIT))
    assert [(response.body.decode(), response.offset) for response in all_of_them] == list(zip(names, offsets, strict=True))
    first = all_of_them[0]
    assert (first.url, first.first_url, first.status, first.date) == ("http://a.example/one", "http://a.example/one", 200, NOW)
    assert (first.content_type, first.header("CONTENT-TYPE"), first.header("no-such")) == ("text/html", "text/html", None)


def test_what_the_client_fetches_is_read_back_byte_for_byte(path: Path, site: Site) -> None:
    page = "<p>Zoë</p>".encode() * 100
    codings = {"gzip": gzip.compress(page), "br": brotli.compress(page), "identity": page}
    for coding, body in codings.items():
        site.route("a.example", f"/{coding}", body, headers={"Content-Encoding": coding})
    exchanges = ask_all([f"http://a.example/{coding}" for coding in codings], connect_to=site.connect_to)
    offsets = written(path, *exchanges)
    for offset, original in zip(offsets, exchanges, strict=True):
        copy = read_response(path, offset, max_bytes=LIMIT)
        assert (copy.body, copy.headers, copy.url) == (page, original.headers, original.final_url)
        assert copy.date == original.fetched_at


def test_other_tools_find_the_archive_in_order(path: Path) -> None:
    written(
        path,
        exchange("one", headers=(("Content-Encoding", "gzip"),), raw=gzip.compress(b"one")),
        exchange("two", status=0, error=FetchTimeout("too slow")),
        exchange("three", raw=b"", headers=()),
        exchange("four", headers=(("X-Name", "Zoë; größer"),), hops=(Hop("http://a.example/", 302, "http://a.example/four"),)),
    )
    check = subprocess.run([sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout
    assert check.stdout.count("digest pass") == 10
    assert "fail" not in check.stdout


def test_request_and_response_are_linked_and_dated_once(path: Path) -> None:
    written(path, exchange("one", request_headers=(("Host", "a.example"), ("User-Agent", "Newsflow"))))
    info, response, request = records(path)
    assert [record.rec_type for record in (info, response, request)] == ["warcinfo", "response", "request"]
    assert request.rec_headers.get_header("WARC-Concurrent-To") == response.rec_headers.get_header("WARC-Record-ID")
    assert request.http_headers.protocol + " " + request.http_headers.statusline == "GET /one HTTP/1.1"
    assert request.http_headers.headers == [("Host", "a.example"), ("User-Agent", "Newsflow")]
    for record in (response, request):
        assert [value for name, value in record.rec_headers.headers if name == "WARC-Date"] == ["2026-03-04T05:06:07.890000Z"]
        assert record.rec_headers.get_header("WARC-IP-Address") == "192.0.2.7"


def test_chunks_that_the_client_undid_are_not_claimed(path: Path) -> None:
    written(path, exchange("one", headers=(("Transfer-Encoding", "chunked"), ("X", "y"))))
    assert next(iter_responses(path, max_bytes=LIMIT)).headers == (("X-Archive-Orig-Transfer-Encoding", "chunked"), ("X", "y"))


def test_a_failure_is_kept_with_its_reason_and_is_no_response(path: Path) -> None:
    hops = (Hop("http://a.example/", 302, "http://a.example/gone"),)
    (offset,) = written(path, exchange("gone", status=0, error=FetchTimeout("too\r\nslow: x"), hops=hops, raw=b"half"))
    _, failure, request = records(path)
    assert (failure.rec_type, request.rec_type) == ("metadata", "request")
    assert failure.text == b"fetchFailure: timeout\r\ndetail: too slow: x\r\nstatus: 0\r\nhop-1: 302 http://a.example/gone\r\n"
    assert request.http_headers.get_header("Host") == "a.example"
    assert list(iter_responses(path, max_bytes=LIMIT)) == []
    with pytest.raises(StorageError):
        read_response(path, offset, max_bytes=LIMIT)


def test_of_a_redirected_page_the_first_url_is_known(path: Path) -> None:
    written(path, exchange("one", url="http://a.example/short", hops=(Hop("http://a.example/short", 301, "http://a.example/one"),)))
    response = next(iter_responses(path, max_bytes=LIMIT))
    assert (response.url, response.first_url) == ("http://a.example/one", "http://a.example/short")


def test_the_way_to_a_redirected_page_is_kept(path: Path, site: Site) -> None:
    site.redirect("a.example", "/1", "/2", status=301)
    site.redirect("a.example", "/2", "http://b.example/3?key=1")
    site.route("b.example", "/3?key=1", b"page")
    written(path, *ask_all(["http://a.example/1"], connect_to=site.connect_to))
    _, response, _, metadata = records(path)
    assert metadata.text == b"hop-1: 301 http://a.example/2\r\nhop-2: 302 http://b.example/3?key=***\r\n"
    assert metadata.rec_headers.get_header("WARC-Concurrent-To") == response.rec_headers.get_header("WARC-Record-ID")


def test_of_an_error_page_whose_body_failed_only_the_head_is_kept(path: Path, site: Site) -> None:
    site.route("a.example", "/", gzip.compress(b"gone" * 99)[:20], status=410, headers={"Content-Encoding": "gzip"})
    (offset,) = written(path, *ask_all(["http://a.example/"], connect_to=site.connect_to))
    assert records(path)[1].rec_headers.get_header("WARC-Truncated") == "unspecified"
    response = read_response(path, offset, max_bytes=LIMIT)
    assert (response.status, response.body) == (410, b"")


def test_no_credential_is_in_the_bytes(path: Path, site: Site) -> None:
    site.route("a.example", "/x", status=302, headers={"Location": "http://bob:s3cret@a.example/y"})
    site.route("a.example", "/y", b"page")
    exchanges = ask_all(
        ["http://bob:s3cret@a.example/x", "http://bob:s3cret@a.example:22/", "http://bob:s3cret@[::1"],
        connect_to=site.connect_to,
        headers={"Cookie": "id=s3cret"},
    )
    made_by_hand = exchange(
        "z", final_url="http://bob:s3cret@a.example/z", request_headers=(("Authorization", "s3cret"), ("cookie", "s3cret"))
    )
    written(path, *exchanges, made_by_hand)
    text = unpacked(path)
    assert b"s3cret" not in text
    assert b"Ym9iOnMzY3JldA" not in text  # base64 of bob:s3cret
    assert text.count(b"WARC-Type: request") == 4


def test_pages_that_differ_in_their_query_stay_two(path: Path) -> None:
    urls = ["http://a.example/?articlekey=1", "http://a.example/?articlekey=2"]
    written(path, *(exchange("x", final_url=url) for url in urls))
    assert [response.url for response in iter_responses(path, max_bytes=LIMIT)] == urls


# --- written whole or not at all ---


def test_nothing_is_left_when_the_block_fails(path: Path) -> None:
    def fail() -> None:
        with WarcWriter(path) as warc:
            warc.write(exchange("one"))
            assert not path.exists()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert list(path.parent.iterdir()) == []


def test_an_archive_is_replaced_only_by_a_whole_one(path: Path) -> None:
    written(path, exchange("old"))

    def fail() -> None:
        with WarcWriter(path):
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert [response.body for response in iter_responses(path, max_bytes=LIMIT)] == [b"old"]
    written(path, exchange("new"))
    assert [response.body for response in iter_responses(path, max_bytes=LIMIT)] == [b"new"]
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="NEWSFLOW_ARCHIVE_DIR"):
        written(tmp_path / "file" / "x.warc.gz")


@pytest.fixture
def small_files() -> Iterator[int]:
    """The system refuses to let a file grow beyond this: as a full disk, at any write."""
    limit, before = 20_000, resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_takes_no_more_is_a_storage_error_and_leaves_nothing(path: Path, small_files: int) -> None:
    with pytest.raises(StorageError, match="free some space"):
        written(path, exchange("big", raw=os.urandom(2 * small_files)))
    assert list(path.parent.iterdir()) == []


# --- read from any writer ---


def foreign(path: Path, *responses: tuple[str, list[tuple[str, str]], bytes], packed: bool = True, kind: str = "response") -> Path:
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed)
        for url, headers, payload in responses:
            http = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(url, kind, payload=BytesIO(payload), length=len(payload), http_headers=http))
    return path


CHUNKED = [("Transfer-Encoding", "chunked")]
GZIP = [("Content-Encoding", "gzip")]
PACKED = gzip.compress(b"page")
FOREIGN: dict[str, tuple[list[tuple[str, str]], bytes]] = {
    "as it is": ([], b"page"),
    "chunked": (CHUNKED, b"2\r\npa\r\n2\r\nge\r\n0\r\n\r\n"),
    "chunked with extensions and trailers": (CHUNKED, b"2;a=b\r\npa\r\n002 \r\nge\r\n0\r\nX-Sum: 1\r\n\r\n"),
    "chunked without the last line": (CHUNKED, b"4\r\npage\r\n0\r\n"),
    "chunked and packed": ([*CHUNKED, *GZIP], b"%x\r\n%s\r\n0\r\n\r\n" % (len(PACKED), PACKED)),
    "packed": (GZIP, PACKED),
    "chunks undone, header kept": (CHUNKED, b"page"),
    "unpacked, header kept": (GZIP, b"page"),
}


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
@pytest.mark.parametrize(("headers", "payload"), FOREIGN.values(), ids=FOREIGN.keys())
def test_archives_of_others_are_read(tmp_path: Path, headers: list[tuple[str, str]], payload: bytes, *, packed: bool) -> None:
    file = foreign(tmp_path / "x.warc", ("http://a.example/1", headers, payload), ("<http://a.example/2>", headers, payload), packed=packed)
    found = list(iter_responses(file, max_bytes=LIMIT))
    assert [(response.url, response.body) for response in found] == [("http://a.example/1", b"page"), ("http://a.example/2", b"page")]
    assert [read_response(file, response.offset, max_bytes=LIMIT) for response in found] == found


def test_records_that_are_no_http_responses_are_passed_over(tmp_path: Path) -> None:
    assert list(iter_responses(foreign(tmp_path / "a", ("http://a.example/", [], b"x"), kind="resource"), max_bytes=LIMIT)) == []
    assert list(iter_responses(foreign(tmp_path / "b", ("dns:a.example", [], b"x")), max_bytes=LIMIT)) == []


@pytest.mark.parametrize("payload", [b"4\r\npa", b"4\r\npage\r\n", b"2\r\npa\r\nnonsense\r\n", b"4\r\npage\r\n-1\r\n"])
def test_chunks_without_the_last_one_are_no_page(tmp_path: Path, payload: bytes) -> None:
    file = foreign(tmp_path / "x.warc", ("http://a.example/1", CHUNKED, payload), ("http://a.example/2", [], b"page"))
    assert [response.url for response in iter_responses(file, max_bytes=LIMIT)] == ["http://a.example/2"]
    with pytest.raises(IncompleteBody):
        read_response(file, 0, max_bytes=LIMIT)


@pytest.mark.parametrize(
    "head", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n4000000\r\n", b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\0"]
)
def test_a_huge_record_costs_no_more_memory_than_the_limit(tmp_path: Path, head: bytes) -> None:
    block = b"HTTP/1.1 200 OK\r\n" + head + bytes(64 * 1024 * 1024)
    fields = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n"
    fields += b"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: application/http\r\nContent-Length: %d\r\n\r\n" % len(block)
    file = tmp_path / "x.warc.gz"
    file.write_bytes(gzip.compress(fields + block + b"\r\n\r\n", 1))
    del block
    tracemalloc.start()
    try:
        assert list(iter_responses(file, max_bytes=1_000_000)) == []
        assert tracemalloc.get_traced_memory()[1] < 16 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_record_beyond_the_limit_is_passed_over(tmp_path: Path) -> None:
    bomb = (gzip.compress(b"\0" * 10_000_000), GZIP)
    file = foreign(
        tmp_path / "x.warc.gz",
        ("http://a.example/big", [], b"x" * 5_000),
        ("http://a.example/big-chunks", CHUNKED, b"1388\r\n" + b"x" * 5_000 + b"\r\n0\r\n\r\n"),
        ("http://a.example/bomb", bomb[1], bomb[0][:4000]),
        ("http://a.example/nested", [("Content-Encoding", "gzip, gzip")], b"x"),
        ("http://a.example/good", [], b"x" * 4_000),
    )
    assert [response.url for response in iter_responses(file, max_bytes=4_000)] == ["http://a.example/good"]


@pytest.mark.parametrize(
    ("headers", "payload", "error"), [([], b"x" * 5_000, BodyTooLarge), ([("Content-Encoding", "rot13")], b"x", BadEncoding)]
)
def test_a_record_that_was_asked_for_says_what_is_wrong(
    tmp_path: Path, headers: list[tuple[str, str]], payload: bytes, error: type[Exception]
) -> None:
    file = foreign(tmp_path / "x.warc.gz", ("http://a.example/", headers, payload))
    with pytest.raises(error):
        read_response(file, 0, max_bytes=4_000)


@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
def test_a_file_that_is_cut_off_gives_what_lies_before_the_cut(tmp_path: Path, *, packed: bool) -> None:
    names = [f"http://a.example/{number}" for number in range(4)]
    file = foreign(tmp_path / "x.warc", *((name, [], name.encode() * 20) for name in names), packed=packed)
    whole = file.read_bytes()
    ends = [*[response.offset for response in iter_responses(file, max_bytes=LIMIT)][1:], len(whole)]
    for cut in range(ends[0], len(whole), 13):
        file.write_bytes(whole[:cut])
        found = [(response.url, response.body) for response in iter_responses(file, max_bytes=LIMIT)]
        assert found == [(name, name.encode() * 20) for name in names[: len(found)]]
        # The last bytes of a record are a checksum or empty lines: without them it can be whole all the same.
        assert len(found) in (sum(end <= cut for end in ends), sum(end <= cut + 12 for end in ends))


NO_WARCS = {
    "text": b"hello\n",
    "html": b"<!doctype html><p>x",
    "a packed page": gzip.compress(b"<p>x</p>"),
    "binary": bytes(range(256)),
    "one byte": b"x",
}


@pytest.mark.parametrize("content", NO_WARCS.values(), ids=NO_WARCS.keys())
def test_what_is_no_warc_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.warc.gz"
    file.write_bytes(content)
    with pytest.raises(StorageError, match="not a WARC"):
        list(iter_responses(file, max_bytes=LIMIT))
    with pytest.raises(StorageError):
        read_response(file, 0, max_bytes=LIMIT)


def test_an_empty_file_holds_no_responses(tmp_path: Path) -> None:
    (tmp_path / "x.warc").write_bytes(b"")
    assert list(iter_responses(tmp_path / "x.warc", max_bytes=LIMIT)) == []


def test_one_gzip_stream_over_all_records_is_refused_with_the_remedy(tmp_path: Path) -> None:
    plain = foreign(tmp_path / "x.warc", ("http://a.example/1", [], b"x"), ("http://a.example/2", [], b"x"), packed=False)
    (tmp_path / "x.warc.gz").write_bytes(gzip.compress(plain.read_bytes()))
    with pytest.raises(StorageError, match="warcio recompress"):
        list(iter_responses(tmp_path / "x.warc.gz", max_bytes=LIMIT))


@pytest.mark.parametrize("read", [lambda path: list(iter_responses(path, max_bytes=1)), lambda path: read_response(path, 0, max_bytes=1)])
def test_a_missing_file_is_a_storage_error(tmp_path: Path, read: Callable[[Path], object]) -> None:
    with pytest.raises(StorageError, match="No such file"):
        read(tmp_path / "none.warc.gz")


@pytest.mark.parametrize("offset", [1, 50, 10**9])
def test_an_offset_without_a_response_is_a_storage_error(path: Path, offset: int) -> None:
    written(path, exchange("one"))
    with pytest.raises(StorageError):
        read_response(path, offset, max_bytes=LIMIT)


@settings(max_examples=150, deadline=timedelta(seconds=5), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.integers(0, 2_000), st.integers(0, 255), min_size=1, max_size=5), st.booleans())
def test_damage_raises_nothing_but_a_storage_error(tmp_path: Path, damage: dict[int, int], packed: bool) -> None:  # noqa: FBT001
    file = foreign(
        tmp_path / "x.warc", ("http://a.example/1", GZIP, PACKED), ("http://a.example/2", CHUNKED, FOREIGN["chunked"][1]), packed=packed
    )
    content = bytearray(file.read_bytes())
    for place, value in damage.items():
        content[place % len(content)] = value
    file.write_bytes(content)
    try:
        assert len(list(iter_responses(file, max_bytes=LIMIT))) <= 3
    except StorageError as error:
        assert str(file) in str(error)  # noqa: PT017  # either way is right
