"""News sitemaps and indexes of them."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FeedRejected
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.feeds.sitemap import MAX_PARTS, merged
from ingest.model import ParsedFeed, Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://paper.example/news-sitemap.xml"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"


def entry(number: int, *, title: str = "A title", date: str = "2026-11-24T10:00:00+01:00") -> str:
    about = (
        "<n:news><n:publication><n:name>The Paper</n:name><n:language>de-AT</n:language></n:publication>"
        f"<n:publication_date>{date}</n:publication_date><n:title>{title}</n:title><n:keywords>a, b</n:keywords></n:news>"
    )
    return f"<url><loc>https://paper.example/{number}</loc>{about}</url>"


def urlset(*entries: str) -> bytes:
    return f'<?xml version="1.0"?><urlset xmlns="{SITEMAP}" xmlns:n="{NEWS}">{"".join(entries)}</urlset>'.encode()


def index(*parts: tuple[str, str]) -> bytes:
    inner = "".join(f"<sitemap><loc>{loc}</loc><lastmod>{changed}</lastmod></sitemap>" for loc, changed in parts)
    return f'<sitemapindex xmlns="{SITEMAP}">{inner}</sitemapindex>'.encode()


def read(body: bytes, limit: int = 100) -> ParsedFeed:
    return parse_feed(FeedBytes(body=body, url=URL, now=NOW, max_entries=limit))


def test_a_news_sitemap_is_a_feed() -> None:
    feed = read(urlset(entry(1, title="Bridge &amp; river"), entry(2)))
    first = feed.entries[0]

    assert (feed.format, feed.title, feed.language, len(feed.entries), feed.flags) == ("sitemap_news", "The Paper", "de", 2, ())
    assert (first.url, first.title, first.tags) == ("https://paper.example/1", "Bridge & river", ("a", "b"))
    assert first.published_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert first.language == "de"


def test_an_empty_news_sitemap_is_a_feed_without_entries() -> None:
    assert read(urlset()).entries == ()


def test_the_newest_are_kept_and_the_rest_counted() -> None:
    feed = read(urlset(*(entry(n, date=f"2026-11-{n:02}T00:00:00Z") for n in range(1, 21))), limit=5)

    assert ([e.url for e in feed.entries], feed.over_limit) == ([f"https://paper.example/{n}" for n in range(16, 21)], 15)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(urlset("<url><loc>https://paper.example/1</loc></url>"), Reason.NOT_A_FEED, id="a sitemap without news"),
        pytest.param(b'<!DOCTYPE urlset [<!ENTITY a "b">]>' + urlset(entry(1)), Reason.FEED_DTD, id="a document type"),
    ],
)
def test_what_is_refused(body: bytes, reason: Reason) -> None:
    with pytest.raises(FeedRejected) as caught:
        read(body)
    assert caught.value.reason is reason


def test_an_index_leads_to_its_own_newest_sitemaps_those_of_news_first() -> None:
    days = [(f"https://paper.example/{n}.xml", f"2026-11-{n:02}") for n in range(1, 21)]
    feed = read(index(*days, ("https://paper.example/news.xml", "2020-01-01"), ("https://other.example/news.xml", "2026-11-24")))

    assert feed.parts[:2] == ("https://paper.example/news.xml", "https://paper.example/20.xml")
    assert len(feed.parts) == MAX_PARTS
    assert feed.entries == ()


def test_an_index_has_the_entries_of_its_parts_once() -> None:
    parts = [read(urlset(entry(1), entry(2))), read(urlset(entry(2), entry(3, date="2026-11-24T11:00:00Z")))]
    whole = merged(read(index((URL, ""))), parts, 2)

    assert whole.entries[0].url == "https://paper.example/3"
    assert (len(whole.entries), whole.over_limit, whole.title) == (2, 1, "The Paper")


@given(st.binary(max_size=200), st.sampled_from([b"<urlset>", b"<sitemapindex>", urlset(entry(1))[:-9]]))
def test_any_bytes_end_as_a_feed_or_a_rejection(noise: bytes, start: bytes) -> None:
    with contextlib.suppress(FeedRejected):
        assert isinstance(read(start + noise), ParsedFeed)
