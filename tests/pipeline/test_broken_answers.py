"""Answers that break off, lie about their length or their coding: nothing of them is kept, and what was known stays (rules N7, N9, F6)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.feeds.lifecycle import UNCONDITIONAL_EVERY
from ingest.model import Reason
from ingest.pipeline.context import Context
from ingest.pipeline.poll import poll_due
from ingest.pipeline.polled import PollCounts
from ingest.pipeline.run import run_once
from tests.pipeline.world import FEED, HOST, context_of, page, rss
from tests.site import Site
from tests.site.hostile import resets, says

OTHER = b'ETag: "broken"\r\nLast-Modified: Wed, 25 Nov 2026 10:00:00 GMT\r\n'


def answer(body: bytes, headers: bytes, *, length: int | str | None = None) -> bytes:
    announced = b"" if length is None else f"Content-Length: {length}\r\n".encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n" + OTHER + headers + announced + b"\r\n" + body


def broken(good: bytes) -> dict[str, tuple[bytes, Reason]]:
    """Ways to send `good` badly, and the reasons that are told."""
    packed = gzip.compress(good)
    zipped = b"Content-Encoding: gzip\r\n"
    return {
        "cut off": (answer(good[:-40], b"", length=len(good)), Reason.INCOMPLETE),
        "five of a hundred bytes": (answer(good[:5], b"", length=100), Reason.INCOMPLETE),
        "gzip in half": (answer(packed[: len(packed) // 2], zipped, length=len(packed) // 2), Reason.INCOMPLETE),
        "gzip without its end": (answer(packed[:-8], zipped, length=len(packed) - 8), Reason.INCOMPLETE),
        "chunks without the last": (answer(b"%x\r\n%b\r\n" % (len(good), good), b"Transfer-Encoding: chunked\r\n"), Reason.INCOMPLETE),
        "a length of minus five": (answer(good, b"", length=-5), Reason.PROTOCOL),
        "a length of a hundred terabytes": (answer(good, b"", length="99999999999999"), Reason.TOO_LARGE),
        "gzip that is none": (answer(good, zipped, length=len(good)), Reason.BAD_ENCODING),
    }


BROKEN = sorted(broken(b""))


@pytest.fixture
def ctx(site: Site, tmp_path: Path) -> Iterator[Context]:
    with context_of(tmp_path, site, entities="none") as opened:
        yield opened


def poll(ctx: Context) -> PollCounts:
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
    return poll_due(ctx)


@pytest.mark.parametrize("how", BROKEN)
def test_of_a_feed_that_comes_broken_nothing_is_kept(ctx: Context, site: Site, how: str) -> None:
    site.route(HOST, "/feed.xml", rss(["/1"]), headers={"ETag": '"good"'}, content_type="application/rss+xml")
    ctx.ledger.feeds.add(FEED)
    poll(ctx)
    speaks, reason = broken(rss(["/1", "/2"]).encode())[how]
    site.raw(HOST, "/feed.xml", says(speaks))
    counts = poll(ctx)
    (feed,) = ctx.ledger.feeds.all()

    assert (counts.failed, counts.entries, ctx.ledger.counts.total()) == (1, 0, 1)
    assert (feed.errors, feed.last_error, feed.etag, feed.last_modified) == (1, reason, '"good"', None)
    site.route(HOST, "/feed.xml", rss(["/1", "/2"]), content_type="application/rss+xml")
    assert poll(ctx).new_urls == 1, "all of it is read once it comes whole"
    assert ctx.ledger.feeds.all()[0].errors == 0


@pytest.mark.slow
def test_of_an_article_that_comes_broken_nothing_is_indexed(ctx: Context, site: Site) -> None:
    ways = broken(page("Bridge").encode())
    paths = {f"/{n}": how for n, how in enumerate(BROKEN)} | {"/reset": "reset"}
    for path, how in paths.items():
        site.raw(
            HOST, path, resets(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nThe town council") if how == "reset" else says(ways[how][0])
        )
    site.route(HOST, "/feed.xml", rss(list(paths)), content_type="application/rss+xml")
    ctx.ledger.feeds.add(FEED)
    run_once(ctx)

    records = {how: ctx.ledger.urls.find(f"http://{HOST}{path}") for path, how in paths.items()}
    told = {how: (record.reason, record.outcome is None) for how, record in records.items() if record}
    again = {Reason.INCOMPLETE: True}
    assert told == {how: (reason, again.get(reason, False)) for how, (_, reason) in ways.items()} | {"reset": (Reason.INCOMPLETE, True)}
    with ctx.engine() as engine:
        assert engine.count() == 0


def test_now_and_then_a_feed_is_asked_for_without_validators(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", rss(["/1"]), headers={"ETag": '"1"'}, content_type="application/rss+xml")
    ctx.ledger.feeds.add(FEED)
    for _ in range(UNCONDITIONAL_EVERY + 1):
        poll(ctx)

    bare = [number for number, request in enumerate(site.requests) if "If-None-Match" not in request.headers]
    assert bare == [0, UNCONDITIONAL_EVERY - 1]
