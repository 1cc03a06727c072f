"""Finding the feed of a site that answers, and of one that has moved it."""

from __future__ import annotations

import pytest

from ingest.pipeline.context import Context
from ingest.pipeline.discover import Found, NotFound, find_feed
from tests.feeds.test_sitemap import entry, index, urlset
from tests.pipeline.test_poll import events, poll
from tests.pipeline.world import FEED, HOST, rss
from tests.site import Site

PAGE = f"http://{HOST}/"
LINKED = '<html><head><link rel="alternate" type="application/rss+xml" href="{}" title="News"></head><body>x</body></html>'


def find(ctx: Context, url: str) -> tuple[str, str]:
    found = find_feed(ctx, url)
    assert isinstance(found, Found), found
    return found.url, found.how


def test_a_feed_is_itself(ctx: Context, site: Site) -> None:
    site.route(HOST, "/feed.xml", rss(["/1"]))
    assert find(ctx, FEED) == (FEED, "itself")


def test_a_page_names_its_feed(ctx: Context, site: Site) -> None:
    site.route(HOST, "/", LINKED.format("/dead").replace("</head>", '<link rel="feed" href="/feed.xml"></head>'))
    site.route(HOST, "/feed.xml", rss(["/1"]))
    assert find(ctx, PAGE) == (FEED, "link")


def test_a_page_links_to_its_feed(ctx: Context, site: Site) -> None:
    site.route(HOST, "/", '<html><body><a href="/feed.xml">RSS</a></body></html>')
    site.route(HOST, "/feed.xml", rss(["/1"]))
    assert find(ctx, PAGE) == (FEED, "anchor")


def test_a_silent_page_has_it_at_a_customary_path(ctx: Context, site: Site) -> None:
    site.route(HOST, "/", "<html><body>x</body></html>")
    site.route(HOST, "/rss.xml", rss(["/1"]))
    assert find(ctx, PAGE) == (f"http://{HOST}/rss.xml", "path")


def test_a_site_without_a_feed_is_told_from_one_that_is_away(ctx: Context, site: Site) -> None:
    site.route(HOST, "/", "<html><body>x</body></html>")
    site.route(HOST, "/busy", "x", status=503)
    addresses = {"here": PAGE, "forbidden": "http://127.0.0.1:8080/", "dead": f"http://{HOST}/dead", "busy": f"http://{HOST}/busy"}
    found = {name: find_feed(ctx, url) for name, url in addresses.items()}

    assert {name: one.final for name, one in found.items() if isinstance(one, NotFound)} == {
        "here": True,
        "forbidden": True,
        "dead": True,
        "busy": False,
    }
    assert isinstance(found["dead"], NotFound)
    assert "answers 404" in found["dead"].why


@pytest.mark.parametrize(
    ("document", "why"),
    [
        pytest.param(f'<!DOCTYPE rss [<!ENTITY a "b">]>{rss(["/1"])}', "document type", id="it declares entities"),
        pytest.param('{"version": "https://jsonfeed.org/version/1.1", "items": [', "broken JSON", id="it is broken"),
    ],
)
def test_a_feed_that_is_refused_is_told_from_a_page(ctx: Context, site: Site, document: str, why: str) -> None:
    site.route(HOST, "/feed.xml", document, content_type="application/rss+xml")
    site.route(HOST, "/rss.xml", rss(["/other"]))
    found = find_feed(ctx, FEED)

    assert isinstance(found, NotFound), "another feed of its site was not asked for"
    assert found.final
    assert why in found.why


@pytest.mark.parametrize(
    ("paths", "title", "ends_at"),
    [
        pytest.param(["/1", "/9"], "Another title", f"http://{HOST}/new.xml", id="it shows an item of before"),
        pytest.param(["/9"], "The Paper", f"http://{HOST}/new.xml", id="it has the same title"),
        pytest.param(["/9"], "Another title", FEED, id="another feed altogether"),
    ],
)
def test_a_feed_that_answers_404_is_looked_for_on_its_site(ctx: Context, site: Site, paths: list[str], title: str, ends_at: str) -> None:
    site.route(HOST, "/feed.xml", rss(["/1", "/2"]))
    ctx.ledger.feeds.add(FEED)
    poll(ctx)
    site.route(HOST, "/feed.xml", "gone", status=404)
    site.route(HOST, "/", LINKED.format("/new.xml"))
    site.route(HOST, "/new.xml", rss(paths).replace("The Paper", title))
    feed = poll(ctx, 3)

    assert feed.url == ends_at
    assert ("moved" in events(ctx, feed)) == (ends_at != FEED)
    if ends_at != FEED:
        assert poll(ctx).errors == 0


def test_an_index_of_sitemaps_is_polled_as_one_feed(ctx: Context, site: Site) -> None:
    parts = [(f"http://{HOST}/{name}.xml", "2026-11-24") for name in ("a", "b", "broken")]
    site.route(HOST, "/feed.xml", index(*parts), headers={"ETag": '"1"'})
    site.route(HOST, "/a.xml", urlset(entry(1)))
    site.route(HOST, "/b.xml", urlset(entry(2)))
    ctx.ledger.feeds.add(FEED)
    poll(ctx)
    site.route(HOST, "/b.xml", urlset(entry(2), entry(3)))
    poll(ctx)

    assert ctx.ledger.counts.total() == 3, "the index is the same, one of its sitemaps is not"
