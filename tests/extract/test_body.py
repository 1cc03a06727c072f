"""The text comes from the reading that fits the page, and holds neither its headline nor loose ends."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement

from ingest.extract.body import EXTRACTOR, read_body, without_ends
from ingest.extract.tree import parse

SENTENCE = "The council of the town met on Monday evening and agreed on the plan for the new bridge over the river."
PARAGRAPHS = "".join(f"<p>{number} {SENTENCE}</p>" for number in range(8))


def page(inside: str) -> HtmlElement:
    root = parse(f"<html><head><title>The bridge</title></head><body>{inside}</body></html>")
    assert root is not None
    return root


def test_a_plain_article_is_read_once() -> None:
    body = read_body(page(f"<article><h1>The bridge</h1>{PARAGRAPHS}</article>"), "The bridge")
    assert body.extractor == EXTRACTOR
    assert body.text.splitlines() == [f"{number} {SENTENCE}" for number in range(8)]


def test_a_page_that_the_usual_reading_takes_for_boilerplate_is_read_again() -> None:
    # Themes exist whose whole page stands in a header or a footer.
    body = read_body(page(f'<footer class="site-footer"><article>{PARAGRAPHS}</article></footer>'), "The bridge")
    assert body.extractor == f"{EXTRACTOR} recall"
    assert f"7 {SENTENCE}" in body.text


def test_the_articles_json_ld_stands_in_for_an_empty_page() -> None:
    body = read_body(page('<div id="root"></div>'), "The bridge", f"<p>{SENTENCE}</p><p>{SENTENCE}</p>")
    assert (body.extractor, body.flags) == ("json-ld", ("json_ld_text",))
    assert body.text.split("\n") != [""]
    assert read_body(page('<div id="root"></div>'), "The bridge").text == ""


def test_what_the_page_shows_counts_before_json_ld() -> None:
    body = read_body(page(f"<article>{PARAGRAPHS}</article>"), "The bridge", "Another text. " * 500)
    assert "Another text" not in body.text


def test_the_page_stays_as_it_is() -> None:
    root = page(f"<article>{PARAGRAPHS}</article>")
    before = len(list(root.iter()))
    first = read_body(root, "The bridge")
    assert len(list(root.iter())) == before
    assert read_body(root, "The bridge") == first


ENDS = {
    "the headline": (["The Bridge!", "One.", "Two."], ["One.", "Two."]),
    "a headline alone": (["The bridge"], ["The bridge"]),
    "a headline further down": (["One.", "The bridge", "Two."], ["One.", "The bridge", "Two."]),
    "a heading that heads nothing": (["One.", "Two.", "Three.", "More on this"], ["One.", "Two.", "Three."]),
    "several": (["One.", "Two.", "Three.", "Related", "Bridges", "By Ann Lee"], ["One.", "Two.", "Three."]),
    "a heading before a text": (["One.", "Two.", "Part two", "Three."], ["One.", "Two.", "Part two", "Three."]),
    "a list at the end": (["One.", "Two.", "We need:", "- flour", "- butter"], ["One.", "Two.", "We need:", "- flour", "- butter"]),
    "a table at the end": (["One.", "Two.", "Three.", "| a | b |"], ["One.", "Two.", "Three.", "| a | b |"]),
    "a quotation at the end": (["One.", "Two.", "Three.", "\u201eGood\u201c"], ["One.", "Two.", "Three.", "\u201eGood\u201c"]),
    "a Japanese sentence": (["一。", "二。", "三。", "終わった。"], ["一。", "二。", "三。", "終わった。"]),
    "a long line without a full stop": (["One.", "Two.", "Three.", "word " * 20], ["One.", "Two.", "Three.", ("word " * 20).strip()]),
    "a very short text": (["One", "Two", "Three"], ["One", "Two", "Three"]),
    "empty lines": (["One.", "", "  ", " Two. "], ["One.", "Two."]),
}


@pytest.mark.parametrize("name", ENDS)
def test_ends_of_a_text_with(name: str) -> None:
    lines, kept = ENDS[name]
    assert without_ends(lines, "The bridge") == kept
