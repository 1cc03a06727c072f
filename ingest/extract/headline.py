"""Where the article begins in a page: its headline, the elements around it, and the texts next to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from ingest.extract.text import words

MIN_TITLE_WORDS, MIN_TITLE_CHARS = 3, 20  # of a title that is looked for, either; shorter ones stand in menus too
MIN_SHARE = 0.6  # of the title's words that a headline has
MAX_HEADINGS = 10  # <h1>
MAX_INSIDE = 3  # elements in a headline
_LONGER = 80  # characters by which the words of a headline may be set apart
_UNREAD = frozenset({"script", "title"})


class Beside(NamedTuple):
    """A text node with its white space collapsed, and the element in whose space it stands."""

    text: str
    holder: HtmlElement


def find_headline(root: HtmlElement, title: str) -> HtmlElement | None:
    """The heading that says the title, `<h1>` before others, else the only `<h1>`, else any element that says the title and nothing else.

    A title may go on with the name of its site. None where there is none of these, or `title` is too short to be looked for.
    """
    said = words(title)
    headings = [(heading, words(text_of(heading, len(title) + _LONGER))) for heading in islice(root.iter("h1"), MAX_HEADINGS)]
    same = next((heading for heading, text in headings if said and text == said), None)
    if same is not None:  # elements without children are false
        return same
    telling = len(said) >= MIN_TITLE_WORDS or len(title) >= MIN_TITLE_CHARS
    if telling:
        lower = ((heading, words(text_of(heading, len(title) + _LONGER))) for heading in islice(root.iter("h2", "h3"), MAX_HEADINGS))
        begins = next((heading for heading, text in (*headings, *lower) if _begins(said, text)), None)
        if begins is not None:
            return begins
    if len(headings) == 1:
        return headings[0][0]
    if not telling:
        return None
    bold = (element for element in root.iter("h4", "p", "div", "span", "strong", "b") if len(element) <= MAX_INSIDE)
    return next((element for element in bold if _begins(said, words(text_of(element, len(title) + _LONGER)))), None)


def _begins(title: list[str], text: list[str]) -> bool:
    return len(text) >= MIN_SHARE * len(title) and text == title[: len(text)]


def text_of(element: HtmlElement, limit: int) -> str:
    """The text of the element, "" where it is longer than `limit`, white space between elements aside."""
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        if not piece.isspace():
            pieces.append(piece.strip())
            length += len(pieces[-1])
            if length > limit:
                return ""
    return " ".join(pieces)


def below(headline: HtmlElement) -> Iterator[Beside]:
    """The texts of the headline and behind it, in their order."""
    yield from _walk(headline)
    level = headline
    while (parent := level.getparent()) is not None:
        for sibling in level.itersiblings():
            yield from _walk(sibling)
        if parent.getparent() is not None and (text := _collapsed(parent.tail)):
            yield Beside(text, parent.getparent())
        level = parent


def above(headline: HtmlElement) -> Iterator[Beside]:
    """The texts before the headline, the nearest first."""
    for level in (headline, *headline.iterancestors()):
        for sibling in level.itersiblings(preceding=True):
            yield from reversed(list(_walk(sibling)))
        parent = level.getparent()
        if parent is not None and (text := _collapsed(parent.text)):
            yield Beside(text, parent)


def _walk(element: HtmlElement) -> Iterator[Beside]:
    """The texts of the element and the one behind it."""
    for event, inner in etree.iterwalk(element, events=("start", "end")):
        text = _collapsed(inner.text if event == "start" else inner.tail)
        if text and not (event == "start" and inner.tag in _UNREAD):
            yield Beside(text, inner if event == "start" else inner.getparent())


def _collapsed(text: str | None) -> str:
    return " ".join(text.split()) if text else ""
