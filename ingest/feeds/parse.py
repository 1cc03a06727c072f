"""Parse one feed document. A pure function of bytes: no network, no files. Meant for a child of `ingest.sandbox`."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ingest.errors import FeedRejected
from ingest.feeds.json_feed import looks_like_json, parse_json
from ingest.feeds.xml_feed import parse_xml
from ingest.model import ParsedFeed, Reason

_FEED_TYPES = ("xml", "rss", "atom", "rdf", "json")


class FeedBytes(msgspec.Struct, frozen=True, kw_only=True):
    """A response that may be a feed: its decoded body, the address it came from, and how much of it is wanted."""

    body: bytes
    url: str
    content_type: str | None = None
    max_entries: int = 2_000
    now: datetime  # aware; dates after it are not believed
    item_memory: bytes | None = None  # ParsedFeed.item_memory of the poll before: then only what changed is parsed


def parse_feed(item: FeedBytes) -> ParsedFeed:
    """The feed in `item`: RSS, RDF, Atom, CDF or JSON Feed, told by the bytes and not by the content type.

    Raises FeedRejected with NOT_A_FEED, FEED_DTD or FEED_MALFORMED, and nothing else but MemoryError. Some inputs take
    minutes: run it in a `Sandbox`.
    """
    if not item.body.strip():
        raise FeedRejected("the response is empty", reason=Reason.NOT_A_FEED)
    if looks_like_json(item.body):
        feed = parse_json(item.body, url=item.url, limit=item.max_entries, now=item.now)
    else:
        feed = parse_xml(
            item.body, url=item.url, content_type=item.content_type, limit=item.max_entries, now=item.now, item_memory=item.item_memory
        )
    kind = (item.content_type or "xml").lower()
    if any(name in kind for name in _FEED_TYPES):
        return feed
    return msgspec.structs.replace(feed, flags=(*feed.flags, "wrong_content_type"))
