"""Inputs made to hurt: what each costs, and that nothing but a typed end comes out (rules P1 to P5, F2, F5)."""

from __future__ import annotations

import builtins
import io
import json
import pyexpat
import random
import socket
import time
import xml.sax
from collections.abc import Iterator
from datetime import UTC, datetime

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FeedRejected, SandboxError
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.model import ParsedFeed, Reason
from ingest.sandbox import Sandbox

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://f.example/dir/feed.xml"
ITEM = "<item><title>t</title><link>https://a.example/</link></item>"
CATEGORIES = "".join(f"<category>c{i}</category>" for i in range(60_000))
TIMEOUT_S = 2.0
QUICK_S = 1.0


def rss(item: str = ITEM, before: str = "") -> bytes:
    return f'{before}<rss version="2.0"><channel><title>f</title>{item}</channel></rss>'.encode()


def read(body: bytes, content_type: str | None = None, max_entries: int = 2_000) -> ParsedFeed | FeedRejected:
    try:
        return parse_feed(FeedBytes(body=body, url=URL, content_type=content_type, now=NOW, max_entries=max_entries))
    except FeedRejected as error:
        return error


@pytest.fixture(scope="module")
def children() -> Iterator[Sandbox]:
    with Sandbox(workers=1, timeout_s=TIMEOUT_S, memory_bytes=1 << 30, preload=("ingest.feeds.parse",)) as sandbox:
        yield sandbox


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            rss().replace(b"<item>", b"<item " + b" ".join(b'a%d="1"' % i for i in range(100_000)) + b">"), id="100,000 attributes"
        ),
        pytest.param(rss(f"<item>{CATEGORIES}</wrong>"), id="60,000 categories in a broken feed"),
        pytest.param(b"<?" + b'encoding="' * 100_000 + rss(), id="100,000 encodings"),
    ],
)
def test_what_hangs_feedparser_is_stopped_and_the_next_feed_is_parsed(children: Sandbox, body: bytes) -> None:
    start = time.monotonic()
    stopped, after = children.map(parse_feed, [FeedBytes(body=document, url=URL, now=NOW) for document in (body, rss())])
    assert isinstance(stopped, SandboxError)
    assert stopped.reason is Reason.TIMEOUT_PARSE
    assert isinstance(after, ParsedFeed)
    assert time.monotonic() - start < TIMEOUT_S + 3 + 3


def test_categories_without_number_cost_no_more_than_their_length() -> None:
    start = time.process_time()
    feed = read(rss(f"<item><title>t</title>{CATEGORIES}</item>"))
    assert time.process_time() - start < 3 * 2  # two seconds, and room for a machine that is three times slower
    assert isinstance(feed, ParsedFeed)
    assert feed.entries[0].tags == tuple(f"c{i}" for i in range(50))


# Of 110 KB feedparser's loose parser makes a title of a gigabyte: it looks for entities at the beginnings of lines.
QUADRATIC = f'<!DOCTYPE rss [\n<!ENTITY a "{"x" * 50_000}">\n]>\n{rss().decode().replace("f<", "&a;" * 20_000 + "<", 1)}'.encode()


def unguarded(body: bytes) -> object:
    """What `parse_feed` would do if it did not look at document types first. Runs in a child."""
    return feedparser.parse(io.BytesIO(body)).feed.title if body == QUADRATIC else parse_feed(FeedBytes(body=body, url=URL, now=NOW))


@pytest.mark.slow
def test_without_the_look_at_document_types_the_child_bears_the_cost(children: Sandbox) -> None:
    assert isinstance(read(QUADRATIC), FeedRejected)
    stopped, after = children.map(unguarded, [QUADRATIC, rss()])
    assert isinstance(stopped, SandboxError)
    assert stopped.reason in {Reason.TIMEOUT_PARSE, Reason.OUT_OF_MEMORY}
    assert isinstance(after, ParsedFeed)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(random.Random(1).randbytes(5_000_000), id="5 MB of noise"),
        pytest.param(b"<rss>" + random.Random(2).randbytes(5_000_000), id="5 MB of noise in a feed"),
        pytest.param(b"<" * 1_000_000, id="1,000,000 opening signs"),
        pytest.param(rss("<" * 1_000_000), id="and in a feed"),
        pytest.param(rss("&" * 1_000_000), id="1,000,000 ampersands"),
        pytest.param(b'<?xml version="1.0" encoding="\xff\xfe"?>' + rss(""), id="an encoding that is no text"),
    ],
)
def test_noise_holds_no_entries_and_costs_two_seconds_at_most(body: bytes) -> None:
    start = time.process_time()
    feed = read(body)
    # Two seconds, and room for a machine that is three times slower.
    assert time.process_time() - start < 3 * 2
    assert isinstance(feed, FeedRejected) or feed.entries == ()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(rss("<a>" * 100_000 + "</a>" * 100_000 + ITEM), id="100,000 nested tags"),
        pytest.param(rss(f"<item>{'<a>' * 100_000}{'</a>' * 100_000}<link>https://a.example/</link></item>"), id="in an item"),
        pytest.param(rss(ITEM.replace("t<", f"&lt;p&gt;{'x ' * 4_000_000}<")), id="a text of 8 MB"),
    ],
)
def test_depth_and_length_cost_little_and_lose_nothing(body: bytes) -> None:
    start = time.process_time()
    feed = read(body)
    assert time.process_time() - start < 3 * 3
    assert isinstance(feed, ParsedFeed)
    assert [entry.url for entry in feed.entries] == ["https://a.example/"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(rss(before="\n" * 200_000), id="200,000 newlines in front"),
        pytest.param(rss(before='<?xml version="1.0"?>' + "\n" * 200_000), id="200,000 newlines after the declaration"),
        pytest.param(rss(before="<!--" + " <x " * 200_000 + "-->"), id="a long comment in front"),
        pytest.param(rss(ITEM.replace("t<", f'&lt;p style="{"a" * 100_000}"&gt;x&lt;/p&gt;<')), id="a long style"),
        pytest.param(rss(ITEM.replace("t<", "&lt;p " + "a=1 " * 100_000 + "&gt;x<")), id="many attributes in escaped HTML"),
        pytest.param(rss(ITEM.replace("t<", "&lt;div&gt;" * 100_000 + "x<")), id="deep escaped HTML"),
        pytest.param(rss(f"<item><pubDate>{'9' * 100_000}</pubDate><link>https://a.example/</link></item>"), id="a long date"),
    ],
)
def test_what_hung_feedparser_before_is_parsed_at_once(body: bytes) -> None:
    start = time.perf_counter()
    feed = read(body)
    assert time.perf_counter() - start < QUICK_S
    assert isinstance(feed, ParsedFeed)
    assert [entry.url for entry in feed.entries] == ["https://a.example/"]


_LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
_BOMBS = {
    "billion laughs": f"<!DOCTYPE rss [{_LAUGHS}]>",
    "behind a comment with a tag": f"<!-- <x --><!DOCTYPE rss [{_LAUGHS}]>",
    "behind a megabyte of comments": f"{'<!-- pad -->' * 90_000}<!DOCTYPE rss [{_LAUGHS}]>",
    "quadratic": f'<!DOCTYPE rss [<!ENTITY a9 "{"x" * 50_000}">]>',
    "external entity": '<!DOCTYPE rss [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
    "parameter entity": '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]>',
    "external type with a subset": '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd" [<!ELEMENT x ANY>]>',
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("bomb", _BOMBS.values(), ids=_BOMBS)
def test_a_document_type_with_declarations_is_refused_at_once(bomb: str, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding.removesuffix("-le")}"?>{bomb}<rss><channel><title>&a9;</title></channel></rss>'
    body = text.encode(encoding)
    start = time.process_time()
    refused = read(body)
    assert isinstance(refused, FeedRejected)
    assert refused.reason is Reason.FEED_DTD
    # 50 ms for each megabyte, and room for a machine that is four times slower: what it guards against takes 20 s.
    assert time.process_time() - start < 4 * 0.05 * (1 + len(body) // 1_000_000)


def test_a_document_type_behind_an_odd_encoding_is_refused() -> None:
    bomb = f'<?xml version="1.0" encoding="utf-7"?>{f"<!DOCTYPE rss [{_LAUGHS}]>".replace("<", "+ADw-")}<rss><title>&a9;</title></rss>'
    feed = read(bomb.encode())
    assert isinstance(feed, FeedRejected) or all(len(entry.title) < 100 for entry in feed.entries)


@pytest.mark.parametrize("name", ["punycode", "undefined", "\0", "idna", "zlib", "unicode_escape", "utf-7", "no-such", "rot13"])
def test_an_encoding_that_python_stumbles_over_ends_typed(name: str) -> None:
    assert isinstance(read(f'<?xml version="1.0" encoding="{name}"?>'.encode() + rss()), ParsedFeed | FeedRejected)
    assert isinstance(read(rss(), f"application/rss+xml; charset={name}"), ParsedFeed | FeedRejected)


_BYTES = st.one_of(
    st.binary(max_size=400),
    st.lists(
        st.sampled_from(
            [b"<rss>", b"<channel>", b"<item>", b"<title>", b"</item>", b"<link>", b"<![CDATA[", b"]]>", b"&amp;", b"&#0;", b"<a b='c'>"]
        )
        | st.sampled_from(
            [b"<?xml version='1.0' encoding='utf-16'?>", b"<feed xmlns='http://www.w3.org/2005/Atom'>", b"<entry/>", b"\xff", b"\0"]
        )
        | st.binary(max_size=8),
        max_size=25,
    ).map(b"".join),
    st.binary(max_size=100).map(lambda noise: b'{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[' + noise + b"]}"),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "url", "title", "authors", "tags"]), inner, max_size=4)
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps({"version": "https://jsonfeed.org/version/1", "items": [value, {"id": value}]}).encode()),
)
_TYPES = (
    st.none() | st.sampled_from(["text/html", "application/xml; charset=utf-16", "text/xml; charset=\0", ";;=", "é"]) | st.text(max_size=20)
)


@given(_BYTES, _TYPES)
def test_any_bytes_with_any_content_type_end_as_a_feed_or_a_rejection(body: bytes, content_type: str | None) -> None:
    assert isinstance(read(body, content_type), ParsedFeed | FeedRejected)


@pytest.mark.parametrize("body", [b"/etc/passwd", b"http://127.0.0.1:9/feed.xml", b"file:///etc/passwd", rss(), b"<html></html>"])
def test_parsing_opens_no_file_and_no_socket(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    read(rss())  # imports that happen at first use

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("parsing did I/O")

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(socket, "socket", refuse)
    assert isinstance(read(body), ParsedFeed if body == rss() else FeedRejected)


def test_the_xml_parser_is_expat() -> None:
    """libxml2's driver would load external entities (feedparser issue 107)."""
    assert type(xml.sax.make_parser(["drv_libxml2"])).__module__ == "xml.sax.expatreader"
    assert tuple(int(part) for part in pyexpat.EXPAT_VERSION.removeprefix("expat_").split(".")) >= (2, 4, 1)  # amplification limit


@pytest.mark.slow
@pytest.mark.parametrize(
    "token", ["<!--%s-->", "<?x %s?>", "<description a='%s'/>", "<description><![CDATA[%s]]></description>", "<x%s/>"],
    ids=["comment", "instruction", "attribute", "CDATA", "name"],
)  # fmt: skip
@pytest.mark.parametrize("broken", ["", "<b>"], ids=["well-formed", "broken"])
def test_a_token_as_long_as_its_document_takes_no_quadratic_time(token: str, broken: str) -> None:
    """CVE-2023-52425, which expat mends from 2.6.0 on: this Python may bring an older one."""

    def cost_s(length: int) -> float:
        body = rss(token % ("x" * length) + ITEM + broken)
        start = time.process_time()
        read(body)
        return time.process_time() - start

    short = min(cost_s(1_000_000) for _ in range(3))
    long = min(cost_s(8_000_000) for _ in range(2))
    assert long < 3 * 8 * short + 0.2  # sixty-four times as much, were it quadratic


def test_same_guid_with_distinct_links_is_many_articles_whatever_their_order() -> None:
    items = [f"<item><guid isPermaLink='false'>same</guid><link>https://a.example/{i}</link></item>" for i in range(20)]
    first, longer, turned = (read(rss("".join(chosen))) for chosen in (items, [*items, items[0].replace("/0<", "/20<")], items[::-1]))
    assert isinstance(first, ParsedFeed)
    assert isinstance(longer, ParsedFeed)
    assert isinstance(turned, ParsedFeed)
    keys = [entry.key for entry in first.entries]
    assert len(set(keys)) == 20
    assert [entry.key for entry in longer.entries][:20] == keys
    assert [entry.key for entry in turned.entries] == keys[::-1]
    assert "duplicate_guids" in first.flags


def test_new_guids_at_each_poll_are_the_same_articles() -> None:
    keys = set()
    for poll in range(30):
        feed = read(
            rss("".join(f"<item><guid>g{poll}-{i}</guid><link>https://a.example/{i}?utm_id={poll}</link></item>" for i in range(10)))
        )
        assert isinstance(feed, ParsedFeed)
        keys |= {entry.key for entry in feed.entries}
    assert len(keys) == 10


def test_of_ten_thousand_entries_the_newest_are_kept_and_the_rest_counted() -> None:
    dates = [f"2025-{1 + i // 28 % 11:02}-{1 + i % 28:02}T{i % 24:02}:00:00Z" for i in range(10_000)]
    body = rss("".join(f"<item><link>https://a.example/{i}</link><pubDate>{date}</pubDate></item>" for i, date in enumerate(dates)))
    feed = read(body)
    assert isinstance(feed, ParsedFeed)
    assert (len(feed.entries), feed.over_limit) == (2_000, 8_000)
    published = [entry.published_at.strftime("%Y-%m-%dT%H:%M:%SZ") for entry in feed.entries if entry.published_at]
    assert min(published) >= sorted(dates)[7_999]
    assert read(body) == feed
