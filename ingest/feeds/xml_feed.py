"""RSS, RDF, Atom and CDF by feedparser. It gets bytes in memory only: given a str it would open URLs and files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any
from xml.sax import SAXException

import feedparser
import feedparser.api
import msgspec

from ingest.errors import FeedRejected
from ingest.feeds import incremental, strict
from ingest.feeds.crowded import thinned
from ingest.feeds.draft import TITLE_CHARS, Draft, Finished, Passage, finish, language
from ingest.feeds.hints import skipped
from ingest.feeds.mend import mended
from ingest.feeds.prolog import as_utf8, without_prolog
from ingest.feeds.sitemap import looks_like_sitemap, parse_sitemap
from ingest.feeds.text import one_line
from ingest.model import ParsedFeed, Reason
from ingest.urls import clean_link

feedparser.api.PREFERRED_XML_PARSERS = []  # not libxml2's, which would load external entities; the standard library's is what is left

MAX_TTL_S = 30 * 86_400  # longer ones are mistakes of unit
_PERIODS_S = {"hourly": 3_600, "daily": 86_400, "weekly": 7 * 86_400, "monthly": 30 * 86_400, "yearly": 365 * 86_400}
_ABSOLUTE = re.compile(r"\s*https?://", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)(?:\?|$)", re.IGNORECASE)
_ADDRESS = re.compile(r"[<(]?[^\s<>()@]+@[^\s<>()]+[>)]?")
MAX_AUTHOR_CHARS = 500  # searched for addresses: the search is quadratic


def parse_xml(
    body: bytes, *, url: str, content_type: str | None, limit: int, now: datetime, item_memory: bytes | None = None
) -> ParsedFeed:
    """The feed in `body`. Raises FeedRejected. With the `item_memory` of the poll before, only what changed since is parsed."""
    document = without_prolog(as_utf8(body, content_type))
    if looks_like_sitemap(document):
        return parse_sitemap(document, url=url, limit=limit, now=now)
    read = partial(_read, url=url, limit=limit, now=now)
    try:
        return read(document, item_memory)
    except SAXException:
        fixed = mended(document)
    memories = dict.fromkeys((item_memory, None))
    flags: tuple[str, ...] = ("malformed",)
    if fixed == document:  # it was not cut where it should be, or is beyond mending
        del memories[item_memory]
        flags = ()
    for memory in memories:
        with suppress(SAXException):
            return read(fixed, memory, flags=flags)
    return read(document, None, source=_loosely)


def _read(
    document: bytes,
    item_memory: bytes | None,
    *,
    url: str,
    limit: int,
    now: datetime,
    flags: tuple[str, ...] = (),
    source: Callable[[bytes], Any] = strict.read,
) -> ParsedFeed:
    """The feed in `document`, by `source`. Raises FeedRejected, and SAXException where `source` does."""
    pieces = incremental.cut(document, url)
    left_out = 0
    if pieces and (few := thinned(pieces, limit, now)):
        document, left_out = few
        pieces = incremental.cut(document, url)
    skips = skipped(pieces.without(frozenset(pieces.hashes)) if pieces else document)
    known = _known(item_memory, pieces)
    if pieces and known.items and any(digest in known.items for digest in pieces.hashes):
        parsed, drafts = _drafts(pieces.without(known.items), source)
        if combined := incremental.combine(pieces, known, drafts, base=url, limit=limit, now=now):
            done, unchanged = combined
            memory = incremental.remember(pieces, known, drafts, done, now)
            feed = _parsed(parsed, done, url, flags, skips)
            return msgspec.structs.replace(
                feed, over_limit=left_out, unchanged=unchanged, item_memory=memory and msgspec.json.encode(memory)
            )
    parsed, drafts = _drafts(document, source)
    if not parsed["version"] and not drafts:
        raise FeedRejected("neither RSS, Atom nor JSON Feed: give the address of a feed", reason=Reason.NOT_A_FEED)
    done = finish(drafts, base=url, limit=limit, now=now)
    malformed = bool(parsed.get("bozo"))
    memory = incremental.remember(pieces, known, drafts, done, now) if pieces and not malformed else None
    feed = _parsed(parsed, done, url, flags if _harmless(parsed) else ("malformed",), skips)
    return msgspec.structs.replace(feed, over_limit=feed.over_limit + left_out, item_memory=memory and msgspec.json.encode(memory))


def _known(item_memory: bytes | None, pieces: incremental.Pieces | None) -> incremental.KnownItems:
    """What is known of items below the same ancestors."""
    try:
        known = msgspec.json.decode(item_memory, type=incremental.KnownItems) if item_memory else incremental.KnownItems()
    except msgspec.DecodeError:
        return incremental.KnownItems()
    return known if pieces and known.context == pieces.context else incremental.KnownItems()


def _drafts(document: bytes, source: Callable[[bytes], Any]) -> tuple[Any, list[Draft]]:
    """What `source` says. Raises FeedRejected, and SAXException where it does."""
    try:
        parsed = source(document)
        return parsed, [_draft(entry) for entry in parsed["entries"]]
    except (MemoryError, SAXException):
        raise  # the sandbox tells the one from a broken feed
    except Exception as error:
        # Hostile bytes bring ValueError, KeyError, AssertionError and more out of feedparser and the codecs.
        raise FeedRejected(f"the feed cannot be parsed: {type(error).__name__}", reason=Reason.FEED_MALFORMED) from error


def _loosely(document: bytes) -> Any:
    # Without the document's address: feedparser would resolve a GUID such as "123" to an address that looks like any other.
    headers = {"content-type": "application/xml; charset=utf-8"}
    return feedparser.parse(io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def _parsed(parsed: Any, done: Finished, url: str, flags: tuple[str, ...], skips: tuple[tuple[int, ...], tuple[int, ...]]) -> ParsedFeed:
    feed = parsed["feed"]
    links = _dicts(feed, "links")
    return ParsedFeed(
        format=parsed["version"] or "unknown",
        title=one_line(_text(feed, "title"), TITLE_CHARS),
        site_url=clean_link(_text(feed, "link") or None, url),
        language=language(_text(feed, "language")),
        entries=done.entries,
        over_limit=done.over_limit,
        no_identity=done.no_identity,
        duplicates=done.duplicates,
        ttl_s=_ttl_s(feed),
        skip_hours=skips[0],
        skip_days=skips[1],
        hub_url=_rel(links, "hub", url),
        self_url=_rel(links, "self", url),
        flags=flags + done.flags,
    )


def _draft(entry: Any) -> Draft:
    summary = _passage(dict.get(entry, "summary_detail") or {"value": _text(entry, "summary")})
    # Several contents are usually one text in several types: the longest says most.
    contents = sorted((_passage(content) for content in _dicts(entry, "content")), key=lambda passage: len(passage.source))
    published = _text(entry, "published") or _text(entry, "created")
    title_detail = dict.get(entry, "title_detail") or {}
    links = [_text(link, "href") for link in _dicts(entry, "links") if dict.get(link, "rel", "alternate") == "alternate"]
    guid, link = _text(entry, "id"), _text(entry, "link")
    if link == guid and dict.get(entry, "guidislink") and not _ABSOLUTE.match(guid):
        link = ""  # RSS takes a GUID for a link unless told otherwise, but only a whole address can be meant as one
    return Draft(
        # FeedBurner's own link only redirects to the original one.
        links=tuple(filter(None, (_text(entry, "feedburner_origlink"), link, *links))),
        guid=guid,
        title=_text(entry, "title"),
        summary=summary,
        text=contents[-1] if contents else Passage(),
        authors=tuple(_authors(entry)),
        tags=tuple(_text(tag, "label") or _text(tag, "term") for tag in _dicts(entry, "tags")),
        published=published or None,
        updated=_text(entry, "updated") or None,
        language=_text(entry, "language") or _text(title_detail, "language"),
        images=tuple(_images(entry)),
    )


def _passage(detail: Any) -> Passage:
    return Passage(_text(detail, "value"), is_html=dict.get(detail, "type", "text/html") != "text/plain")


def _authors(entry: Any) -> Iterable[str]:
    people = _dicts(entry, "authors")
    # feedparser ends an address after four letters of its top-level domain and takes the rest for a name ("ple" of
    # "ann@a.example"), so a single author is read from the text as it stood.
    names = [_text(entry, "author")] if len(people) <= 1 else [_text(person, "name") for person in people]
    return [_without_address(name) for name in names]


def _without_address(author: str) -> str:
    """The name in "ann@a.example (Ann)" or "Ann <ann@a.example>"; an address is not ours to publish."""
    if "@" not in author:
        return author
    name = _ADDRESS.sub("", author[:MAX_AUTHOR_CHARS]).strip()
    return name[1:-1] if name.startswith("(") and name.endswith(")") else name


def _images(entry: Any) -> Iterable[str]:
    for content in _dicts(entry, "media_content"):
        if dict.get(content, "medium") == "image" or _is_image(_text(content, "type"), _text(content, "url")):
            yield _text(content, "url")
    for link in _dicts(entry, "links"):
        if dict.get(link, "rel") == "enclosure" and _is_image(_text(link, "type"), _text(link, "href")):
            yield _text(link, "href")
    for thumbnail in _dicts(entry, "media_thumbnail"):
        yield _text(thumbnail, "url")
    image = dict.get(entry, "image")
    if isinstance(image, dict):
        yield _text(image, "href")


def _is_image(kind: str, address: str) -> bool:
    return kind.startswith("image/") if kind else _IMAGE.search(address) is not None


def _rel(links: list[Any], rel: str, base: str) -> str | None:
    return next((clean_link(_text(link, "href") or None, base) for link in links if dict.get(link, "rel") == rel), None)


def _ttl_s(feed: Any) -> int | None:
    """RSS `ttl`, in minutes, or the syndication module's period divided by its frequency."""
    ttl = _number(_text(feed, "ttl"))
    seconds = ttl * 60 if ttl else 0
    if not seconds and (period := _PERIODS_S.get(_text(feed, "sy_updateperiod").strip().lower())):
        seconds = period // (_number(_text(feed, "sy_updatefrequency")) or 1)
    return seconds if 0 < seconds <= MAX_TTL_S else None


def _number(text: str) -> int:
    text = text.strip()
    return int(text) if len(text) <= 6 and text.isascii() and text.isdigit() else 0


def _harmless(parsed: Any) -> bool:
    """Whether feedparser has nothing to say against the document, or something about its encoding only."""
    return not parsed.get("bozo") or isinstance(
        parsed["bozo_exception"], (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
    )


# feedparser's dictionaries answer some missing keys by others, with a warning: dict's own look-up does not.
def _text(mapping: Any, name: str) -> str:
    value = dict.get(mapping, name)
    return value if isinstance(value, str) else ""


def _dicts(mapping: Any, name: str) -> list[Any]:
    values = dict.get(mapping, name)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
