"""News sitemaps as feeds: `urlset` with Google's news namespace, and sitemap indexes that lead to them.

https://www.sitemaps.org/protocol.html and https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
from lxml import etree

from ingest.errors import FeedRejected
from ingest.feeds import identity
from ingest.feeds.dates import believable
from ingest.feeds.draft import TITLE_CHARS, Draft, Passage, finish, language
from ingest.feeds.text import one_line
from ingest.model import ParsedFeed, Reason
from ingest.urls import clean_link, site

INDEX = "sitemap_index"  # `ParsedFeed.format` of an index
MAX_PARTS = 8  # sitemaps of an index that are read, the newest
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(?:urlset|sitemapindex)[\s>/]")
_NEWS = re.compile(r"^https?://www\.google\.com/schemas/sitemap-news/")


def looks_like_sitemap(document: bytes) -> bool:
    """Whether the root element of `document`, whose prolog is cut away, is that of a sitemap or an index of them."""
    return _ROOT.search(document[:2_000]) is not None and b"<rss" not in document[:2_000]


def parse_sitemap(document: bytes, *, url: str, limit: int, now: datetime) -> ParsedFeed:
    """The sitemap in `document`, UTF-8 without document type. Raises FeedRejected.

    Of an index, `ParsedFeed.parts` are the sitemaps to read, those with news in their address first, then the newest.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(document, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FeedRejected("the sitemap cannot be parsed", reason=Reason.FEED_MALFORMED) from error
    if root is None:
        raise FeedRejected("the sitemap cannot be parsed", reason=Reason.FEED_MALFORMED)
    flags = ("malformed",) if parser.error_log else ()
    if _name(root) == "sitemapindex":
        return ParsedFeed(format=INDEX, parts=_parts(root, url, now), flags=flags)
    news = [(entry, about) for entry in root if _name(entry) == "url" for about in entry if _is_news(about)]
    if not news and len(root):
        raise FeedRejected("a sitemap without news: give the address of the news sitemap", reason=Reason.NOT_A_FEED)
    done = finish([_draft(entry, about) for entry, about in news], base=url, limit=limit, now=now)
    publication = next((part for _, about in news[:1] for part in about if _name(part) == "publication"), None)
    return ParsedFeed(
        format="sitemap_news",
        title=one_line(_child(publication, "name"), TITLE_CHARS),
        language=language(_child(publication, "language")),
        entries=done.entries,
        over_limit=done.over_limit,
        no_identity=done.no_identity,
        duplicates=done.duplicates,
        flags=flags + done.flags,
    )


def merged(index: ParsedFeed, sitemaps: Sequence[ParsedFeed], limit: int) -> ParsedFeed:
    """`index` with the entries of its `sitemaps`: one of each key, at most `limit`, the newest."""
    entries = identity.distinct(entry for sitemap in sitemaps for entry in sitemap.entries)
    newest = sorted(entries, key=lambda entry: entry.published_at.timestamp() if entry.published_at else 0.0, reverse=True)
    return msgspec.structs.replace(
        index,
        title=next((sitemap.title for sitemap in sitemaps if sitemap.title), ""),
        language=next((sitemap.language for sitemap in sitemaps if sitemap.language), None),
        entries=tuple(newest[:limit]),
        over_limit=len(newest[limit:]) + sum(sitemap.over_limit for sitemap in sitemaps),
    )


def _parts(root: etree._Element, url: str, now: datetime) -> tuple[str, ...]:
    """Only of the index's own site: an index names what its owner publishes."""
    found: list[tuple[bool, float, str]] = []
    for entry in root:
        link = clean_link(_child(entry, "loc") or None, url) if _name(entry) == "sitemap" else None
        if link is None or site(link) != site(url) or link == url:
            continue
        changed = believable(_child(entry, "lastmod"), now)
        found.append(("news" in link.lower(), changed.timestamp() if changed else 0.0, link))
    found.sort(key=lambda part: part[:2], reverse=True)
    return tuple(dict.fromkeys(link for _, _, link in found))[:MAX_PARTS]


def _draft(entry: etree._Element, about: etree._Element) -> Draft:
    publication = next((part for part in about if _name(part) == "publication"), None)
    images = [_child(part, "loc") for part in entry if _name(part) == "image"]
    return Draft(
        links=(_child(entry, "loc"),),
        title=_child(about, "title"),
        summary=Passage(),
        tags=tuple(tag.strip() for tag in _child(about, "keywords").split(",")),
        published=_child(about, "publication_date") or _child(entry, "lastmod") or None,
        language=_child(publication, "language"),
        images=tuple(filter(None, images)),
    )


def _child(parent: etree._Element | None, name: str) -> str:
    if parent is None:
        return ""
    return next(((child.text or "").strip() for child in parent if _name(child) == name), "")


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _is_news(element: etree._Element) -> bool:
    return _name(element) == "news" and _NEWS.match(etree.QName(element).namespace or "") is not None
