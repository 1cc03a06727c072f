"""Where a site keeps its feeds: link elements of a page (HTML standard, 4.6.6), links in its text, customary paths. Pure.

The first two are what the page says, in its order; nothing is fetched here.
"""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from lxml import etree

from ingest.feeds.text import one_line
from ingest.urls import clean_link, site

MAX_CANDIDATES = 20  # a page that names more is a directory of feeds, not a site
COMMON_PATHS = (
    *("/feed/", "/feed", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/rss/", "/feeds/", "/index.rdf"),
    *("/feed.json", "/news-sitemap.xml", "/sitemap_news.xml", "/sitemap-news.xml"),
)
_TYPES = frozenset(
    ("application/atom+xml", "application/rss+xml", "application/rdf+xml", "application/feed+json", "text/xml", "application/xml")
)
_FEED_LINK = re.compile(r"(?:^|[/._?=&-])(?:rss|atom|feeds?|rdf|news-?sitemap)(?:$|[/._?=&#0-9-])|\.(?:rss|atom|rdf)$", re.IGNORECASE)
_SECONDARY = re.compile(r"comment|kommentar|commentaire|replies|oembed|wp-json", re.IGNORECASE)


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """An address that may be a feed. `how` is link, anchor or path; the first of a list is the likeliest."""

    url: str
    title: str = ""
    how: str = "link"


class PageToSearch(msgspec.Struct, frozen=True, kw_only=True):
    """A page as bytes, for a child of `ingest.sandbox`."""

    body: bytes
    url: str
    now: datetime | None = None


def candidates(page: PageToSearch) -> list[Candidate]:
    """Feeds that the page names: those of its link elements, else links in it that look like feeds. Feeds of comments come last."""
    parser = etree.HTMLParser(huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(page.body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return []
    if root is None:
        return []
    found = _links(root, page.url) or _anchors(root, page.url)
    distinct = {candidate.url: candidate for candidate in reversed(found)}
    ordered = [candidate for candidate in dict.fromkeys(found) if distinct[candidate.url] is candidate]
    return sorted(ordered, key=lambda c: bool(_SECONDARY.search(f"{c.url} {c.title}")))[:MAX_CANDIDATES]


def common_paths(url: str) -> list[Candidate]:
    """Addresses on the host of `url` where feeds customarily are, those below its own path first."""
    parts = urlsplit(url)
    root = f"{parts.scheme}://{parts.netloc}"
    below = [root + parts.path.rstrip("/") + path for path in ("/feed/", "/rss.xml")] if parts.path.strip("/") else []
    return [Candidate(url=address, how="path") for address in dict.fromkeys([*below, *(root + path for path in COMMON_PATHS)])]


def _links(root: etree._Element, base: str) -> list[Candidate]:
    found = []
    has_base = False
    for element in root.iter("base", "link"):
        href = (element.get("href") or "").strip()
        if element.tag == "base":
            if not has_base and href:  # it holds for what follows
                base, has_base = clean_link(href, base) or base, True
            continue
        rels = (element.get("rel") or "").lower().split()
        kind = (element.get("type") or "").partition(";")[0].strip().lower()
        is_feed = "feed" in rels or ("alternate" in rels and kind in _TYPES)
        if is_feed and (url := clean_link(href, base)):
            found.append(Candidate(url=url, title=one_line(element.get("title") or "", 200)))
    return found


def _anchors(root: etree._Element, url: str) -> list[Candidate]:
    declared = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    base, home = clean_link(declared, url) or url, site(url)
    found = []
    for element in root.iter("a"):
        link = clean_link(element.get("href"), base)
        if link is None or not _FEED_LINK.search(link.partition("://")[2].partition("/")[2]):
            continue
        title = one_line("".join(str(text) for text in element.itertext())[:1_000], 200)
        found.append((site(link) != home, Candidate(url=link, title=title, how="anchor")))
    return [candidate for _, candidate in sorted(found, key=lambda pair: pair[0])]  # the site's own first
