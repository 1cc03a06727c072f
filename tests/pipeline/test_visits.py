"""Politeness of whole workers: robots.txt, and turns that all of them share, asserted from what the site was asked (rule N13)."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.model import Entry, OutcomeKind, Reason
from ingest.pipeline.context import Context
from ingest.pipeline.fetch import fetch
from ingest.pipeline.plan import plan
from ingest.pipeline.poll import poll_due
from ingest.web.robots import MAX_BYTES
from tests import nursery
from tests.pipeline.world import FEED, HOST, context_of, environment, page, rss
from tests.postgres import postgres_database
from tests.site import Request, Response, Site

PLAIN = "text/plain"


def discover(ctx: Context, site: Site, paths: list[str]) -> None:
    """Publish pages, which a feed names."""
    for path in paths:
        site.route(HOST, path, page(f"Report {path.strip('/')}"))
    ctx.ledger.feeds.add(FEED)
    (feed,) = ctx.ledger.feeds.claim_due(owner="test", lease_s=60, limit=1)
    ctx.ledger.feeds.store_entries(feed, [Entry(key=path, fingerprint="1", url=f"http://{HOST}{path}") for path in paths])
    ctx.ledger.feeds.finish_poll(feed, in_s=0, poll_reason="test")


def fetched(ctx: Context) -> None:
    for ref in plan(ctx):
        fetch(ctx, ref)
        ctx.ledger.batches.finish(ref)


def asked(site: Site, path: str) -> int:
    return sum(request.path == path for request in site.requests)


@pytest.mark.parametrize(
    ("status", "body", "ended", "reason"),
    [
        pytest.param(200, "User-agent: *\nDisallow: /1", True, Reason.ROBOTS, id="forbidden"),
        pytest.param(200, "User-agent: *\nDisallow: /2", False, None, id="allowed"),
        pytest.param(404, "User-agent: *\nDisallow: /", False, None, id="404 allows"),
        pytest.param(403, "User-agent: *\nDisallow: /", False, None, id="403 allows"),
        pytest.param(503, "", False, Reason.ROBOTS_UNREACHABLE, id="5xx forbids for now, and loses nothing"),
        pytest.param(200, "User-agent: *\nDisallow: /1\n" + "#" * MAX_BYTES, True, Reason.ROBOTS, id="of a huge one the beginning counts"),
    ],
)
def test_articles_are_fetched_as_robots_txt_allows(
    tmp_path: Path, site: Site, status: int, body: str, *, ended: bool, reason: Reason | None
) -> None:
    site.route(HOST, "/robots.txt", body, status=status, content_type=PLAIN)
    with context_of(tmp_path, site) as ctx:
        discover(ctx, site, ["/1"])
        fetched(ctx)

        record = ctx.ledger.urls.find(f"http://{HOST}/1")
        assert record is not None
        assert (record.outcome == OutcomeKind.DROPPED, record.reason) == (ended, reason)
        assert asked(site, "/1") == (reason is None)
        if reason is Reason.ROBOTS_UNREACHABLE:
            assert ctx.ledger.counts.backlog().waiting_retry == 1


def test_feeds_are_polled_whatever_robots_txt_says(tmp_path: Path, site: Site) -> None:
    site.route(HOST, "/robots.txt", "User-agent: *\nDisallow: /", content_type=PLAIN)
    site.route(HOST, "/feed.xml", rss(["/1"]), content_type="application/rss+xml")
    with context_of(tmp_path, site) as ctx:
        ctx.ledger.feeds.add(FEED)
        assert poll_due(ctx).new_urls == 1
    assert (asked(site, "/feed.xml"), asked(site, "/robots.txt")) == (1, 0)


def test_robots_txt_can_be_switched_off(tmp_path: Path, site: Site) -> None:
    site.route(HOST, "/robots.txt", "User-agent: *\nDisallow: /", content_type=PLAIN)
    with context_of(tmp_path, site, robots=False) as ctx:
        discover(ctx, site, ["/1"])
        fetched(ctx)

    assert (asked(site, "/robots.txt"), asked(site, "/1")) == (0, 1)


def test_all_workers_share_one_robots_txt_a_day(tmp_path: Path, site: Site) -> None:
    for batch in range(3):
        with context_of(tmp_path, site) as ctx:
            discover(ctx, site, [f"/{batch}{n}" for n in range(5)])
            fetched(ctx)
    assert asked(site, "/robots.txt") == 1

    with context_of(tmp_path, site) as ctx:
        with ctx.ledger.database.write() as c:
            c.exec_driver_sql("UPDATE robots SET fetched_at = fetched_at - 86400001, expires_at = expires_at - 86400001")
        discover(ctx, site, ["/a-day-later"])
        fetched(ctx)
    assert asked(site, "/robots.txt") == 2


def test_rules_of_before_hold_while_a_host_cannot_say_them(tmp_path: Path, site: Site) -> None:
    site.route(HOST, "/robots.txt", "User-agent: *\nDisallow: /1", content_type=PLAIN)
    with context_of(tmp_path, site) as ctx:
        discover(ctx, site, ["/0"])
        fetched(ctx)
        with ctx.ledger.database.write() as c:
            c.exec_driver_sql("UPDATE robots SET fetched_at = fetched_at - 86400001, expires_at = expires_at - 86400001")
        site.route(HOST, "/robots.txt", status=500)
        discover(ctx, site, ["/0", "/1", "/2"])
        fetched(ctx)

    assert (asked(site, "/1"), asked(site, "/2")) == (0, 1)


def test_a_redirect_leads_only_where_robots_txt_of_that_host_allows(tmp_path: Path, site: Site) -> None:
    site.route("other.example", "/robots.txt", "User-agent: *\nDisallow: /private", content_type=PLAIN)
    site.route("other.example", "/private", page("Private"))
    with context_of(tmp_path, site) as ctx:
        discover(ctx, site, ["/1"])
        site.redirect(HOST, "/1", "http://other.example/private")
        fetched(ctx)
        record = ctx.ledger.urls.find(f"http://{HOST}/1")

    assert record is not None
    assert record.reason == Reason.ROBOTS
    assert asked(site, "/private") == 0


def test_a_host_that_says_429_is_left_alone_and_nothing_is_lost(tmp_path: Path, site: Site) -> None:
    paths = [f"/{n}" for n in range(12)]
    with context_of(tmp_path, site) as ctx:
        discover(ctx, site, paths)
        for path in paths:
            site.route(HOST, path, status=429, headers={"Retry-After": "600"})
        fetched(ctx)
        seen = [request for request in site.requests if request.path in paths]
        records = [ctx.ledger.urls.find(f"http://{HOST}{path}") for path in paths]

        assert 1 <= len(seen) <= 4, "those that were under way when the first was refused"
        assert Counter(record.attempts for record in records if record) == {1: len(seen), 0: 12 - len(seen)}
        assert ctx.ledger.counts.backlog().waiting_retry == 12
        assert all(r and r.next_attempt_at and (r.next_attempt_at - r.first_seen_at).total_seconds() > 590 for r in records)


def test_a_feed_of_a_host_that_is_left_alone_is_polled_later_without_an_error(tmp_path: Path, site: Site) -> None:
    with context_of(tmp_path, site) as ctx:
        discover(ctx, site, ["/1"])
        ctx.ledger.feeds.remove(FEED)
        site.route(HOST, "/1", status=429, headers={"Retry-After": "600"})
        fetched(ctx)
        ctx.ledger.feeds.add(f"http://{HOST}/other.xml")
        poll_due(ctx)
        feed = ctx.ledger.feeds.get(f"http://{HOST}/other.xml")

    assert feed is not None
    assert (feed.errors, feed.last_polled_at, asked(site, "/other.xml")) == (0, None, 0)
    assert "asked to be left alone" in feed.poll_reason


def test_what_is_over_the_budget_of_the_hour_waits(tmp_path: Path, site: Site) -> None:
    with context_of(tmp_path, site, host_hourly=3, host_patience_s=0.5) as ctx:
        discover(ctx, site, [f"/{n}" for n in range(8)])
        fetched(ctx)
        records = [ctx.ledger.urls.find(f"http://{HOST}/{n}") for n in range(8)]

        assert sum(asked(site, f"/{n}") for n in range(8)) == 3
        waiting = [record for record in records if record and record.reason == Reason.HOST_BUDGET]
        assert (len(waiting), {record.attempts for record in waiting}) == (5, {0})


@pytest.mark.parametrize(
    ("scope", "hosts", "together"),
    [
        pytest.param("host", ("a.paper.example", "b.paper.example"), False, id="each host by itself"),
        pytest.param("site", ("www.paper.co.uk", "news.paper.co.uk"), True, id="hosts of one registrable domain"),
        pytest.param("site", ("paper.co.uk", "other.co.uk"), False, id="registrable domains"),
        pytest.param("address", ("a.example", "b.example"), True, id="hosts at one address"),
    ],
)
def test_what_is_treated_as_one(tmp_path: Path, site: Site, scope: str, hosts: tuple[str, str], *, together: bool) -> None:
    with context_of(tmp_path, site, politeness_scope=scope) as ctx:
        for host in hosts:
            ctx.ledger.feeds.add(f"http://{host}/feed.xml")
        poll_due(ctx)
        with ctx.ledger.database.read() as c:
            scopes = {row.scope for row in c.exec_driver_sql("SELECT scope FROM scopes")}

    assert len(scopes) == (1 if together else 2)


INTERVAL_S = 0.1
URLS = 50


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with postgres_database() as url:
        yield url


def test_two_workers_ask_one_host_as_one(tmp_path: Path, site: Site, database_url: str) -> None:
    """50 URLs of one host in two processes: two at once at most, and the starts spaced over both."""
    running = most = 0

    def slow(_: Request) -> Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return Response(page("Report"))
        finally:
            running -= 1

    with context_of(tmp_path, site, batch_size=URLS // 2, database_url=database_url) as ctx:
        discover(ctx, site, [f"/{n}" for n in range(URLS)])
        refs = plan(ctx)
    assert len(refs) == 2
    for n in range(URLS):
        site.route(HOST, f"/{n}", slow)
    env = environment(tmp_path, site, HOST_INTERVAL_S=str(INTERVAL_S), LEASE_S="60", DATABASE_URL=database_url)
    workers = [nursery.start("tests.pipeline.fetching", str(ref), env=env) for ref in refs]
    assert [worker.finish().returncode for worker in workers] == [0, 0]

    starts = sorted(request.at for request in site.requests if request.path.strip("/").isdigit())
    assert len(starts) == URLS
    assert most <= 2
    # A request that a busy machine sends late comes closer to the next one: the rate is what holds at every place.
    late_s = 0.5
    for earlier, later in itertools.combinations(range(URLS), 2):
        assert starts[later] - starts[earlier] >= (later - earlier) * INTERVAL_S - late_s
