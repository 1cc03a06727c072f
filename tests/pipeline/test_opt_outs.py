"""What a feed opts out of holds for it and its own host, and is kept (rule N14)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.model import Entry, Reason
from ingest.pipeline.context import Context
from ingest.pipeline.fetch import fetch
from ingest.pipeline.plan import plan
from ingest.pipeline.poll import poll_due
from tests.pipeline.world import context_of, page, rss
from tests.site import Site
from tests.site.tls import Authority

HOST = "self.example"
FEED = f"https://{HOST}/feed.xml"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """One whose certificate nobody vouches for."""
    with Site(tls=Authority(tmp_path).site(HOST)) as running:
        running.route(HOST, "/feed.xml", rss(["/1"]), content_type="application/rss+xml")
        for number in range(4):
            running.route(HOST, f"/{number}", page(f"Report {number}"))
        yield running


def discover(ctx: Context, *addresses: str, verify_tls: bool | None = None, obey_robots: bool | None = None) -> None:
    feed, _ = ctx.ledger.feeds.add(FEED)
    ctx.ledger.feeds.options.choose(feed.id, verify_tls=verify_tls, obey_robots=obey_robots)
    (feed,) = ctx.ledger.feeds.claim_due(owner="t", lease_s=60, limit=1)
    ctx.ledger.feeds.store_entries(feed, [Entry(key=url, fingerprint="1", url=url) for url in addresses])
    ctx.ledger.feeds.finish_poll(feed, in_s=9, poll_reason="test")
    (ref,) = plan(ctx)
    fetch(ctx, ref)
    ctx.ledger.batches.finish(ref)


def reason(ctx: Context, url: str) -> str | None:
    record = ctx.ledger.urls.find(url)
    assert record is not None
    return record.reason


def test_a_certificate_that_nobody_vouches_for_is_taken_once_that_is_chosen(tmp_path: Path, site: Site) -> None:
    with context_of(tmp_path / "home", site) as ctx:
        feed, _ = ctx.ledger.feeds.add(FEED)
        assert poll_due(ctx).failed == 1
        assert (ctx.ledger.feeds.all()[0].last_error, site.requests) == ("tls", [])

        assert ctx.ledger.feeds.options.choose(feed.id, verify_tls=False) == ["its certificate is not verified any more"]
        assert ctx.ledger.feeds.options.choose(feed.id, verify_tls=False) == []
        assert poll_due(ctx).new_urls == 1

        assert ctx.ledger.feeds.options.choose(feed.id, verify_tls=True) == ["its certificate is verified"]
        assert poll_due(ctx).failed == 1
        assert [event.event for event in ctx.ledger.feeds.moves.history(feed.id) if "certificate" in event.detail] == [
            "trusting",
            "verified",
        ]


def test_its_articles_on_the_same_host_and_their_robots_txt_come_along(tmp_path: Path, site: Site) -> None:
    site.route(HOST, "/robots.txt", "User-agent: *\nDisallow: /2", content_type="text/plain")
    with context_of(tmp_path / "home", site) as ctx:
        discover(ctx, f"https://{HOST}/1", f"https://{HOST}/2", "https://other.example/3", verify_tls=False)

        assert reason(ctx, f"https://{HOST}/1") is None
        assert reason(ctx, f"https://{HOST}/2") == Reason.ROBOTS
        assert reason(ctx, "https://other.example/3") == Reason.ROBOTS_UNREACHABLE, "which is another host"


def test_a_redirect_to_another_host_is_verified(tmp_path: Path, site: Site) -> None:
    site.redirect(HOST, "/1", "https://other.example/1")
    with context_of(tmp_path / "home", site, robots=False) as ctx:
        discover(ctx, f"https://{HOST}/1", verify_tls=False)

        assert reason(ctx, f"https://{HOST}/1") == Reason.TLS
        assert [request.host for request in site.requests] == [HOST]


def test_a_feed_may_opt_out_of_robots_txt(tmp_path: Path, site: Site) -> None:
    site.route(HOST, "/robots.txt", "User-agent: *\nDisallow: /", content_type="text/plain")
    with context_of(tmp_path / "home", site) as ctx:
        discover(ctx, f"https://{HOST}/1", verify_tls=False, obey_robots=False)

        assert reason(ctx, f"https://{HOST}/1") is None
        assert [request.path for request in site.requests] == ["/1"]


def test_an_error_page_that_says_all_is_well_is_no_feed_and_takes_no_validators(tmp_path: Path) -> None:
    """Rule N12."""
    with Site() as site, context_of(tmp_path / "home", site) as ctx:
        address = FEED.replace("https", "http")
        site.route(HOST, "/feed.xml", rss(["/1"]), headers={"ETag": '"good"'}, content_type="application/rss+xml")
        ctx.ledger.feeds.add(address)
        poll_due(ctx)
        site.route(HOST, "/feed.xml", "<html><body><h1>We will be back soon</h1></body></html>", headers={"ETag": '"sorry"'})
        with ctx.ledger.database.write() as c:
            c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
        assert poll_due(ctx).failed == 1
        (feed,) = ctx.ledger.feeds.all()

    assert (feed.errors, feed.last_error, feed.etag) == (1, Reason.NOT_A_FEED, '"good"')
