"""Of far too many items the newest are kept before the rest is parsed (rule F5)."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.feeds.crowded import thinned
from ingest.feeds.incremental import cut
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.model import ParsedFeed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://a.example/feed"
ALL = 10_000


def read(body: str, limit: int, memory: bytes | None = None) -> ParsedFeed:
    return parse_feed(FeedBytes(body=body.encode(), url=URL, now=NOW, max_entries=limit, item_memory=memory))


def rss(items: str) -> str:
    return f"<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'><channel><title>T</title>{items}<ttl>60</ttl></channel></rss>"


def item(number: int, date: str, tag: str = "pubDate") -> str:
    dated = f"<{tag}>{date}</{tag}>" if date else ""
    return f"<item><title>T{number}</title><link>https://a.example/{number}</link>{dated}</item>"


def days(count: int) -> list[str]:
    """Of distinct days, in no order."""
    dates = [f"{NOW - timedelta(days=n):%a, %d %b %Y %H:%M:%S} GMT" for n in range(count)]
    random.Random(1).shuffle(dates)
    return dates


@pytest.mark.parametrize(
    "items",
    [
        pytest.param([item(n, date) for n, date in enumerate(days(40))], id="pubDate"),
        pytest.param([item(n, date, "dc:date") for n, date in enumerate(days(40))], id="Dublin Core"),
        pytest.param([item(n, date if n % 3 else "") for n, date in enumerate(days(40))], id="some have no date"),
        pytest.param([item(n, "") for n in range(40)], id="none has a date"),
        pytest.param([item(n, "Mon, 01 Jan 2046 00:00:00 GMT" if n % 4 == 0 else d) for n, d in enumerate(days(40))], id="dates to come"),
        pytest.param([item(n, f"\n {date} ") for n, date in enumerate(days(40))], id="white space around dates"),
        pytest.param([item(n, d) + "<!-- <item><pubDate> -->" for n, d in enumerate(days(40))], id="comments that look like items"),
    ],
)
def test_what_stays_is_what_the_whole_parse_would_keep(items: list[str]) -> None:
    whole = read(rss("".join(items)), ALL)
    few = read(rss("".join(items)), 10)

    assert few.over_limit == 30
    newest = sorted(whole.entries, key=lambda e: e.published_at or datetime.min.replace(tzinfo=UTC), reverse=True)[:10]
    assert {entry.key for entry in few.entries} == {entry.key for entry in newest}
    assert list(few.entries) == [entry for entry in whole.entries if entry in newest]
    assert few.ttl_s == whole.ttl_s == 3_600


def test_the_next_poll_knows_what_stayed() -> None:
    items = [item(n, date) for n, date in enumerate(days(40))]
    first = read(rss("".join(items)), 10)
    newer = item(99, "Tue, 24 Nov 2026 11:00:00 GMT")
    second = read(rss(newer + "".join(items)), 10, first.item_memory)

    assert second.over_limit == 31
    assert len(second.unchanged) >= 9
    assert {e.key for e in second.entries} - {e.key for e in first.entries} <= {e.key for e in read(rss(newer), 10).entries}


def test_atom_is_thinned_too() -> None:
    entries = "".join(f"<entry><id>{n}</id><title>T{n}</title><updated>2026-10-{n:02}T00:00:00Z</updated></entry>" for n in range(1, 29))
    feed = read(f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{entries}</feed>", 5)

    assert [entry.title for entry in feed.entries] == ["T24", "T25", "T26", "T27", "T28"]
    assert feed.over_limit == 23


def test_an_item_that_declares_a_namespace_for_others_is_not_left_out_unread() -> None:
    declaring = "<item xmlns:media='http://purl.org/dc/elements/1.1/'><title>T</title><link>https://a.example/x</link></item>"
    pieces = cut(rss(declaring + "".join(item(n, d) for n, d in enumerate(days(40)))).encode(), URL)

    assert pieces is None or thinned(pieces, 10, NOW) is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 400)), min_size=1, max_size=30), st.integers(1, 12))
def test_all_items_are_kept_or_counted(made: list[tuple[bool, int]], limit: int) -> None:
    items = "".join(item(n, f"{NOW - timedelta(hours=h):%Y-%m-%dT%H:%M:%SZ}" if dated else "") for n, (dated, h) in enumerate(made))
    feed = read(rss(items), limit)

    assert len(feed.entries) == min(len(made), limit)
    assert len(feed.entries) + feed.over_limit == len(made)
    assert msgspec.structs.replace(read(rss(items), limit), item_memory=None) == msgspec.structs.replace(feed, item_memory=None)
