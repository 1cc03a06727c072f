"""Where a page says that its feeds are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.discover import COMMON_PATHS, MAX_CANDIDATES, PageToSearch, candidates, common_paths
from tests.corpora import corpora

URL = "https://paper.example/news/index.html"
RSS = "application/rss+xml"


def found(html: str | bytes, url: str = URL) -> list[str]:
    return [candidate.url for candidate in candidates(PageToSearch(body=html.encode() if isinstance(html, str) else html, url=url))]


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        pytest.param(f'<link rel=alternate type="{RSS}" href=/rss>', ["https://paper.example/rss"], id="a link element"),
        pytest.param(f'<body><link rel=alternate type="{RSS}" href=rss></body>', ["https://paper.example/news/rss"], id="in the body"),
        pytest.param(
            '<link rel="alternate" type="application/feed+json" href="/f.json">', ["https://paper.example/f.json"], id="JSON Feed"
        ),
        pytest.param('<link rel="alternate" type="application/json" href="/wp-json/1">', [], id="an interface of programs is no feed"),
        pytest.param('<link rel="alternate" hreflang="de" href="/de/">', [], id="another language is no feed"),
        pytest.param(f'<link rel="stylesheet" type="{RSS}" href="/x">', [], id="another relation"),
        pytest.param(f'<!-- <link rel=alternate type="{RSS}" href=/rss> -->', [], id="a comment"),
        pytest.param(f'<script>"<link rel=alternate type={RSS} href=/rss>"</script>', [], id="a script"),
        pytest.param(f'<link rel=alternate type="{RSS}" href="javascript:x">', [], id="no address"),
        pytest.param(
            f'<link rel=alternate type="{RSS}" href=/comments/feed title="Comments"><link rel=alternate type="{RSS}" href=/feed>',
            ["https://paper.example/feed", "https://paper.example/comments/feed"],
            id="the feed of comments comes last",
        ),
        pytest.param(
            '<a href="https://other.example/rss">x</a><a href="/about">y</a><a href="/feeds/all.atom">z</a>',
            ["https://paper.example/feeds/all.atom", "https://other.example/rss"],
            id="links that look like feeds, the site's own first",
        ),
        pytest.param('<a href="/feedback">x</a><a href="/rssonline.html">y</a>', [], id="words that only begin like it"),
        pytest.param(
            f'<a href="/rss">x</a><link rel=alternate type="{RSS}" href=/feed>',
            ["https://paper.example/feed"],
            id="link elements come before",
        ),
        pytest.param("", [], id="nothing"),
    ],
)
def test_what_a_page_names(html: str, urls: list[str]) -> None:
    assert found(html) == urls


def test_a_directory_of_feeds_is_cut_short() -> None:
    assert len(found("".join(f'<a href="/{n}.rss">x</a>' for n in range(1_000)))) == MAX_CANDIDATES


def test_customary_paths_begin_below_the_page_itself() -> None:
    paths = [candidate.url for candidate in common_paths("https://paper.example/sport")]

    assert paths[:2] == ["https://paper.example/sport/feed/", "https://paper.example/sport/rss.xml"]
    assert len(paths) == len(COMMON_PATHS) + 2
    assert len(common_paths("https://paper.example/")) == len(COMMON_PATHS)


@given(st.binary(max_size=300), st.sampled_from([b"", b"<base href='http://[x'>", b"<a href=/rss>", b"<link rel=feed href=x>"]))
def test_any_bytes_give_http_addresses(noise: bytes, start: bytes) -> None:
    assert all(url.startswith(("http://", "https://")) for url in found(start + noise))


def test_the_autodiscovery_suite_finds_the_one_feed_of_each_page() -> None:
    """Each page names exactly one feed, of the page's own name; what the archive put in front of addresses is taken off again."""
    pages = sorted(corpora("feeds/feedvalidator/feedfinder-tests").glob("html4-*.html"))
    base = "http://diveintomark.org/tests/client/autodiscovery/"
    wrong = {}
    for page in pages:
        body = re.sub(rb"https?://web\.archive\.org/web/\d+/", b"", page.read_bytes())
        urls = found(body, base + page.name)
        if len(urls) != 1 or not urls[0].endswith(f"/tests/client/autodiscovery/{page.stem}.xml"):
            wrong[page.name] = urls

    assert len(pages) == 57
    assert wrong == {}
