"""What `extract` promises: a reason for each body that is no article, and fields that say only what the page says."""

from __future__ import annotations

import json
import pickle
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import ExtractRejected
from ingest.extract.article import Extraction, PageBytes, extract
from ingest.model import DateSource, Reason

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://www.example.co.uk/news/bridge"
TEXT = "".join(f"<p>{n} The council met on Monday evening and agreed on the plan for the new bridge over the river.</p>" for n in range(12))


def page(body: str | bytes, **told: object) -> PageBytes:
    known = {"url": URL, "content_type": "text/html; charset=utf-8", "fetched_at": NOW} | told
    return PageBytes(body=body.encode() if isinstance(body, str) else body, **known)  # type: ignore[arg-type]


def html(head: str = "", inside: str = f"<article><h1>A new bridge</h1>{TEXT}</article>") -> str:
    return f'<!DOCTYPE html><html lang="en-GB"><head>{head}</head><body>{inside}</body></html>'


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", "@type": "NewsArticle"} | fields)}</script>'


RSS = '<?xml version="1.0"?><!-- a comment -->\n<rss version="2.0"><channel><title>News</title></channel></rss>'
WALL = (
    "<h1>Before you continue</h1><p>We and our 842 partners use cookies and process personal data such as IP addresses for advertising. "
    "You can accept or reject the processing and withdraw your consent in the privacy settings.</p>" * 3
)
REJECTED = {
    "nothing": (b"", None, Reason.EMPTY),
    "white space": (b" \r\n\t ", "text/html", Reason.EMPTY),
    "a byte order mark alone": (b"\xef\xbb\xbf", "text/html", Reason.EMPTY),
    "a PDF that is called HTML": (b"%PDF-1.7\n" + b"x" * 500, "text/html", Reason.NOT_HTML),
    "a JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg", Reason.NOT_HTML),
    "a film": (b"\x00\x00\x00\x20ftypisom", None, Reason.NOT_HTML),
    "random bytes": (bytes((n * 7919 + n * n) % 256 for n in range(4_000)), None, Reason.NOT_HTML),
    "JSON": (b'{"error": "not found"}', "application/json", Reason.NOT_HTML),
    "JSON that is called HTML": (b'[{"id": 1}]', "text/html", Reason.NOT_HTML),
    "RSS": (RSS.encode(), "text/html", Reason.FEED_INSTEAD),
    "Atom": (b'<feed xmlns="http://www.w3.org/2005/Atom"></feed>', "application/xml", Reason.FEED_INSTEAD),
    "RSS 1.0": (b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>', None, Reason.FEED_INSTEAD),
    "a sitemap": (b'<?xml version="1.0"?><urlset></urlset>', "text/xml", Reason.FEED_INSTEAD),
    "a sitemap index": (b"\xef\xbb\xbf<sitemapindex></sitemapindex>", "text/xml", Reason.FEED_INSTEAD),
    "a page without text": (html("", "<div><img src='a.jpg'></div>").encode(), "text/html", Reason.NO_TEXT),
    "a page of scripts": (html("", "<script>let text = 'a long text';</script><div id=root></div>").encode(), "text/html", Reason.NO_TEXT),
    "a consent dialogue": (
        html("", f"<form action='https://consent.example.co.uk/save'>{WALL}<button>Accept all</button></form>").encode(),
        "text/html",
        Reason.CONSENT_WALL,
    ),
}


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_no_article_says_why(name: str) -> None:
    body, content_type, reason = REJECTED[name]
    with pytest.raises(ExtractRejected) as caught:
        extract(page(body, content_type=content_type))
    assert caught.value.reason is reason


ACCEPTED = {
    "a page that is called plain text": (html(), "text/plain"),
    "a page without a Content-Type": (html(), None),
    "a page below a comment and an XML declaration": ('<?xml version="1.0" encoding="utf-8"?><!-- a -->' + html(), "application/xhtml+xml"),
    "a page with a cookie banner": (
        html("", f"<div id=cookie-banner>{WALL}<button>Accept</button></div><article>{TEXT}</article>"),
        "text/html",
    ),
    "an article that shows a feed": (html("", f"<article>{TEXT}<pre>&lt;rss&gt;</pre></article>"), "text/html"),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_an_article_stays_one(name: str) -> None:
    body, content_type = ACCEPTED[name]
    assert "11 The council met" in extract(page(body, content_type=content_type)).text


def test_an_article_about_consent_is_no_consent_dialogue() -> None:
    about = "".join(
        f"<p>{n} The court ruled on Tuesday that the publisher's cookie dialogue breaks privacy law, since readers could accept tracking by partners "
        f"with one button but needed four to reject it, and the judge called the consent worthless.</p><p>{n} The publisher said that it would appeal, "
        "and that the ruling by a regional court did not bind anyone else in the meantime.</p>"
        for n in range(6)
    )
    assert (
        "would appeal"
        in extract(page(html(linked(headline="Cookie dialogue illegal"), f"<article>{about}</article><button>Accept</button>"))).text
    )


META_DATE = '<meta property="article:published_time" content="2026-11-20T08:00:00+01:00">'
TIME = "<time datetime='2026-11-19T10:00:00Z'>Thursday</time>"
DATES = {
    "the feed's": (
        META_DATE + linked(datePublished="2026-11-21"),
        NOW - timedelta(hours=1),
        datetime(2026, 11, 24, 11, tzinfo=UTC),
        DateSource.FEED,
    ),
    "JSON-LD": (
        META_DATE + linked(datePublished="2026-11-21T09:30:00+01:00"),
        None,
        datetime(2026, 11, 21, 8, 30, tzinfo=UTC),
        DateSource.JSON_LD,
    ),
    "meta tags": (META_DATE, None, datetime(2026, 11, 20, 7, tzinfo=UTC), DateSource.META),
    "the page's <time>": ("", None, datetime(2026, 11, 19, 10, tzinfo=UTC), DateSource.PAGE),
    "one that has no zone, as UTC": (
        linked(datePublished="2026-11-21T09:30:00"),
        None,
        datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        DateSource.JSON_LD,
    ),
    "the next where the first is of 1904": (
        META_DATE + linked(datePublished="1904-01-01"),
        None,
        datetime(2026, 11, 20, 7, tzinfo=UTC),
        DateSource.META,
    ),
    "the next where the first is of next week": (
        META_DATE,
        NOW + timedelta(days=7),
        datetime(2026, 11, 20, 7, tzinfo=UTC),
        DateSource.META,
    ),
    "the next where the first is none": (
        META_DATE + linked(datePublished="yesterday"),
        None,
        datetime(2026, 11, 20, 7, tzinfo=UTC),
        DateSource.META,
    ),
}


@pytest.mark.parametrize("name", DATES)
def test_the_date_is(name: str) -> None:
    head, hint, instant, source = DATES[name]
    found = extract(page(html(head, f"<article><h1>A new bridge</h1>{TIME}{TEXT}</article>"), published_hint=hint))
    assert (found.published_at, found.published_source) == (instant, source)


def test_a_page_without_a_date_has_none() -> None:
    dates_of_others = "<p>The old bridge was opened on 3 May 1995 and closed on 2026-01-02.</p><footer>© 2026</footer>"
    found = extract(page(html("", f"<article><h1>A new bridge</h1>{TEXT}{dates_of_others}</article>")))
    assert (found.published_at, found.published_source) == (None, DateSource.FETCHED)


CANONICAL = {
    "of the same site": ("https://example.co.uk/bridge", "https://example.co.uk/bridge"),
    "relative": ("/bridge", "https://www.example.co.uk/bridge"),
    "of another site under the same public suffix": ("https://other.co.uk/bridge", None),
    "of another site": ("https://evil.example/bridge", None),
    "no web address": ("javascript:alert(1)", None),
    "broken": ("http://[::1", None),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_a_canonical_url_speaks_for_its_own_site_only(name: str) -> None:
    claimed, taken = CANONICAL[name]
    assert extract(page(html(f'<link rel="canonical" href="{claimed}">'))).canonical_url == taken


def test_fields_come_from_the_pages_markup() -> None:
    head = (
        linked(
            headline="A new bridge for the town",
            author=[{"@type": "Person", "name": "Ann Lee"}, {"@type": "Person", "name": "Bo Ek"}],
            dateModified="2026-11-22T10:00:00Z",
            image={"@type": "ImageObject", "url": "https://img.example/b.jpg", "caption": "The river", "creditText": "Cy Moe/AP"},
            publisher={"@type": "Organization", "name": "The Example"},
            articleSection="Local",
            keywords=["bridges", "river"],
        )
        + '<meta name="description" content="It will cost &pound;3m.">'
    )
    found = extract(page(html(head, f"<article>{TEXT}</article>")))
    assert (found.title, found.authors) == ("A new bridge for the town", ("Ann Lee", "Bo Ek"))
    assert found.updated_at == datetime(2026, 11, 22, 10, tzinfo=UTC)
    assert (found.image_url, found.image_caption, found.image_credit) == ("https://img.example/b.jpg", "The river", "Cy Moe/AP")
    assert (found.site_name, found.description, found.language) == ("The Example", "It will cost £3m.", "en")
    assert set(found.tags) == {"Local", "bridges", "river"}
    assert found.extractor.startswith("trafilatura 2")


def test_the_text_is_composed_and_its_paragraphs_are_lines() -> None:
    found = extract(
        page(html("", f"<article><p>{unicodedata.normalize('NFD', 'Die Brücke über den Fluß wird gebaut. ') * 5}</p>{TEXT}</article>"))
    )
    lines = [line for line in found.text.split("\n") if line]
    assert unicodedata.is_normalized("NFC", found.text)
    assert lines[0].startswith("Die Brücke über den Fluß")
    assert len(lines) == 13
    assert all(line == line.strip() for line in lines)


def test_a_long_text_is_cut_and_says_so() -> None:
    found = extract(page(html(), max_chars=300))
    assert len(found.text) <= 300
    assert found.flags == ("cut",)
    assert extract(page(html())).flags == ()


def test_the_feeds_title_stands_in_where_the_page_has_none() -> None:
    assert extract(page(html("", f"<div>{TEXT}</div>"), title_hint="A bridge")).title == "A bridge"


def test_pages_and_articles_travel_between_processes() -> None:
    sent = page(html())
    assert pickle.loads(pickle.dumps(sent)) == sent
    found = extract(sent)
    assert isinstance(found, Extraction)
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_picture_line_at_the_front_is_no_text() -> None:
    found = extract(page(html("", f"<article><p>picture alliance / Ann Lee/dpa | Ann Lee The bridge before the storm</p>{TEXT}</article>")))
    assert found.text.startswith("0 The council met")
    assert (found.image_credit, found.image_caption) == ("picture alliance / Ann Lee/dpa", "The bridge before the storm")
