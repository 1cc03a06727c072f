from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.errors import FeedRejected
from ingest.feeds.xml_feed import parse_xml
from ingest.model import Entry, ParsedFeed, Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://a.example/feed.xml"
NAMESPACES = " ".join(
    f'xmlns:{name}="{uri}"'
    for name, uri in {
        "content": "http://purl.org/rss/1.0/modules/content/",
        "dc": "http://purl.org/dc/elements/1.1/",
        "media": "http://search.yahoo.com/mrss/",
        "sy": "http://purl.org/rss/1.0/modules/syndication/",
        "atom": "http://www.w3.org/2005/Atom",
        "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    }.items()
)


def parse(document: str, content_type: str | None = "application/xml") -> ParsedFeed:
    return parse_xml(document.encode(), url=URL, content_type=content_type, limit=100, now=NOW)


def rss(channel: str) -> ParsedFeed:
    return parse(f'<rss version="2.0" {NAMESPACES}><channel><title>F</title>{channel}</channel></rss>')


def item(members: str) -> Entry:
    (entry,) = rss(f"<item>{members}</item>").entries
    return entry


def atom(members: str) -> Entry:
    (entry,) = parse(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>F</title><entry>{members}</entry></feed>').entries
    return entry


def test_an_rss_item() -> None:
    entry = item(
        "<title>A &amp;amp; B</title><link>/1#c</link><guid isPermaLink='false'>g</guid><description>&lt;p&gt;short&lt;/p&gt;</description>"
        "<content:encoded><![CDATA[<p>long</p><p>text</p>]]></content:encoded><dc:creator>Ann</dc:creator><category>t</category>"
        "<pubDate>Tue, 24 Nov 2026 10:00:00 +0100</pubDate><enclosure url='/i.jpg' type='image/jpeg' length='1'/>"
    )
    assert (entry.url, entry.guid, entry.title) == ("https://a.example/1", "g", "A & B")
    assert (entry.summary, entry.text) == ("short", "long\ntext")
    assert (entry.authors, entry.tags, entry.image_url) == (("Ann",), ("t",), "https://a.example/i.jpg")
    assert entry.published_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert entry.updated_at is None


def test_an_atom_entry() -> None:
    entry = atom(
        "<id>urn:1</id><title type='html'>&lt;b&gt;T&lt;/b&gt;</title><link rel='edit' href='/e'/><link href='/1'/>"
        "<author><name>Ann</name></author><category term='t' label='Topic'/><published>2026-11-23T00:00:00Z</published>"
        "<updated>2026-11-24T00:00:00Z</updated><summary>s</summary><content type='xhtml'>"
        "<div xmlns='http://www.w3.org/1999/xhtml'><p>x</p><script>y</script></div></content>"
    )
    assert (entry.url, entry.guid, entry.title) == ("https://a.example/1", "urn:1", "T")
    assert (entry.summary, entry.text, entry.authors, entry.tags) == ("s", "x", ("Ann",), ("Topic",))
    assert (entry.published_at, entry.updated_at) == (datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))


def test_the_date_of_dublin_core_is_the_publication() -> None:
    assert item("<guid>g</guid><dc:date>2026-11-24</dc:date>").published_at == datetime(2026, 11, 24, tzinfo=UTC)


def test_a_permalink_guid_is_the_link_where_there_is_none() -> None:
    assert item("<guid>https://b.example/1</guid>").url == "https://b.example/1"
    assert item("<guid isPermaLink='false'>https://b.example/1</guid>").url is None


@pytest.mark.parametrize("guid", ["123", "/rel/1", "tag:a.example,2026:1", "a b"])
def test_a_guid_that_is_no_whole_address_is_no_link(guid: str) -> None:
    entry = item(f"<guid>{guid}</guid>")
    assert (entry.url, entry.guid) == (None, guid)


def test_links_are_resolved_against_xml_base_and_else_the_feeds_address() -> None:
    assert atom("<id>1</id><link href='x'/>").url == "https://a.example/x"
    assert atom("<id>1</id><link xml:base='https://b.example/c/' href='x'/>").url == "https://b.example/c/x"


def test_the_original_link_comes_before_feedburners() -> None:
    entry = item("<link>https://feeds.example/~r/1</link><feedburner:origLink>https://b.example/1</feedburner:origLink>")
    assert entry.url == "https://b.example/1"


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("Ann", ("Ann",)),
        ("ann@a.example", ()),
        ("ann@a.com", ()),
        ("ann@a.example (Ann)", ("Ann",)),
        ("Ann &lt;ann@a.example&gt;", ("Ann",)),
        ("a" * 9_999 + "@", ("a" * 200,)),
    ],
)
def test_a_mail_address_is_no_name(author: str, names: tuple[str, ...]) -> None:
    assert item(f"<guid>g</guid><author>{author}</author>").authors == names


def test_the_channel() -> None:
    feed = rss(
        "<link>https://a.example</link><language>de-de</language><ttl>15</ttl><atom:link rel='hub' href='https://hub.example/'/>"
        "<atom:link rel='self' href='/feed.xml'/>"
    )
    assert (feed.format, feed.title, feed.site_url, feed.language) == ("rss20", "F", "https://a.example/", "de")
    assert (feed.ttl_s, feed.hub_url, feed.self_url, feed.entries, feed.flags) == (900, "https://hub.example/", URL, (), ())


@pytest.mark.parametrize(
    ("members", "ttl_s"),
    [
        ("<ttl>x</ttl>", None),
        ("<ttl>-5</ttl>", None),
        ("<ttl>99999999999999999999</ttl>", None),
        ("<ttl>0</ttl>", None),
        ("<sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 1800),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 86_400),
    ],
)
def test_the_time_to_live_is_in_seconds_or_unknown(members: str, ttl_s: int | None) -> None:
    assert rss(members).ttl_s == ttl_s


def test_hours_and_days_to_skip_are_the_channels_and_not_those_that_an_item_shows() -> None:
    feed = rss(
        "<skipHours><hour>3</hour></skipHours><item><guid>1</guid><description><![CDATA[<skipHours><hour>4</hour></skipHours>]]></description>"
        "<skipDays><day>Monday</day></skipDays></item><skipDays><day>Sunday</day></skipDays>"
    )
    assert (feed.skip_hours, feed.skip_days) == ((3,), (6,))


@pytest.mark.parametrize(
    "payload",
    [
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<![CDATA[<script>alert(1)</script>]]>",
        "<![CDATA[<img src=x onerror=alert(1)>]]>",
        "&lt;svg/onload=alert(1)&gt;",
        "<![CDATA[<a href='javascript:alert(1)'>x</a>]]>",
        "<![CDATA[<iframe srcdoc='<script>x</script>'></iframe>]]>",
        "<![CDATA[<scr<script>ipt>alert(1)</script>]]>",
    ],
)
def test_markup_is_in_none_of_the_texts(payload: str) -> None:  # O1; output escapes what is left all the same
    entry = item(
        f"<guid isPermaLink='false'>g</guid><title>{payload}</title><description>{payload}</description><category>{payload}</category>"
        f"<dc:creator>{payload}</dc:creator><content:encoded>{payload}</content:encoded>"
    )
    for text in (entry.title, entry.summary, entry.text, *entry.tags, *entry.authors):
        assert not any(sign in text.lower() for sign in ("<script", "<img", "<svg", "<iframe", "onerror=", "href="))


def test_a_broken_document_gives_what_can_be_read_and_is_flagged() -> None:
    feed = parse("<rss version='2.0'><channel><title>F</title><item><title>A & B</title><link>/1</link></item>")
    assert ([entry.title for entry in feed.entries], feed.flags) == (["A & B"], ("malformed",))


def test_a_type_without_charset_is_no_fault_of_the_document() -> None:
    assert parse("<rss version='2.0'><channel><item><title>K\u00f6ln</title></item></channel></rss>", "text/xml").flags == ()


@pytest.mark.parametrize(
    "document", ["<a><b/></a>", "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>x</loc></url></urlset>"]
)
def test_other_xml_is_not_a_feed(document: str) -> None:
    with pytest.raises(FeedRejected) as caught:
        parse(document)
    assert caught.value.reason is Reason.NOT_A_FEED
