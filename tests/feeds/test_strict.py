"""What is read in the short way is what feedparser reads."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any
from xml.sax import SAXException

import feedparser
import pytest

from ingest.errors import FeedRejected
from ingest.feeds.draft import MAX_NAMES
from ingest.feeds.prolog import as_utf8, without_prolog
from ingest.feeds.strict import read
from tests.corpora import corpora

WELL_FORMED_AT_LEAST = 4_000
HEAD = '<?xml version="1.0" encoding="utf-8"?>'


def by_feedparser(document: bytes) -> Any:
    headers = {"content-type": "application/xml; charset=utf-8"}
    return feedparser.parse(io.BytesIO(document), response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def plain(value: Any) -> Any:
    """Without the dates as tuples and all but the first tags, in dictionaries that compare by all that they hold."""
    if isinstance(value, dict):
        members = {name: dict.__getitem__(value, name) for name in value if not name.endswith("_parsed")}
        return {name: plain(member[:MAX_NAMES] if name == "tags" else member) for name, member in members.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value


def assert_alike(document: bytes) -> None:
    ours, theirs = read(document), by_feedparser(document)
    assert plain(ours) == {name: plain(theirs[name]) for name in ("feed", "entries", "version")}


@pytest.mark.parametrize(
    "members",
    [
        pytest.param("<title>a &amp;amp; b</title><description>&lt;p&gt;x&lt;/p&gt;\n&lt;b&gt;</description>", id="escaped markup"),
        pytest.param("<title>a \x92 \x80 é</title>", id="characters of Windows-1252"),
        pytest.param("<title>Ã¼ber</title>", id="UTF-8 taken for Latin-1"),
        pytest.param("<pubDate>yesterday</pubDate><dc:date>2026-11-24</dc:date><expirationDate>x</expirationDate>", id="dates"),
        pytest.param("<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>x</p></div></content>", id="markup of its own"),
        pytest.param("<content mode='base64' type='text/html'>YWJj</content>", id="base64"),
        pytest.param("<description>one</description><content:encoded>two</content:encoded><description>three</description>", id="texts"),
        pytest.param(f"<description>{'long ' * 50_000}</description>", id="a text in several pieces"),
        pytest.param("".join(f"<category domain='d{n % 3}'>{n // 2}</category>" for n in range(200)), id="many categories"),
        pytest.param("<category/><category domain='d'/><category label='l'>x</category><category>x</category>", id="odd categories"),
        pytest.param(
            "<dc:title lang='de' rel='SELF'>x</dc:title><guid isPermaLink='false'>7</guid><link xml:base='/b'>c</link>", id="attributes"
        ),
        pytest.param("<image><url>/i</url><title>t</title><other/><link>/l</link></image><width>1</width>", id="an image"),
        pytest.param("<source url='/s'><title>s</title></source><media:thumbnail url='/t'/><other a='b'/><other>c</other>", id="others"),
    ],
)
def test_it_reads_what_feedparser_reads(members: str) -> None:
    names = {
        "dc": "http://purl.org/dc/elements/1.1/",
        "content": "http://purl.org/rss/1.0/modules/content/",
        "media": "http://search.yahoo.com/mrss/",
    }
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    assert_alike(f"{HEAD}<rss version='2.0' {declared}><channel><title>f</title><item>{members}</item></channel></rss>".encode())


@pytest.mark.parametrize(
    "document", [b"<rss><channel></rss>", b"<rss>&nbsp;</rss>", b"<rss>\xff</rss>", b"<rss>\x01</rss>", b"<rss/><x/>", b""]
)
def test_what_is_not_well_formed_is_refused(document: bytes) -> None:
    with pytest.raises(SAXException):
        read(document)


@pytest.mark.parametrize(
    "place", [b"<rss>%b</rss>", b"<rss a='%b'/>", b"<rss><!--%b--></rss>", b"<rss><![CDATA[%b]]></rss>", b"<rss><?a %b?></rss>"]
)
@pytest.mark.parametrize("wrong", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"])
def test_bytes_that_are_not_utf_8_are_refused_wherever_they_stand(place: bytes, wrong: bytes) -> None:
    with pytest.raises(SAXException):
        read(HEAD.encode() + place % wrong)


@pytest.mark.corpora
@pytest.mark.slow
def test_it_reads_every_feed_of_the_suites_as_feedparser_does() -> None:
    done = 0
    for path in _files(corpora("feeds")):
        try:
            document = without_prolog(as_utf8(path.read_bytes(), None))
            read(document)
        except (FeedRejected, SAXException, ValueError, KeyError, AttributeError):  # feedparser's handlers stumble as well
            continue
        assert_alike(document)
        done += 1
    assert done >= WELL_FORMED_AT_LEAST


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in {".xml", ".rss", ".atom", ".rdf", ""})
