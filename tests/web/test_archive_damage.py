"""WARCs that are not what they say: what can be read of them is given, one sentence tells of the rest."""

from __future__ import annotations

import gzip
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.web.archive import Losses, iter_responses

BODY = b"<p>page</p>" * 20
LIMIT = 1_000_000
_MIB = 1024 * 1024


def record(number: int, body: bytes = BODY, *, length: int | None = None, status: bytes = b"HTTP/1.1 200 OK", http: bytes = b"") -> bytes:
    """A response record, with a Content-Length of its own choice."""
    block = status + b"\r\nContent-Type: text/html\r\n" + http + b"\r\n" + body
    fields = b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://a.example/%d\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n" % number
    fields += b"WARC-Record-ID: <urn:uuid:%d>\r\nContent-Type: application/http; msgtype=response\r\n" % number
    return fields + b"Content-Length: %d\r\n\r\n" % (len(block) if length is None else length) + block + b"\r\n\r\n"


def read(path: Path, *parts: bytes) -> tuple[list[str], Losses]:
    """The pages that a file of these parts gives, and what it does not."""
    path.write_bytes(b"".join(parts))
    losses = Losses()
    pages = [response.url[-1] for response in iter_responses(path, max_bytes=LIMIT, losses=losses)]
    assert all(str(path) in sentence and sentence.count(". ") == 0 for sentence in losses.damage)
    return pages, losses


def plain(part: bytes) -> bytes:
    return part


BAD = {
    # name: the second of three records, packed: (pages, records lost, files damaged), not packed: the same
    "a length beyond its record": (record(2, length=9_999), ("13", 1, 0), ("1", 1, 1)),
    "a length beyond all disks": (record(2, length=10**15), ("13", 1, 0), ("1", 1, 1)),
    "a length below nothing": (record(2, length=-5), ("1", 0, 1), ("1", 0, 1)),
    "a length that is no number": (record(2).replace(b"Content-Length: ", b"Content-Length: x"), ("1", 0, 1), ("1", 0, 1)),
    "an HTTP length that is too long": (record(2, http=b"Content-Length: 99999\r\n"), ("123", 0, 0), ("123", 0, 0)),
    "an HTTP length that is too short": (record(2, http=b"Content-Length: 3\r\n"), ("123", 0, 0), ("123", 0, 0)),
    "no date": (record(2).replace(b"WARC-Date", b"X-Date"), ("13", 1, 0), ("13", 1, 0)),
    "a date that is none": (record(2).replace(b"2026-01-01T", b"yesterday"), ("13", 1, 0), ("13", 1, 0)),
    "a status that is no number": (record(2, status=b"HTTP/1.1 abc OK"), ("13", 1, 0), ("13", 1, 0)),
    "a page larger than the limit": (record(2, b"x" * (LIMIT + 1)), ("13", 1, 0), ("13", 1, 0)),
    "a gzip bomb": (record(2, gzip.compress(bytes(64 * _MIB), 1), http=b"Content-Encoding: gzip\r\n"), ("13", 1, 0), ("13", 1, 0)),
    "something else between records": (b"garbage" * 10, ("1", 0, 1), ("1", 0, 1)),
}


@pytest.mark.parametrize("pack", [gzip.compress, plain], ids=["packed", "plain"])
@pytest.mark.parametrize(("bad", "packed", "not_packed"), BAD.values(), ids=BAD.keys())
def test_one_bad_record(
    tmp_path: Path, pack: Callable[[bytes], bytes], bad: bytes, packed: tuple[str, int, int], not_packed: tuple[str, int, int]
) -> None:
    pages, losses = read(tmp_path / "x.warc", pack(record(1)), pack(bad), pack(record(3)))

    assert ("".join(pages), losses.records, len(losses.damage)) == (packed if pack is gzip.compress else not_packed)


@pytest.mark.parametrize("cut", [30, 60, 150, 200])
@pytest.mark.parametrize("pack", [gzip.compress, plain], ids=["packed", "plain"])
def test_a_file_that_is_cut_off_says_so_and_how_much_was_read(tmp_path: Path, pack: Callable[[bytes], bytes], cut: int) -> None:
    whole = pack(record(1)) + pack(record(2))

    pages, losses = read(tmp_path / "x.warc.gz", whole[:-cut])

    assert pages == ["1"]
    assert losses.damage == [
        f"{tmp_path}/x.warc.gz is cut off or damaged: the 1 pages before that place were read; get the whole file for the rest."
    ]


def test_zeros_behind_the_last_record_cost_nothing_but_a_word(tmp_path: Path) -> None:
    pages, losses = read(tmp_path / "x.warc.gz", gzip.compress(record(1)), bytes(10_000))

    assert (pages, len(losses.damage)) == (["1"], 1)


def test_a_file_larger_than_memory_would_be_costs_one_page(tmp_path: Path) -> None:
    path = tmp_path / "x.warc"
    block = b"HTTP/1.1 200 OK\r\n\r\n"
    fields = record(2, length=len(block) + 128 * _MIB).partition(b"HTTP/1.1")[0]
    with path.open("wb") as file:
        file.write(record(1) + fields + block)
        file.seek(128 * _MIB, 1)  # a hole: nothing on the disk
        file.write(b"\r\n\r\n" + record(3))
    losses = Losses()
    tracemalloc.start()
    try:
        pages = [response.url[-1] for response in iter_responses(path, max_bytes=LIMIT, losses=losses)]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (pages, losses.records, losses.damage) == (["1", "3"], 1, [])
    assert peak < 16 * _MIB
