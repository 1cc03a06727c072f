"""The quick reading is the library's main extractor alone where that is enough, and all of the library where it is not."""

from __future__ import annotations

import pytest
from lxml.etree import tostring
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import Document

from ingest.extract.readings import Way, _options, read
from ingest.extract.tree import parse

SENTENCE = "The committee has met on Friday to decide on the budget of the coming year."
ARTICLE = "".join(f"<p>{SENTENCE} It was the meeting number {number}.</p>" for number in range(8))
MENU = "".join(f"<li><a href='/{number}'>Section {number}</a></li>" for number in range(400))
REPLIES = "".join(f"<div class='post'><p>{SENTENCE} This is answer {number}.</p></div>" for number in range(8))
FORUM = '<script type="application/ld+json">{"@type": "DiscussionForumPosting"}</script>'


def page(inner: str, head: str = "") -> HtmlElement:
    root = parse(f"<html><head><title>t</title>{head}</head><body>{inner}</body></html>")
    assert root is not None
    return root


def alone(root: HtmlElement) -> str:
    document = bare_extraction(root, options=_options("fast"))
    assert isinstance(document, Document)
    return document.text or ""


@pytest.mark.parametrize(
    "inner",
    [
        f"<article>{ARTICLE}</article>",
        f"<ul>{MENU}</ul><article>{ARTICLE}</article><div id='comments'><p>{SENTENCE}</p></div>",
        f"<div class='post-content'>{ARTICLE}<ul><li>one</li><li>two</li></ul></div>",
        f"<div>{SENTENCE}</div>",  # for which its last resort is needed
        "<div>Two words</div>",
    ],
)
def test_a_quick_reading_is_the_librarys(inner: str) -> None:
    assert read(page(inner), "fast") == alone(page(inner))


def test_the_answers_in_a_forum_are_its_text() -> None:
    inner = f"<main><div class='comments-area'>{REPLIES}</div></main>"
    assert "This is answer 7" in read(page(f"<main><div id='comments'>{REPLIES}</div></main>", FORUM), "fast")
    assert read(page(inner, FORUM), "fast") == alone(page(inner, FORUM))


def test_an_article_on_a_page_of_menus_is_read_once() -> None:
    """The library, which sees little of a large page, would read it again for recall; whether to is said by the score."""
    text = read(page(f"<ul>{MENU}</ul><div class='post-content'>{ARTICLE}</div>"), "fast")
    assert text.count("number") == 8
    assert "Section" not in text


def test_no_aside_stays_behind_one_in_another() -> None:
    asides = f"<aside>a<aside>b</aside></aside> and <aside><p>{SENTENCE} An aside.</p></aside>"
    text = read(page(f"<article>{ARTICLE}{asides}<figure><table><tr><td>one</td><td>two</td></tr></table></figure></article>"), "fast")
    assert "An aside" not in text
    assert "one | two" in text


@pytest.mark.parametrize("way", ["fast", "balanced", "recall"])
def test_a_page_stays_as_it_is(way: Way) -> None:
    root = page(f"<div id='comments'>{SENTENCE}</div><article>{ARTICLE}<aside>{SENTENCE}</aside></article>")
    before = tostring(root)
    assert SENTENCE in read(root, way)
    assert tostring(root) == before
