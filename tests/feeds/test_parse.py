from __future__ import annotations

import builtins
import pickle
import pyexpat
import socket
import xml.sax
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import FeedRejected
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.model import ParsedFeed, Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://a.example/feed"
RSS = b"<rss version='2.0'><channel><title>F</title><item><title>T</title><link>/1</link></item></channel></rss>"
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>1</id><title>T</title></entry></feed>"
JSON = b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"1","title":"T"}]}'


def parse(body: bytes, content_type: str | None = None) -> ParsedFeed:
    return parse_feed(FeedBytes(body=body, url=URL, content_type=content_type, now=NOW))


def refused(body: bytes) -> Reason:
    with pytest.raises(FeedRejected) as caught:
        parse(body)
    return caught.value.reason


@pytest.mark.parametrize(("body", "format_"), [(RSS, "rss20"), (ATOM, "atom10"), (JSON, "json11")])
@pytest.mark.parametrize(
    ("content_type", "flagged"),
    [
        (None, False),
        ("application/json", False),
        ("application/rss+xml; charset=utf-8", False),
        ("text/html", True),
        ("image/png", True),
        ("application/octet-stream", True),
    ],
)
def test_the_bytes_tell_the_format_and_not_the_content_type(body: bytes, format_: str, content_type: str | None, *, flagged: bool) -> None:
    feed = parse(b"\xef\xbb\xbf\n " + body, content_type)
    assert (feed.format, [entry.title for entry in feed.entries]) == (format_, ["T"])
    assert ("wrong_content_type" in feed.flags) == flagged


@pytest.mark.parametrize(
    "body", [b"", b" \n", b"\0", b"hello", b"<!DOCTYPE html><html><title>x</title></html>", b"[]", b"%PDF-1.7 <</A 1>>"]
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    assert refused(body) is Reason.NOT_A_FEED


def test_item_and_result_travel_between_processes() -> None:
    item = FeedBytes(body=RSS, url=URL, now=NOW)
    assert pickle.loads(pickle.dumps(item)) == item
    assert pickle.loads(pickle.dumps(parse_feed(item))) == parse_feed(item)
    assert pickle.loads(pickle.dumps(parse_feed)) is parse_feed


def test_the_limit_of_entries_holds() -> None:
    body = b"<rss version='2.0'><channel>" + b"".join(b"<item><guid>%d</guid></item>" % n for n in range(50)) + b"</channel></rss>"
    feed = parse_feed(FeedBytes(body=body, url=URL, max_entries=20, now=NOW))
    assert (len(feed.entries), feed.over_limit) == (20, 30)


@pytest.mark.parametrize(
    "body", [RSS, JSON, b"/etc/passwd", b"http://127.0.0.1:1/", b"file:///etc/passwd", b"<a href='http://127.0.0.1:1/'>"]
)
def test_parsing_opens_no_file_and_no_socket(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*args: object, **_: object) -> None:
        raise AssertionError(args)

    parse(RSS)  # what is imported late is imported now
    monkeypatch.setattr(socket, "socket", opened)
    monkeypatch.setattr(builtins, "open", opened)
    try:
        ended: object = parse(body)
    except FeedRejected as error:
        ended = error
    assert isinstance(ended, ParsedFeed if body in (RSS, JSON) else FeedRejected)


def test_the_xml_parser_is_an_expat_that_limits_amplification() -> None:
    """Since 2.4.1. Below 2.6.0 big tokens cost quadratic time (CVE-2023-52425): there only the child's time limit bounds them."""
    assert tuple(map(int, pyexpat.EXPAT_VERSION.removeprefix("expat_").split("."))) >= (2, 4, 1)
    assert type(xml.sax.make_parser(["drv_libxml2"])).__module__ == "xml.sax.expatreader"


_PIECES = st.sampled_from(
    [
        *(
            b"<rss version='2.0'>",
            b"<channel>",
            b"<item>",
            b"</item>",
            b"<title>",
            b"</title>",
            b"<link>",
            b"<guid>",
            b"<pubDate>",
            b"</rss>",
        ),
        *(
            b"<feed xmlns='http://www.w3.org/2005/Atom'>",
            b"<entry>",
            b"<content type='xhtml'>",
            b"<content mode='base64'>",
            b"<![CDATA[",
            b"]]>",
        ),
        *(
            b"<?xml version='1.0' encoding='",
            b"utf-16'?>",
            b"punycode'?>",
            b"undefined'?>",
            b"\xff'?>",
            b"<!--",
            b"-->",
            b"<!DOCTYPE ",
            b"[",
            b"&x;",
        ),
        *(
            b"\0",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"&#55296;",
            b"&#0;",
            b"x=",
            b"'",
            b'"',
            b"{",
            b'"items":[',
            b"<html>",
            b"/>",
            b"xml:base='http://['",
        ),
    ]
)


@given(st.binary(max_size=200) | st.lists(_PIECES | st.binary(max_size=4), max_size=20).map(b"".join), st.none() | st.text(max_size=30))
def test_any_bytes_give_a_feed_or_a_rejection(body: bytes, content_type: str | None) -> None:
    try:
        ended: object = parse(body, content_type)
    except FeedRejected as error:
        ended = error
    assert isinstance(ended, ParsedFeed | FeedRejected)
    if isinstance(ended, ParsedFeed):
        assert pickle.loads(pickle.dumps(ended)) == ended, "it comes out of the child as it was"
