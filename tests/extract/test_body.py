"""The text comes from the reading that fits the page, and holds neither its headline nor loose ends."""

from __future__ import annotations

import pytest
from lxml.html import HtmlElement

from ingest.extract.body import Said, read_body, without_ends
from ingest.extract.readings import extractor
from ingest.extract.tree import parse

SENTENCE = "The council of the town met on Monday evening and agreed on the plan for the new bridge over the river."
PARAGRAPHS = "".join(f"<p>{number} {SENTENCE}</p>" for number in range(8))


def page(inside: str) -> HtmlElement:
    root = parse(f"<html><head><title>The bridge</title></head><body>{inside}</body></html>")
    assert root is not None
    return root


def test_a_plain_article_is_read_once() -> None:
    body = read_body(page(f"<article><h1>The bridge</h1>{PARAGRAPHS}</article>"), Said("The bridge"))
    assert body.extractor == extractor("fast")
    assert body.text.splitlines() == [f"{number} {SENTENCE}" for number in range(8)]


def test_a_page_that_the_usual_reading_takes_for_boilerplate_is_read_again() -> None:
    # Themes exist whose whole page stands in a header or a footer.
    body = read_body(page(f'<footer class="site-footer"><article>{PARAGRAPHS}</article></footer>'), Said("The bridge"))
    assert body.extractor == extractor("recall")
    assert f"7 {SENTENCE}" in body.text


def test_the_articles_json_ld_stands_in_for_an_empty_page() -> None:
    body = read_body(page('<div id="root"></div>'), Said("The bridge", linked=f"<p>{SENTENCE}</p><p>{SENTENCE}</p>"))
    assert (body.text, body.extractor, body.flags) == (f"{SENTENCE}\n{SENTENCE}", "json-ld", ("json_ld_text",))
    assert read_body(page('<div id="root"></div>'), Said("The bridge")).text == ""


def test_the_feeds_full_text_stands_in_for_a_page_that_shows_a_teaser() -> None:
    full = "\n".join(f"{number} {SENTENCE}" for number in range(8))
    body = read_body(page("<article><p>The council of the town met on Monday</p></article>"), Said("The bridge", feed=full))
    assert (body.text, body.extractor, body.flags) == (full, "feed", ("feed_text",))


def test_what_the_page_shows_counts_before_json_ld() -> None:
    body = read_body(page(f"<article>{PARAGRAPHS}</article>"), Said("The bridge", linked="Another text. " * 500))
    assert "Another text" not in body.text


def test_the_score_tells_an_article_from_a_list_of_links() -> None:
    article = read_body(page(f"<article>{PARAGRAPHS}</article>"), Said("The council and the bridge"))
    links = "".join(f"<p>Story number {number}</p>" for number in range(60))
    assert article.score > 0.9
    assert read_body(page(f"<main>{links}</main>"), Said("The council and the bridge")).score < 0.3


def test_a_lead_outside_of_the_articles_element_belongs_to_the_text() -> None:
    lead = "After years of debate the town has decided where its new bridge over the river will stand."
    root = page(f'<header><h1>The bridge</h1><p class="intro">{lead}</p></header><article>{PARAGRAPHS}</article>')
    assert read_body(root, Said("The bridge", lead)).text.splitlines()[:2] == [lead, f"0 {SENTENCE}"]


def test_the_page_stays_as_it_is() -> None:
    root = page(f"<article>{PARAGRAPHS}</article>")
    before = len(list(root.iter()))
    first = read_body(root, Said("The bridge"))
    assert len(list(root.iter())) == before
    assert read_body(root, Said("The bridge")) == first


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
    "a long line without a full stop": (["One.", "Two.", "Three.", "word " * 20], ["One.", "Two.", "Three.", "word " * 20]),
    "a very short text": (["One", "Two", "Three"], ["One", "Two", "Three"]),
}


@pytest.mark.parametrize("name", ENDS)
def test_ends_of_a_text_with(name: str) -> None:
    lines, kept = ENDS[name]
    assert without_ends(lines, "The bridge") == kept
