"""Parsing only what changed gives what parsing the whole gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FeedRejected
from ingest.feeds.incremental import KnownItems, cut
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.feeds.prolog import as_utf8, without_prolog
from ingest.model import Entry, ParsedFeed
from tests.corpora import corpora

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://f.example/dir/feed.xml"
LONG = 2_000  # bytes of memory, about eight items
FLOOR = {"feeds/captured": 80, "feeds/feedparser": 100, "feeds/gofeed": 100, "feeds/feedjira": 15, "feeds/feedvalidator": 200}


def item(number: int, more: str = "") -> str:
    return (
        f"<item><title>Title {number}</title><link>https://a.example/{number}</link><guid>{number}</guid>"
        f"<pubDate>Tue, 24 Nov 2026 0{number % 10}:00:00 GMT</pubDate><description>Text {number}</description>{more}</item>"
    )


def rss(*items: str, head: str = "", root: str = '<rss version="2.0">') -> bytes:
    return f"{root}<channel><title>f</title>{head}{''.join(items)}</channel></rss>".encode()


def read(body: bytes, memory: bytes | None = None, now: datetime = NOW, limit: int = 2_000) -> ParsedFeed:
    return parse_feed(FeedBytes(body=body, url=URL, now=now, max_entries=limit, item_memory=memory))


def whole(feed: ParsedFeed, *earlier: ParsedFeed) -> ParsedFeed:
    """`feed` with the texts of unchanged entries, which an `earlier` parse gave; as the full parse gives it."""
    texts: dict[tuple[str, str], Entry] = {(e.key, e.fingerprint): e for old in earlier for e in old.entries if e.key not in old.unchanged}
    entries = tuple(texts[e.key, e.fingerprint] if e.key in feed.unchanged else e for e in feed.entries)
    return msgspec.structs.replace(feed, entries=entries, unchanged=frozenset(), item_memory=None)


def full(body: bytes, now: datetime = NOW, limit: int = 2_000) -> ParsedFeed:
    return msgspec.structs.replace(read(body, now=now, limit=limit), item_memory=None)


OLD = [item(n) for n in range(1, 6)]


@pytest.mark.parametrize(
    ("after", "unchanged"),
    [
        pytest.param(rss(*OLD), 5, id="nothing new"),
        pytest.param(rss(item(7), item(6), *OLD), 5, id="two new ones in front"),
        pytest.param(rss(*OLD[:2], item(6), *OLD[2:]), 5, id="one in between"),
        pytest.param(rss(*OLD[::-1]), 5, id="another order"),
        pytest.param(rss(*OLD[1:]), 4, id="one less"),
        pytest.param(rss(item(1, "<category>x</category>"), *OLD[1:]), 4, id="one changed"),
        pytest.param(rss(*OLD, head="<lastBuildDate>Tue, 24 Nov 2026 11:00:00 GMT</lastBuildDate><ttl>5</ttl>"), 5, id="another head"),
        pytest.param(rss(item(6, "<!-- </item> -->"), *OLD), 5, id="an end in a comment"),
        pytest.param(rss(item(6, "<x><![CDATA[</item><item>]]></x>"), *OLD), 5, id="items in CDATA"),
        pytest.param(rss(item(6, "<x>"), *OLD), 0, id="doubt: not well-formed"),
        pytest.param(rss(item(6, "<item/>"), *OLD), 0, id="doubt: an item in an item"),
        pytest.param(rss(item(6, "<!-- "), *OLD), 0, id="doubt: a comment that does not end"),
        pytest.param(rss(item(6, "<x>a & b&nbsp;\x02</x>"), *OLD), 5, id="faults that are mended"),
        pytest.param(rss(*OLD) + b"<script/>", 5, id="a script behind it"),
        pytest.param(rss(item(1, "<category>x</category>"), *OLD), 4, id="two entries of one key, of which one is unchanged"),
        pytest.param(rss(*OLD, root='<rss version="2.0" xml:base="https://b.example/">'), 0, id="doubt: another root"),
        pytest.param(rss(*OLD).replace(b"<channel>", b'<channel xml:lang="de">'), 0, id="doubt: another channel"),
        pytest.param(rss(*OLD).replace(b"Title 1", b"Title \xff"), 4, id="bytes that are no UTF-8 are converted first"),
        pytest.param(rss(*(item(n) for n in range(7, 12))), 0, id="nothing known"),
    ],
)
def test_what_is_parsed_anew(after: bytes, unchanged: int) -> None:
    before = read(rss(*OLD))
    feed = read(after, before.item_memory)

    assert len(feed.unchanged) == unchanged
    assert whole(feed, before) == full(after)


def test_a_fault_in_a_known_item_is_told_each_time() -> None:
    body = rss(item(6, "<x>a & b</x>"), *OLD)
    before = read(body)
    feed = read(rss(item(7), item(6, "<x>a & b</x>"), *OLD), before.item_memory)

    assert len(feed.unchanged) == 6
    assert feed.flags == before.flags == ("malformed",)


def test_items_that_are_not_what_they_seem_alone_are_always_parsed() -> None:
    tomorrow = "<item><guid>a</guid><link>https://a.example/a</link><pubDate>{}</pubDate></item>".format("Thu, 26 Nov 2026 10:00:00 GMT")
    body = rss('<item xmlns:media="x"><link>https://a.example/q</link></item>', tomorrow, *OLD)
    before = read(body)
    later = NOW + timedelta(days=2)
    feed = read(body, before.item_memory, now=later)

    assert len(feed.unchanged) == 5
    assert whole(feed, before) == full(body, now=later)
    assert feed.entries[1].published_at == datetime(2026, 11, 26, 10, tzinfo=UTC), "which was not believed yet"


CONTENT = "http://purl.org/rss/1.0/modules/content/"


def named(number: int, prefix: str, uri: str) -> str:
    """An item with a name of its own for a namespace."""
    return item(number, f"<{prefix}:encoded>long {number}</{prefix}:encoded>").replace("<item>", f'<item xmlns:{prefix}="{uri}">')


def test_items_may_have_a_name_of_their_own_for_a_namespace() -> None:
    old = [named(n, "default", CONTENT) for n in range(1, 6)]
    before = read(rss(*old))
    after = rss(named(6, "default", CONTENT), *old)
    feed = read(after, before.item_memory)

    assert len(feed.unchanged) == 5
    assert whole(feed, before) == full(after)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(named(1, "default", CONTENT), named(2, "default", "urn:x"), id="another namespace"),
        pytest.param(named(1, "default", CONTENT), named(2, "DEFAULT", "urn:x"), id="in upper case"),
        pytest.param(named(1, "media", CONTENT), item(2), id="the customary name of another"),
        pytest.param(named(1, "a", "http://www.w3.org/2005/Atom"), item(2), id="a feed format"),
        pytest.param(named(1, "media", CONTENT.replace("t/", "&#116;/")), item(2), id="spelled by references"),
        pytest.param(
            named(1, "default", CONTENT),
            named(2, "default", "urn:x").replace("<item", "<item a=' xmlns:b=\"'"),
            id="behind what looks like a declaration",
        ),
    ],
)
def test_a_name_that_is_not_that_of_one_namespace_only_is_doubted(one: str, other: str) -> None:
    for first, second in (((one,), (other, one)), ((other, one), (one,)), ((other, one), (other, one))):
        before = read(rss(*first, *OLD[2:]))
        feed = read(rss(*second, *OLD[2:]), before.item_memory)
        assert feed.entries[second.index(one)].key not in feed.unchanged
        assert whole(feed, before) == full(rss(*second, *OLD[2:]))


def test_an_update_date_that_means_something_else_now_is_read_again() -> None:
    def body(count: int) -> bytes:
        dated = [item(n, '<updated xmlns="http://www.w3.org/2005/Atom">2026-11-20T00:00:00Z</updated>') for n in range(count)]
        return rss(*dated, root='<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom">').replace(
            b'<updated xmlns="http://www.w3.org/2005/Atom">', b"<a:updated>"
        ).replace(b"</updated>", b"</a:updated>")  # fmt: skip

    before = read(body(2))
    assert before.item_memory
    feed = read(body(5), before.item_memory)

    assert feed.unchanged == frozenset(), "shared by five entries, it is the document's own date"
    assert whole(feed, before) == full(body(5))


def test_more_items_than_are_wanted_are_weighed_together() -> None:
    body = rss(*(item(n) for n in range(1, 9)))
    before = read(body)

    assert whole(read(body, before.item_memory, limit=4), before) == full(body, limit=4)


def test_the_memory_goes_on_from_poll_to_poll() -> None:
    memory, feeds = None, []
    for poll in range(1, 6):
        body = rss(*(item(n) for n in range(poll, poll + 5)))
        feeds.append(read(body, memory))
        memory = feeds[-1].item_memory
        assert len(feeds[-1].unchanged) == (4 if poll > 1 else 0)
        assert whole(feeds[-1], *feeds) == full(body)


@pytest.mark.parametrize("memory", [b"", b"{", b"[]", b'{"context":1}', b'{"context":"x","items":{"x":["u:1","f"]}}'])
def test_a_memory_that_cannot_be_read_costs_a_full_parse(memory: bytes) -> None:
    assert whole(read(rss(*OLD), memory)) == full(rss(*OLD))


_BITS = st.sampled_from(
    [
        b"<item>",
        b"</item>",
        b"<title>t</title>",
        b"<guid>1</guid>",
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"<?x",
        b"?>",
        b"<link>",
        b"</link>",
    ]
    + [entry.encode() for entry in OLD[:3]]
)


@given(st.lists(_BITS | st.binary(max_size=4), max_size=14).map(b"".join), st.lists(_BITS, max_size=14).map(b"".join))
def test_any_two_documents_give_what_the_full_parse_gives(one: bytes, two: bytes) -> None:
    first, second = (b"<rss><channel>" + body + OLD[3].encode() + b"</channel></rss>" for body in (one, two))
    try:
        before = read(first)
        expected = full(second)
    except FeedRejected:
        return
    assert whole(read(second, before.item_memory), before) == expected


def variants(memory: bytes, hashes: tuple[str, ...]) -> Iterator[bytes]:
    """What the poll before may have known: all items but the first two; of small documents also all, all but the last two, every second one."""
    known = msgspec.json.decode(memory, type=KnownItems)
    for chosen in (hashes[2:], hashes, hashes[:-2], hashes[::2])[: 4 if len(memory) < LONG else 1]:
        yield msgspec.json.encode(KnownItems(known.context, {digest: known.items[digest] for digest in chosen if digest in known.items}))


@pytest.mark.corpora
@pytest.mark.slow
@pytest.mark.parametrize("suite", FLOOR)
def test_every_feed_of_the_suites_is_the_same_either_way(suite: str) -> None:
    done = 0
    for path in files(corpora(suite)):
        body = path.read_bytes()
        try:
            before = read(body)
            pieces = cut(without_prolog(as_utf8(body, None)), URL)
        except FeedRejected:
            continue
        if not before.item_memory or pieces is None:
            continue
        for memory in variants(before.item_memory, pieces.hashes):
            feed = read(body, memory)
            assert whole(feed, before) == msgspec.structs.replace(before, item_memory=None), path
            done += bool(feed.unchanged)
    assert done >= FLOOR[suite]


def files(folder: Path) -> list[Path]:
    return sorted(
        p for p in folder.rglob("*") if p.is_file() and (p.suffix in {".xml", ".rss", ".atom", ".rdf", ""}) and p.stat().st_size < 3_000_000
    )
