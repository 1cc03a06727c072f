from __future__ import annotations

import gzip
import random
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import BadEncoding, BodyTooLarge, FetchError, IncompleteBody
from ingest.web.decode import decode

MIB = 1024 * 1024
NOISE = random.Random(1).randbytes(300_000)
SKIPPABLE_FRAME = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + b"note"


def bare_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


def zstd_of_unknown_size(data: bytes) -> bytes:
    stream = zstandard.ZstdCompressor(write_checksum=True).compressobj()
    return stream.compress(data) + stream.flush()


# Name of the case: (Content-Encoding, how a server makes it).
CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "gzip, its old name": ("x-gzip", gzip.compress),
    "gzip, in capitals and blanks": (" GZIP ", gzip.compress),
    "gzip in two members": ("gzip", lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:])),
    "deflate in its zlib form": ("deflate", zlib.compress),
    "deflate, bare": ("deflate", bare_deflate),
    "brotli": ("br", lambda data: bytes(brotli.compress(data, quality=4))),
    "zstd": ("zstd", zstandard.compress),
    "zstd of unknown size, with a checksum": ("zstd", zstd_of_unknown_size),
    "zstd in two frames with a note between": ("zstd", lambda data: zstandard.compress(data[:7]) + SKIPPABLE_FRAME + zstandard.compress(data[7:])),
}  # fmt: skip
BODIES = {
    "empty": b"",
    "one byte": b"x",
    "a page": b"<html><body><p>The council met on Tuesday.</p></body></html>" * 50,
    "noise": NOISE,
    "zeros": bytes(3 * MIB),
    "noise that repeats": NOISE[:5000] * 600,
}
PAGE = BODIES["a page"]
every_coding = pytest.mark.parametrize(("coding", "encode"), CODINGS.values(), ids=CODINGS.keys())


@every_coding
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_what_a_server_encodes_is_read_back(coding: str, encode: Callable[[bytes], bytes], body: bytes) -> None:
    assert decode(encode(body), coding, 4 * MIB) == body


@pytest.mark.parametrize("coding", ["", "identity", " Identity "])
def test_without_a_coding_the_bytes_are_the_body(coding: str) -> None:
    assert decode(b"as it is", coding, 8) == b"as it is"
    with pytest.raises(BodyTooLarge):
        decode(b"as it is", coding, 7)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, gzip", "unheard-of"])
def test_an_empty_body_has_nothing_to_decode(coding: str) -> None:
    assert decode(b"", coding, 10) == b""


@every_coding
def test_the_limit_is_exact(coding: str, encode: Callable[[bytes], bytes]) -> None:
    assert len(decode(encode(PAGE), coding, len(PAGE))) == len(PAGE)
    with pytest.raises(BodyTooLarge, match=f"{len(PAGE) - 1:,} bytes"):
        decode(encode(PAGE), coding, len(PAGE) - 1)


@every_coding
def test_a_body_cut_off_anywhere_is_incomplete(coding: str, encode: Callable[[bytes], bytes]) -> None:
    whole = encode(NOISE[:300])
    for length in range(1, len(whole)):
        try:
            got = decode(whole[:length], coding, MIB)
        except IncompleteBody:
            continue
        # Between two members, or two frames, there is an end that nobody can tell from the end.
        assert got == NOISE[:7], f"{length} of {len(whole)} bytes pass for the whole"


@every_coding
def test_half_of_a_large_body_is_incomplete(coding: str, encode: Callable[[bytes], bytes]) -> None:
    whole = encode(NOISE)
    with pytest.raises(IncompleteBody):
        decode(whole[: len(whole) // 2], coding, MIB)


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "gzip,br", "br, gzip, br", ",".join(["gzip"] * 200), "aes128gcm", "compress", "gzip;q=1", "\xe9"]
)
def test_nested_and_unknown_codings_are_refused(coding: str) -> None:
    with pytest.raises(BadEncoding, match="Content-Encoding"):
        decode(gzip.compress(PAGE), coding, MIB)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_a_page_that_is_not_in_its_coding_is_refused(coding: str) -> None:
    with pytest.raises(BadEncoding, match=coding):
        decode(b"\xff\xff<!doctype html><html><body>plain text under a wrong header</body></html>", coding, MIB)


def test_a_wrong_checksum_is_refused() -> None:
    whole = bytearray(gzip.compress(PAGE))
    whole[-6] ^= 1
    with pytest.raises(BadEncoding):
        decode(bytes(whole), "gzip", MIB)


@pytest.mark.parametrize(
    ("coding", "whole"),
    [("gzip", gzip.compress(PAGE)), ("deflate", zlib.compress(PAGE)), ("zstd", zstandard.compress(PAGE))],
    ids=["gzip", "deflate", "zstd"],
)
@pytest.mark.parametrize("rest", [b"\n", b"\0\0\0\0", b"</html>", b"\x1f"])
def test_what_follows_the_end_is_ignored(coding: str, whole: bytes, rest: bytes) -> None:
    assert decode(whole + rest, coding, MIB) == PAGE


def rle_bomb() -> bytes:
    """Zstandard at its worst: blocks of four bytes, each of which stands for 128 KiB."""
    block = ((128 * 1024) << 3 | 1 << 1).to_bytes(3, "little") + b"A"
    return b"\x28\xb5\x2f\xfd" + b"\x00\x58" + block * 100_000


BOMBS: dict[str, tuple[str, Callable[[], bytes], type[FetchError]]] = {
    "gzip of 1 GiB": ("gzip", lambda: _zeros(31, 1024), BodyTooLarge),
    "brotli of 1 GiB": ("br", lambda: _zeros_brotli(1024), BodyTooLarge),
    "zstd of 1 GiB": ("zstd", lambda: _zeros_zstd(1024), BodyTooLarge),
    "zstd of 12 GiB in blocks": ("zstd", rle_bomb, BodyTooLarge),
    "deflate of 1 GiB": ("deflate", lambda: _zeros(15, 1024), BodyTooLarge),
    "gzip in gzip": ("gzip, gzip", lambda: gzip.compress(_zeros(31, 64)), BadEncoding),
    "gzip 200 times": (", ".join(["gzip"] * 200), lambda: gzip.compress(b"x"), BadEncoding),
    "half a million empty members": ("gzip", lambda: gzip.compress(b"") * 500_000, BadEncoding),
    "half a million empty frames": ("zstd", lambda: zstandard.compress(b"") * 500_000, BadEncoding),
    "half a million notes": ("zstd", lambda: SKIPPABLE_FRAME * 500_000, BadEncoding),
    "a window of 2 GiB": ("zstd", lambda: b"\x28\xb5\x2f\xfd\x00\xa8" + bytes(100), BadEncoding),
}


def _zeros(window_bits: int, mib: int) -> bytes:
    """A stream of zeros without its end, made fast: nobody should come that far."""
    stream = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    head = stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)
    return head + (stream.compress(bytes(MIB)) + stream.flush(zlib.Z_FULL_FLUSH)) * mib


def _zeros_brotli(mib: int) -> bytes:
    stream = brotli.Compressor(quality=1)
    return b"".join(stream.process(bytes(MIB)) for _ in range(mib)) + bytes(stream.finish())


def _zeros_zstd(mib: int) -> bytes:
    stream = zstandard.ZstdCompressor(level=1).compressobj()
    return b"".join(stream.compress(bytes(MIB)) for _ in range(mib)) + stream.flush()


@pytest.mark.parametrize(("coding", "make", "expected"), BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_costs_little(coding: str, make: Callable[[], bytes], expected: type[FetchError]) -> None:
    raw = make()
    start = time.process_time()
    with pytest.raises(expected):
        decode(raw, coding, 10 * MIB)
    assert time.process_time() - start < 2  # seconds; 0.1 at most when this was written
    tracemalloc.start()  # sees what Python and zstandard allocate; test_hostile measures the whole process
    try:
        with pytest.raises(expected):
            decode(raw, coding, 10 * MIB)
        assert tracemalloc.get_traced_memory()[1] < 40 * MIB
    finally:
        tracemalloc.stop()


codings = st.sampled_from(["", "identity", "gzip", "x-gzip", "deflate", "br", "zstd", "gzip, br"]) | st.text(max_size=20)


@given(st.binary(max_size=2000), codings)
def test_any_bytes_give_a_body_or_a_fetch_error(raw: bytes, coding: str) -> None:
    with suppress(FetchError):
        assert len(decode(raw, coding, 1000)) <= 1000


@given(st.binary(max_size=5000), st.sampled_from(sorted(CODINGS)), st.integers(0, 10_000), st.integers(1, 255))
def test_a_damaged_body_gives_a_body_or_a_fetch_error(data: bytes, name: str, place: int, change: int) -> None:
    coding, encode = CODINGS[name]
    damaged = bytearray(encode(data))
    damaged[place % len(damaged)] ^= change
    with suppress(FetchError):
        assert len(decode(bytes(damaged), coding, 20_000)) <= 20_000


@given(st.binary(max_size=5000), st.sampled_from(sorted(CODINGS)))
def test_any_body_survives_any_coding(data: bytes, name: str) -> None:
    coding, encode = CODINGS[name]
    assert decode(encode(data), coding, 5000) == data
