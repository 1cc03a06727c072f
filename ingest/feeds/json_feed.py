"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), read as leniently as the XML formats are."""

from __future__ import annotations

import codecs
from datetime import datetime
from typing import Any

import msgspec

from ingest.errors import FeedRejected
from ingest.feeds.draft import TITLE_CHARS, Draft, Passage, finish, language
from ingest.feeds.text import one_line
from ingest.model import ParsedFeed, Reason
from ingest.urls import clean_link

_VERSIONS = {"1": "json1", "1.0": "json1", "1.1": "json11"}
_WHITE = b" \t\r\n"


def looks_like_json(body: bytes) -> bool:
    """Whether the first character that is not white space opens a JSON object."""
    return body.removeprefix(codecs.BOM_UTF8).lstrip(_WHITE).startswith(b"{")


def parse_json(body: bytes, *, url: str, limit: int, now: datetime) -> ParsedFeed:
    """The feed in `body`. Raises FeedRejected."""
    try:
        feed = msgspec.json.decode(body.removeprefix(codecs.BOM_UTF8))
    except (ValueError, RecursionError) as error:  # msgspec's DecodeError is a ValueError
        raise FeedRejected("broken JSON: the feed cannot be read", reason=Reason.FEED_MALFORMED) from error
    items = feed.get("items") if isinstance(feed, dict) else None
    version = _string(feed, "version")
    if not isinstance(items, list) or not ("jsonfeed.org" in version or _string(feed, "title")):
        raise FeedRejected("JSON, but not a JSON Feed: there is no list of items", reason=Reason.NOT_A_FEED)
    objects = [item for item in items if isinstance(item, dict)]
    done = finish([_draft(item) for item in objects], base=url, limit=limit, now=now)
    return ParsedFeed(
        format=_VERSIONS.get(version.rstrip("/").rpartition("/")[2], "json"),
        title=one_line(_string(feed, "title"), TITLE_CHARS),
        site_url=clean_link(_string(feed, "home_page_url") or None, url),
        language=language(_string(feed, "language")),
        entries=done.entries,
        over_limit=done.over_limit,
        no_identity=done.no_identity,
        duplicates=done.duplicates,
        hub_url=next((clean_link(_string(hub, "url") or None, url) for hub in _list(feed, "hubs")), None),
        self_url=clean_link(_string(feed, "feed_url") or None, url),
        flags=(("malformed",) if len(objects) < len(items) else ()) + done.flags,
    )


def _draft(item: dict[str, Any]) -> Draft:
    html, text = _string(item, "content_html"), _string(item, "content_text")
    author = item.get("author")  # 1.0; 1.1 has a list
    people = _list(item, "authors") or ([author] if isinstance(author, dict) else [])
    return Draft(
        links=tuple(filter(None, (_string(item, "url"), _string(item, "external_url")))),
        guid=_string(item, "id"),
        title=_string(item, "title"),
        summary=Passage(_string(item, "summary"), is_html=False),
        text=Passage(html) if html else Passage(text, is_html=False),
        authors=tuple(_string(person, "name") for person in people),
        tags=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        published=_string(item, "date_published") or None,
        updated=_string(item, "date_modified") or None,
        language=_string(item, "language"),
        images=tuple(filter(None, (_string(item, "image"), _string(item, "banner_image")))),
    )


def _string(mapping: object, name: str) -> str:
    """A string member; numbers are taken as they are written, as the specification asks for ids."""
    value = mapping.get(name) if isinstance(mapping, dict) else None
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _list(mapping: dict[str, Any], name: str) -> list[Any]:
    value = mapping.get(name)
    return value if isinstance(value, list) else []
