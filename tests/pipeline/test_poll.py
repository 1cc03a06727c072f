"""Polling feeds of a site on loopback: what is asked, what is learned, where feeds go (rules F1, F5, F6, F7)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.errors import StateError
from ingest.feeds.memory import remembered
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.model import Feed
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.poll import poll_due
from ingest.pipeline.run import work_off
from tests.pipeline.crowded_poll import document
from tests.pipeline.world import FEED, HOST, context_of, environment, final_state, indexed, page, rss, run_child, settings_of
from tests.site import Site
from tests.site.server import Request, Response

NEW_HOST = "new.example"
NEW = f"http://{NEW_HOST}/feed.xml"


def poll(ctx: Context, times: int = 1) -> Feed:
    """Poll all feeds, due or not, so often; the first feed then."""
    for _ in range(times):
        with ctx.ledger.database.write() as c:
            c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
        poll_due(ctx)
    return ctx.ledger.feeds.all()[0]


def events(ctx: Context, feed: Feed) -> list[str]:
    return [event.event for event in ctx.ledger.feeds.moves.history(feed.id)]


def validators(request: Request) -> dict[str, str]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return {name: headers[name] for name in ("if-none-match", "if-modified-since") if name in headers}


def test_a_poll_says_when_the_next_is_and_why(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", rss([f"/{n}" for n in range(10)]), headers={"Cache-Control": "max-age=72000"})
    ctx.ledger.feeds.add(FEED)
    feed = poll(ctx)

    assert feed.poll_reason == "the cache headers of its server ask for 20 h"
    assert feed.next_poll_at
    assert feed.last_polled_at
    assert (feed.next_poll_at - feed.last_polled_at).total_seconds() >= 72_000 * 0.95


def test_validators_go_back_byte_for_byte(ctx: Context, site: Site) -> None:
    etag, modified = '"W/odd \\ tag"', "Tue, 24 Nov 2026 10:00:00 +0000"
    site.route(HOST, "/feed.xml", rss(["/1"]), headers={"ETag": etag, "Last-Modified": modified})
    ctx.ledger.feeds.add(FEED)
    poll(ctx, 2)

    assert [validators(r) for r in site.requests] == [{}, {"if-none-match": etag, "if-modified-since": modified}]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(rss(["/1"]).replace("</item>", "</oops>"), id="malformed"),
        pytest.param('{"version": "https://jsonfeed.org/version/1.1", "title": "N", "items": [{"id": "1", "url": "/1"}]}', id="json"),
    ],
)
def test_a_feed_whose_items_cannot_be_known_by_their_bytes_is_learned_from_as_well(ctx: Context, site: Site, document: str) -> None:
    site.route(HOST, "/feed.xml", document, headers={"ETag": '"1"'})
    ctx.ledger.feeds.add(FEED)
    feed = poll(ctx, 2)

    assert remembered(feed.memory).polls == 2
    assert validators(site.requests[1]) == {"if-none-match": '"1"'}


@pytest.mark.parametrize(("status", "ends_at"), [(301, NEW), (308, NEW), (302, FEED), (303, FEED), (307, FEED)])
def test_only_permanent_redirects_move_a_feed(ctx: Context, site: Site, status: int, ends_at: str) -> None:
    site.route(HOST, "/feed.xml", lambda _: Response(status=status, headers={"Location": NEW}))
    site.route(NEW_HOST, "/feed.xml", rss(["/1"], host=NEW_HOST))
    ctx.ledger.feeds.add(FEED)

    assert poll(ctx, 2).url == FEED
    feed = poll(ctx, 2)
    assert feed.url == ends_at
    assert events(ctx, feed) == (["added", "moved"] if ends_at == NEW else ["added"])


def test_two_feeds_that_end_at_one_address_become_one(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", lambda _: Response(status=301, headers={"Location": NEW}))
    site.route(NEW_HOST, "/feed.xml", rss(["/1", "/2"], host=NEW_HOST))
    ctx.ledger.feeds.add(FEED, tags=("a",))
    ctx.ledger.feeds.add(NEW, tags=("b",))
    feed = poll(ctx, 3)

    assert [f.url for f in ctx.ledger.feeds.all()] == [NEW]
    assert feed.tags == ("b", "a")
    assert "merged" in events(ctx, feed)
    assert ctx.ledger.counts.total() == 2


def test_410_retires_a_feed(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", lambda _: Response(status=410))
    ctx.ledger.feeds.add(FEED)
    feed = poll(ctx, 3)

    assert not feed.enabled
    assert len(site.requests) == 1
    assert events(ctx, feed) == ["added", "retired"]


def test_errors_back_off_to_a_day_and_never_stop_a_feed(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", lambda _: Response(status=500))
    ctx.ledger.feeds.add(FEED)
    waits = []
    for _ in range(12):
        feed = poll(ctx)
        assert feed.next_poll_at
        assert feed.last_polled_at
        waits.append((feed.next_poll_at - feed.last_polled_at).total_seconds())

    assert waits == sorted(waits)
    assert waits[1] == pytest.approx(2 * waits[0], rel=0.01)
    assert waits[-1] == 86_400
    assert feed.enabled
    assert feed.errors == 12


@pytest.mark.parametrize("value", ["5400", "Tue, 24 Nov 2099 10:00:00 GMT"])
def test_retry_after_is_obeyed_in_both_forms(ctx: Context, site: Site, value: str) -> None:
    site.route(HOST, "/feed.xml", lambda _: Response(status=503, headers={"Retry-After": value}))
    ctx.ledger.feeds.add(FEED)
    feed = poll(ctx)

    assert feed.next_poll_at
    assert feed.last_polled_at
    assert (feed.next_poll_at - feed.last_polled_at).total_seconds() >= (5_400 if value == "5400" else 86_400)
    assert "the server asks" in feed.poll_reason


def test_guids_that_change_at_each_poll_flag_the_feed(ctx: Context, site: Site) -> None:
    polls = iter(range(100))

    def changing(_: Request) -> Response:
        number = next(polls)
        return Response(rss([f"/{n}" for n in range(10)]).replace("<guid>", f"<guid>{number}"), content_type="application/rss+xml")

    site.route(HOST, "/feed.xml", changing)
    ctx.ledger.feeds.add(FEED)
    feed = poll(ctx, 5)

    assert ctx.ledger.counts.total() == 10
    assert remembered(feed.memory).flags == ("guid_unstable",)
    assert events(ctx, feed) == ["added", "guid_unstable"]


def test_the_same_bytes_are_no_work(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", rss(["/1"]))
    ctx.ledger.feeds.add(FEED)
    poll(ctx)
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
    counts = poll_due(ctx)

    assert (counts.polled, counts.unchanged, counts.entries) == (1, 1, 0)


def test_what_the_ledger_has_lost_is_parsed_again(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", rss(["/1", "/2"]))
    ctx.ledger.feeds.add(FEED)
    poll(ctx)
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("DELETE FROM sightings")
    site.route(HOST, "/feed.xml", rss(["/1", "/2", "/3"]))
    poll(ctx)

    with ctx.ledger.database.read() as c:
        entries = [bytes(row.entry) for row in c.exec_driver_sql("SELECT entry FROM sightings ORDER BY entry")]
    assert len(entries) == 3
    assert all(b'"title":"Report' in entry for entry in entries)


def test_thirty_polls_with_new_guids_are_ten_articles_and_one_alert_each(site: Site, tmp_path: Path) -> None:
    """Rule F1."""
    polls = iter(range(100))
    paths = [f"/{n}" for n in range(10)]
    for path in paths:
        site.route(HOST, path, page(f"Report {path.strip('/')}"))

    def changing(_: Request) -> Response:
        return Response(rss(paths).replace("<guid>", f"<guid>{next(polls)}"), content_type="application/rss+xml")

    site.route(HOST, "/feed.xml", changing)
    with context_of(tmp_path, site, entities="none") as ctx:
        ctx.ledger.feeds.add(FEED)
        ctx.ledger.alerts.add_rule("bridge", "bridge AND council")
        poll(ctx)
        work_off(ctx)
        once = final_state(ctx)
        feed = poll(ctx, 29)
        work_off(ctx)

        assert sum(r.path == "/feed.xml" for r in site.requests) == 30
        assert len(indexed(ctx)) == 10
        assert once["events"]
        assert final_state(ctx) == once
        assert "guid_unstable" in remembered(feed.memory).flags


def test_of_a_hundred_thousand_entries_two_thousand_are_read_in_bounded_memory(site: Site, tmp_path: Path) -> None:
    """Rule F5."""
    site.route(HOST, "/feed.xml", document(), content_type="application/rss+xml")
    with context_of(tmp_path, site, parse_timeout_s=120.0) as ctx:
        ctx.ledger.feeds.add(FEED)
        done = run_child("tests.pipeline.crowded_poll", env=environment(tmp_path, site, PARSE_TIMEOUT_S="120"))
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout.splitlines()[-1])

        assert (found["new"], found["entries"], found["failed"]) == (2_000, 2_000, 0)
        assert found["parent"] < 300_000_000
        assert found["child"] < 300_000_000
        site.route(HOST, "/feed.xml", document() + "<!-- later -->", content_type="application/rss+xml")
        assert poll(ctx).last_error == ""
        assert ctx.ledger.counts.total() == 2_000


def test_a_crash_before_validators_are_saved_costs_a_second_look_and_nothing_else(ctx: Context, site: Site) -> None:
    """Rule F6."""
    document = rss(["/1", "/2"])
    site.route(HOST, "/feed.xml", document, headers={"ETag": '"1"'})
    ctx.ledger.feeds.add(FEED)
    (held,) = ctx.ledger.feeds.claim_due(owner="it crashes", lease_s=60, limit=1)
    entries = parse_feed(FeedBytes(body=document.encode(), url=FEED, now=datetime.now(UTC))).entries
    assert ctx.ledger.feeds.store_entries(held, entries).new_urls == 2
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE feeds SET lease_expires_at = 0")
    counts = poll_due(ctx)

    assert [validators(r) for r in site.requests] == [{}]
    assert (counts.polled, counts.new_urls, counts.changed) == (1, 0, 0)
    assert ctx.ledger.counts.total() == 2
    assert ctx.ledger.feeds.all()[0].etag == '"1"'


def test_a_poll_that_is_broken_off_frees_the_feeds_that_it_has_not_begun(site: Site, tmp_path: Path) -> None:
    hosts = [f"paper{n}.example" for n in range(3)]

    def broken_off(stage: str, done: int, _of: int) -> None:
        if stage == "poll" and done == 1:
            raise KeyboardInterrupt

    with open_context(settings_of(tmp_path, site), progress=broken_off) as ctx:
        for host in hosts:
            site.route(host, "/feed.xml", rss(["/1"], host=host))
            ctx.ledger.feeds.add(f"http://{host}/feed.xml")
        with pytest.raises(KeyboardInterrupt):
            poll_due(ctx)
        free = ctx.ledger.feeds.claim_due(owner="the next", lease_s=60, limit=10)

        assert len(free) == 2
        assert all(feed.last_polled_at is None for feed in free)


def test_a_feed_that_the_ledger_refuses_takes_no_other_with_it(site: Site, tmp_path: Path) -> None:
    hosts = [f"paper{n}.example" for n in range(4)]
    with open_context(settings_of(tmp_path, site)) as ctx:
        for host in hosts:
            site.route(host, "/feed.xml", rss(["/1"], host=host))
            ctx.ledger.feeds.add(f"http://{host}/feed.xml")
        with ctx.ledger.database.write() as c:
            c.exec_driver_sql(
                "CREATE TRIGGER refuse BEFORE INSERT ON sightings WHEN NEW.feed_id = 2 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        with pytest.raises(StateError, match="refused"):
            poll_due(ctx)
        counts = poll_due(ctx)

        assert counts.polled == 2, "the first was done, the second is leased still"
        assert [bool(feed.last_polled_at) for feed in sorted(ctx.ledger.feeds.all(), key=lambda f: f.id)] == [True, False, True, True]
