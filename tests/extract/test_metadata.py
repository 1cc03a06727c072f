"""Each field comes from the source that is right most often."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from lxml.html import HtmlElement, document_fromstring

from ingest.extract.metadata import MAX_TAGS, MAX_TITLE, PageMetadata, read_metadata
from ingest.model import DateSource

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
URL = "https://www.example.co.uk/news/bridge"


def page(head: str = "", body: str = "", attributes: str = "") -> HtmlElement:
    return document_fromstring(f"<html {attributes}><head>{head}</head><body>{body}</body></html>")


def read(head: str = "", body: str = "", *, url: str = URL, hint: str = "", attributes: str = "") -> PageMetadata:
    return read_metadata(page(head, body, attributes), url, NOW, hint)


def linked(**fields: object) -> str:
    return f'<script type="application/ld+json">{json.dumps({"@type": "NewsArticle"} | fields)}</script>'


SITE = '<meta property="og:site_name" content="The Example">'
TITLES = {
    "og:title before the rest": (
        '<title>Bridge - Example</title><meta property="og:title" content="A new bridge">',
        "<h1>Bridge!</h1>",
        "A new bridge",
    ),
    "the heading that og:title holds": (
        '<meta property="og:title" content="Example | A new bridge for all">',
        "<h1>A new bridge for all</h1>",
        "A new bridge for all",
    ),
    "the heading that og:title begins with": (
        '<meta property="og:title" content="A new bridge for all - Town Paper">',
        "<h1>A new bridge for all</h1>",
        "A new bridge for all",
    ),
    "without the site's name": (SITE + "<title>Bridge | The Example</title>", "", "Bridge"),
    "JSON-LD": (linked(headline="A new bridge &amp; road"), "<h1>x</h1><h1>y</h1>", "A new bridge & road"),
    "the only heading before <title>": ("<title>x</title>", "<h1>A new bridge</h1>", "A new bridge"),
    "<title> before one of several headings": ("<title>A new bridge</title>", "<h1>x</h1><h1>y</h1>", "A new bridge"),
    "a second heading where there is nothing else": ("", "<h2>A new bridge</h2>", "A new bridge"),
    "a section's name is no title": ('<meta property="og:title" content="A new bridge: News">', "<h1>News</h1>", "A new bridge: News"),
    "empty": ("", "", ""),
}


@pytest.mark.parametrize("name", TITLES)
def test_the_title_is(name: str) -> None:
    head, body, title = TITLES[name]
    assert read(head, body).title == title


def test_the_feeds_title_decides_among_the_pages_titles() -> None:
    head = '<meta property="og:title" content="You will not believe this bridge">'
    assert read(head, "<h1>A new bridge</h1>", hint="a new  bridge").title == "A new bridge"
    assert read(head, "<h1>A new bridge</h1>", hint="Something else").title == "You will not believe this bridge"
    assert read(hint="Only the feed knows").title == "Only the feed knows"


META_AUTHOR = '<meta name="author" content="Meta Person">'
MARKED_AUTHOR = '<a rel="author">Link Person</a>'
AUTHORS = {
    "JSON-LD before meta": (linked(author={"@type": "Person", "name": "Ann Lee"}) + META_AUTHOR, MARKED_AUTHOR, ("Ann Lee",)),
    "meta before links": (META_AUTHOR, MARKED_AUTHOR, ("Meta Person",)),
    "links": ("", MARKED_AUTHOR, ("Link Person",)),
    "a person before the site itself": (SITE + linked(author={"name": "The Example"}), MARKED_AUTHOR, ("Link Person",)),
    "an organisation where there is no person": (linked(author={"@type": "Organization", "name": "Town Press"}), "", ("Town Press",)),
    "the site where there is nobody else": (SITE + linked(author={"@type": "Organization", "name": "The Example"}), "", ("The Example",)),
    "nobody": ("", "", ()),
}


@pytest.mark.parametrize("name", AUTHORS)
def test_the_authors_are(name: str) -> None:
    head, body, names = AUTHORS[name]
    assert read(head, body).authors == names


def test_dates_come_best_first_with_their_sources() -> None:
    head = linked(datePublished="2026-11-20", dateModified="2026-11-22") + '<meta name="date" content="2026-11-21">'
    found = read(head, '<time datetime="2026-11-19">x</time>')
    assert [(date.instant.day, date.source) for date in found.dates] == [(20, DateSource.JSON_LD), (21, DateSource.META)]
    assert found.updated is not None
    assert found.updated.instant.day == 22


def test_markup_dates_a_page_only_where_nothing_else_does() -> None:
    assert [date.source for date in read("", '<time datetime="2026-11-19">x</time>').dates] == [DateSource.PAGE]


LANGUAGES = {
    'lang="de"': "de",
    'lang="de-AT"': "de",
    'lang="PT_br"': "pt",
    'xml:lang="fr"': "fr",
    'lang="gsw"': "gsw",
    'lang="german"': None,
    'lang=""': None,
    "": None,
}


@pytest.mark.parametrize("attributes", LANGUAGES)
def test_the_declared_language_is_a_primary_tag(attributes: str) -> None:
    assert read(attributes=attributes).language == LANGUAGES[attributes]


def test_the_language_may_stand_elsewhere() -> None:
    assert read('<meta property="og:locale" content="es_ES">').language == "es"
    assert read('<meta http-equiv="Content-Language" content="it, en">').language == "it"


IMAGES = {
    "absolute": ('<meta property="og:image" content="https://i.example/a.jpg">', "https://i.example/a.jpg"),
    "relative": ('<meta property="og:image" content="/a.jpg">', "https://www.example.co.uk/a.jpg"),
    "relative to <base>": ('<base href="https://cdn.example/x/"><meta property="og:image" content="a.jpg">', "https://cdn.example/x/a.jpg"),
    "a broken <base>": ('<base href="//["><meta property="og:image" content="https://i.example/a.jpg">', "https://i.example/a.jpg"),
    "no web address": ('<meta property="og:image" content="data:image/png;base64,xx">', None),
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_image_is_a_web_address(name: str) -> None:
    head, url = IMAGES[name]
    assert read(head).image_url == url


def test_a_page_from_a_file_has_no_canonical_url() -> None:
    assert read('<link rel="canonical" href="https://example.co.uk/a">', url="file:///tmp/a.html").canonical_url is None


def test_og_url_stands_in_for_a_canonical_link_of_another_site() -> None:
    head = '<link rel="canonical" href="https://other.example/a"><meta property="og:url" content="https://example.co.uk/b">'
    assert read(head).canonical_url == "https://example.co.uk/b"


def test_tags_are_parted_and_come_once() -> None:
    head = '<meta name="keywords" content="bridge, river;town, ,bridge"><meta property="article:section" content="Local">'
    assert read(head).tags == ("Local", "bridge", "river", "town")


def test_fields_are_bounded() -> None:
    head = f'<meta property="og:title" content="{"x" * 100_000}"><meta name="keywords" content="{",".join(map(str, range(9_000)))}">'
    found = read(head)
    assert len(found.title) == MAX_TITLE
    assert len(found.tags) == MAX_TAGS


def test_a_page_behind_a_paywall_says_so() -> None:
    assert read(linked(isAccessibleForFree=False)).free is False
    assert read(linked()).free is None
    assert read('<meta property="article:content_tier" content="locked">').free is False
    assert read('<meta property="article:content_tier" content="metered">').free is None
    assert read('<meta property="article:content_tier" content="locked">' + linked(isAccessibleForFree=True)).free is True


def test_reading_leaves_the_tree_as_it_is() -> None:
    from lxml import etree

    root = page(linked(author="Ann Lee") + SITE, '<h1>T</h1><div class="byline">By Bo Ek</div><time datetime="2026-11-19">x</time>')
    before = etree.tostring(root)
    read_metadata(root, URL, NOW)
    assert etree.tostring(root) == before
