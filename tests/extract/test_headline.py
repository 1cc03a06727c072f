"""The headline is the heading that says the page's title; what stands next to it is read outwards from there."""

from __future__ import annotations

from itertools import islice

import pytest
from lxml.html import HtmlElement, document_fromstring

from ingest.extract.headline import above, below, find_headline, text_of

TITLE = "A bridge for the town"


def page(inside: str) -> HtmlElement:
    return document_fromstring(f"<html><head><title>x</title></head><body>{inside}</body></html>")


HEADLINES = {
    "the only h1": ("<h1>The Post</h1><p>Text</p>", "The Post"),
    "of several h1 the one that says the title": ("<h1>The Post</h1><h1> A bridge\n for the town </h1>", TITLE),
    "an h2 where the only h1 is the site's name": ("<h1>The Post</h1><h2>A bridge for the town</h2>", TITLE),
    "one that a site's name follows in the title": ("<h1>The Post</h1><h2>A bridge for the</h2>", "A bridge for the"),
    "a paragraph where there is no heading": ("<p>News</p><p><b>A bridge for the town</b></p>", TITLE),
    "none where several could be it": ("<h1>News</h1><h1>Sports</h1>", None),
    "none in running text": ("<p>They want a bridge for the town.</p>", None),
    "none": ("", None),
}


@pytest.mark.parametrize("name", HEADLINES)
def test_the_headline_is(name: str) -> None:
    inside, expected = HEADLINES[name]
    found = find_headline(page(inside), TITLE)
    assert (None if found is None else " ".join(text_of(found, 100).split())) == expected


def test_a_short_title_is_not_looked_for() -> None:
    assert find_headline(page("<h1>News</h1><h1>Sports</h1><p>Home</p>"), "Home") is None


def test_texts_are_read_outwards_from_the_headline() -> None:
    root = page(
        "<p>one</p><div>two<p>three</p><header><i>four</i><h1>T <b>and</b> U</h1>five<p>six</p></header>seven<p>eight</p></div>nine"
    )
    headline = find_headline(root, "")
    assert headline is not None
    assert [text for text, _ in below(headline)] == ["T", "and", "U", "five", "six", "seven", "eight", "nine"]
    assert [text for text, _ in islice(above(headline), 4)] == ["four", "three", "two", "one"]
    assert {text: holder.tag for text, holder in below(headline)}["seven"] == "div"


def test_a_text_longer_than_the_limit_is_none() -> None:
    root = page("<p>   one   <b>two</b></p>")
    assert (text_of(root, 100), text_of(root, 5)) == ("x one two", "")
