"""What we write, as two other programs read it: warcio's own check, and fastwarc."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator, metadata, request, response

from ingest.errors import BodyTooLarge, FetchTimeout, IncompleteBody, NameNotResolved
from ingest.web.archive import WarcWriter, iter_responses
from ingest.web.client import Exchange, Hop

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)
LIMIT = 1_000_000
PAGE = "<p>Zoë</p>".encode() * 300


def exchange(**more: Any) -> Exchange:
    url = "http://a.example/page?id=1"
    known: Mapping[str, Any] = {
        "url": url, "final_url": url, "status": 200, "raw": PAGE, "body": PAGE, "fetched_at": NOW, "ip": "192.0.2.7",
        "headers": (("Content-Type", "text/html"), ("Content-Length", str(len(PAGE)))), "request_headers": (("Host", "a.example"),),
    }  # fmt: skip
    return Exchange(**{**known, **more})


HOPS = (Hop("http://a.example/", 302, "http://a.example/page"),)
WRITTEN = {
    "a page": exchange(),
    "a page in gzip": exchange(raw=gzip.compress(PAGE), headers=(("Content-Encoding", "gzip"),)),
    "a page that came in chunks": exchange(headers=(("Transfer-Encoding", "chunked"),)),
    "an empty page": exchange(raw=b"", body=b"", headers=()),
    "a page with odd headers": exchange(headers=(("X-Name", "Zoë; größer"), ("X-Empty", ""), ("X-Tab", "a\tb"))),
    "a page over redirects": exchange(hops=HOPS),
    "a status without a name": exchange(status=299),
    "not modified": exchange(status=304, raw=b"", body=b"", headers=(("ETag", '"1"'),)),
    "an error page": exchange(status=404, raw=b"gone", body=b"gone", headers=(("Content-Length", "4"),)),
    "an error page that broke off": exchange(status=503, raw=b"half", body=b"", headers=(("Content-Length", "400"),)),
    "a page that broke off": exchange(raw=PAGE[:9], body=b"", error=IncompleteBody("cut")),
    "a page that is too large": exchange(raw=PAGE, body=b"", error=BodyTooLarge("large")),
    "no answer": exchange(status=0, raw=b"", body=b"", headers=(), error=FetchTimeout("too\r\nslow")),
    "no address": exchange(status=0, raw=b"", body=b"", headers=(), ip=None, request_headers=(), error=NameNotResolved("none")),
    "a URL beyond ASCII": exchange(url="http://a.example/größe", final_url="http://a.example/größe"),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("archive") / "batch.warc.gz"
    with WarcWriter(path) as warc:
        for each in WRITTEN.values():
            warc.write(each)
    return path


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("-m", "warcio.cli", "check"), id="warcio check"),
        pytest.param(("-m", "fastwarc.cli", "check", "--verify-payloads", "--quiet"), id="fastwarc check"),
    ],
)
def test_two_checkers_find_nothing_wrong(archive: Path, command: tuple[str, ...]) -> None:
    result = subprocess.run([sys.executable, *command, str(archive)], capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


def test_every_block_has_a_digest_that_is_right(archive: Path) -> None:
    with archive.open("rb") as file:
        for record in ArchiveIterator(file, parse_http=False):
            record.freeze()
            assert record.verify_block_digest(), record.headers
            assert ("WARC-Payload-Digest" in record.headers) == (record.record_type in (response, request)), record.headers


def test_a_checker_does_find_a_page_that_was_changed(archive: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.warc"
    changed.write_bytes(gzip.decompress(archive.read_bytes()).replace(PAGE, PAGE[::-1], 1))
    command = [sys.executable, "-m", "warcio.cli", "check", str(changed)]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_a_second_reader_finds_the_same_responses_at_the_same_places(archive: Path) -> None:
    ours = list(iter_responses(archive, max_bytes=LIMIT))
    with archive.open("rb") as file:
        theirs = [
            (r.stream_pos, r.record_id, r.headers["WARC-Target-URI"], r.http_headers.status_code, r.record_date, r.reader.read())
            for r in ArchiveIterator(file, response, auto_decode="all")
        ]

    assert [(r.offset, f"<{r.record_id}>", r.url, r.status, r.date, r.body) for r in ours] == theirs
    assert len(ours) == sum(not each.error for each in WRITTEN.values())


def test_each_fetch_has_its_request_tied_to_its_answer(archive: Path) -> None:
    with archive.open("rb") as file:
        records = list(ArchiveIterator(file, response | request | metadata, parse_http=False, inplace=False))
        answers = [r.record_id for r in records if r.record_type != request and "WARC-Concurrent-To" not in r.headers]
        asked = [r.headers["WARC-Concurrent-To"] for r in records if r.record_type == request]

    assert asked == answers
    assert len(answers) == len(WRITTEN)
