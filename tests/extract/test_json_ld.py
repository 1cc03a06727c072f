"""The node that describes the page's own article is found in JSON-LD of every shape, whole or broken."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, document_fromstring

from ingest.extract.json_ld import Linked, read

URL = "https://news.example.org/town/bridge"


def page(*blocks: str) -> HtmlElement:
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return document_fromstring(f"<html><head>{scripts}</head><body></body></html>")


def linked(data: object) -> Linked:
    return read(page(json.dumps(data)), URL)


ARTICLE = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "The bridge"}
SHAPES = {
    "an object": ARTICLE,
    "a list": [{"@type": "Organization", "name": "Example"}, ARTICLE],
    "a graph": {"@context": "https://schema.org", "@graph": [{"@type": "WebPage", "name": "Page"}, ARTICLE]},
    "below its page": {"@type": "WebPage", "name": "Page", "mainEntity": ARTICLE},
    "a type among several": {**ARTICLE, "@type": ["Report", "NewsArticle"]},
    "a type as an address": {**ARTICLE, "@type": "https://schema.org/NewsArticle"},
    "a list within a list": [[ARTICLE]],
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_article_is_found_in(name: str) -> None:
    found = linked(SHAPES[name])
    assert (found.is_article, found.title) == (True, "The bridge")


def test_the_article_of_this_page_is_preferred_to_others() -> None:
    other = {**ARTICLE, "headline": "Another", "datePublished": "2026-01-01", "url": "https://news.example.org/other"}
    mine = {**ARTICLE, "mainEntityOfPage": {"@id": URL}}
    assert linked([other, mine]).title == "The bridge"


def test_works_that_are_only_mentioned_are_not_the_article() -> None:
    teaser = {**ARTICLE, "headline": "Another"}
    lists = {"@type": "ItemList", "itemListElement": [teaser]}
    assert not linked(lists).found
    assert linked({**ARTICLE, "hasPart": [teaser], "isPartOf": teaser, "mentions": teaser}).title == "The bridge"


AUTHORS = {
    "a string": ("Ann Lee", ("Ann Lee",), ()),
    "a person": ({"@type": "Person", "name": "Ann Lee"}, ("Ann Lee",), ()),
    "several": ([{"@type": "Person", "name": "Ann Lee"}, "Bo Ek"], ("Ann Lee", "Bo Ek"), ()),
    "parts of a name": ({"@type": "Person", "givenName": "Ann", "familyName": "Lee"}, ("Ann Lee",), ()),
    "an organisation": ({"@type": "NewsMediaOrganization", "name": "dpa"}, (), ("dpa",)),
    "a reference": ({"@id": "#ann"}, ("Ann Lee",), ()),
    "a name in a list": ({"@type": "Person", "name": ["Ann Lee"]}, ("Ann Lee",), ()),
    "nothing": (None, (), ()),
    "numbers": ([1, {"name": 7}, {"name": {"name": {}}}], (), ()),
}


@pytest.mark.parametrize("name", AUTHORS)
def test_authors_given_as(name: str) -> None:
    raw, people, organisations = AUTHORS[name]
    found = linked({"@graph": [{**ARTICLE, "author": raw}, {"@type": "Person", "@id": "#ann", "name": "Ann Lee"}]})
    assert (found.people, found.organisations) == (people, organisations)


IMAGES = {
    "a string": "https://i.example/a.jpg",
    "an object": {"@type": "ImageObject", "url": "https://i.example/a.jpg"},
    "a list": ["https://i.example/a.jpg", "https://i.example/b.jpg"],
    "a list of objects": [{"contentUrl": "https://i.example/a.jpg"}],
    "a reference": {"@id": "#image"},
}


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_given_as(name: str) -> None:
    image = {"@type": "ImageObject", "@id": "#image", "url": "https://i.example/a.jpg"}
    assert linked([{**ARTICLE, "image": IMAGES[name]}, image]).image_url == "https://i.example/a.jpg"


@pytest.mark.parametrize(
    ("raw", "free"),
    [(True, True), (False, False), ("False", False), ("true", True), ("http://schema.org/False", False), (None, None), ("maybe", None)],
)
def test_whether_the_article_is_free(raw: object, free: bool | None) -> None:  # noqa: FBT001
    assert linked({**ARTICLE, "isAccessibleForFree": raw}).free is free


PART = {"@type": "WebPageElement", "isAccessibleForFree": "False", "cssSelector": ".paid"}
FREE_PART = {"@type": "WebPageElement", "isAccessibleForFree": True, "cssSelector": ".free"}


@pytest.mark.parametrize(
    ("whole", "parts", "free"),
    [
        pytest.param(None, PART, False, id="a part has its price"),
        pytest.param(True, [FREE_PART, PART], False, id="one of several, whatever the whole says"),
        pytest.param(False, FREE_PART, False, id="the whole, but for a part"),
        pytest.param(True, FREE_PART, True, id="all is free"),
        pytest.param(None, ["paid", None, 3], None, id="parts that say nothing"),
    ],
)
def test_a_part_that_has_its_price_is_the_article(whole: object, parts: object, free: bool | None) -> None:  # noqa: FBT001
    assert linked({**ARTICLE, "isAccessibleForFree": whole, "hasPart": parts}).free is free


BROKEN = {
    "line breaks in strings": '{"@type": "NewsArticle", "headline": "The\nbridge"}',
    "trailing commas": '{"@type": "NewsArticle", "headline": "The bridge",}',
    "a semicolon": '{"@type": "NewsArticle", "headline": "The bridge"};',
    "CDATA": '//<![CDATA[\n{"@type": "NewsArticle", "headline": "The bridge"}\n//]]>',
    "entities for quotes": "{&quot;@type&quot;: &quot;NewsArticle&quot;, &quot;headline&quot;: &quot;The bridge&quot;}",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_common_fault_is_mended(name: str) -> None:
    assert " ".join(read(page(BROKEN[name]), URL).title.split()) == "The bridge"


def test_a_broken_block_does_not_hide_a_whole_one() -> None:
    assert read(page('{"@type": "NewsArticle"', json.dumps(ARTICLE)), URL).title == "The bridge"


FLOODS = {
    "escapes": '{"author": {"name": "' + '\\"a' * 100_000,
    "open lists": "[" * 1_000_000,
    "open objects": '{"a":' * 200_000,
    "commas": "," * 1_000_000,
    "spaces behind commas": "[1" + ", " * 500_000 + "]",
    "a number": "9" * 1_000_000,
    "nodes": "[" + ",".join(['{"@type":"NewsArticle"}'] * 80_000) + "]",
    "a megabyte too much": '"' + "a" * 3_000_000 + '"',
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_costs_seconds_at_most(name: str) -> None:
    root = page(FLOODS[name])
    start = time.process_time()
    read(root, URL)
    assert time.process_time() - start < 4


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("@type", "@id", "name", "url", "author", "image", "@graph", "headline")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(("author", "image", "publisher", "datePublished", "keywords", "mainEntityOfPage", "url", "articleSection")), values
    )
)
def test_any_values_are_read_without_an_exception(fields: dict[str, object]) -> None:
    found = linked({**ARTICLE, **fields})
    assert all(
        isinstance(text, str) for text in (found.title, found.published, found.image_url, *found.people, *found.tags, *found.section)
    )
