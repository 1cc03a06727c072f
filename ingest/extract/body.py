"""The text of a page: by trafilatura in the mode that fits it, or what JSON-LD or feed hold, whichever is best; without what is no text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from lxml.html import HtmlElement

from ingest.extract import quality, readings
from ingest.extract.boilerplate import without_boilerplate
from ingest.extract.credits import split_front, without_credits
from ingest.extract.dateline import split_dateline
from ingest.extract.lead import with_lead
from ingest.extract.text import without_markup, words
from ingest.model import Dateline

# Found on trafilatura-eval, wcxb-dev and readability together. The quick reading is the same as the usual one in 632 of their 680 pages.
GOOD = 0.82  # score of a quick reading that needs no other
COMPARABLE = 0.2  # of what the page can give: with more, readability has never twice as much, which is when it is preferred
SMALL_SHARE = 0.6  # of the same: less may have missed half the article
MUCH_LONGER = 1.6  # times the first text: the second reading found another part of the article, not some lines around it
BETTER = 1.02  # times the first score: less is chance
# A headline at the end heads nothing, and the name of a list says nothing without it; bytes, so that words of
# Chinese letters count as words do.
LOOSE_BYTES = 80
_KEPT = ("- ", "|")  # items of lists and rows of tables have no full stop
_MIN_LINES = 3


class Said(NamedTuple):
    """What page and feed say of the article beside its text."""

    title: str = ""
    description: str = ""
    linked: str = ""  # `articleBody` of the JSON-LD, may hold markup
    feed: str = ""  # the feed's full content as plain text


class Body(NamedTuple):
    """A text with paragraphs on lines, what found it, how good it is by `quality.score`, flags, and what was split off its front."""

    text: str
    extractor: str
    score: float = 0.0
    flags: tuple[str, ...] = ()
    image_credit: str = ""
    image_caption: str = ""
    dateline: Dateline | None = None


def read_body(root: HtmlElement, said: Said | None = None) -> Body:
    """The article's text in the page `root`, "" where there is none.

    The quick reading, without a comparison with readability and justext, is enough where its score is good. Else the usual
    one follows where so much of the page is left that the comparison can change anything, the generous one where less but
    still much is left, and where the score is poor, the best of all is kept.
    """
    return _Page(root, said or Said()).best()


class _Page:
    """A page whose readings are kept, so that none is made twice."""

    def __init__(self, root: HtmlElement, said: Said) -> None:
        self._root, self._said = root, said
        self._linked = without_markup(said.linked)
        self._known = quality.evidence(root, said.title, self._linked, said.feed)
        self._readings: dict[readings.Way, Body] = {}
        self._graded: dict[str, Body] = {}  # by text: two ways often agree

    def best(self) -> Body:
        quick = self._read("fast")
        if quick.score >= GOOD:
            return quick
        share = len(quick.text) / max(1.0, quality.own_chars(self._root, self._known))
        first = quick if share >= COMPARABLE else self._read("balanced")
        if COMPARABLE <= share < SMALL_SHARE or self._known.page_chars < quality.SMALL_PAGE <= self._known.whole_chars:
            more = self._read("recall")
            first = more if len(more.text) > MUCH_LONGER * len(first.text) else first
        if first.score >= quality.POOR:
            return first
        best = max((quick, self._read("recall"), *self._told(first)), key=lambda body: body.score)
        return best if best.score > BETTER * first.score or not first.text else first

    def _read(self, way: readings.Way) -> Body:
        if way not in self._readings:
            text = readings.read(self._root, way)
            if text not in self._graded:
                self._graded[text] = self._grade(text)
            self._readings[way] = self._graded[text]._replace(extractor=readings.extractor(way))
        return self._readings[way]

    def _told(self, first: Body) -> Iterator[Body]:
        """What others say that the article is, where it is much longer."""
        for text, name, flag in ((self._linked, "json-ld", "json_ld_text"), (self._said.feed, "feed", "feed_text")):
            if len(text) > MUCH_LONGER * len(first.text):
                body = _cleaned(text, name, self._said)
                yield body._replace(score=quality.plausibility(body.text, self._known), flags=(flag,))

    def _grade(self, text: str) -> Body:
        body = _cleaned(text, "", self._said)
        text = "\n".join(with_lead(_lines(body.text), self._root, self._said.description)) if body.text else ""
        return body._replace(text=text, score=quality.score(text, self._known))


def _cleaned(text: str, name: str, said: Said) -> Body:
    """The text without what is none, and what it says in front of the first sentence: the lead comes before that."""
    lines, credit = without_credits(without_boilerplate(without_ends(_lines(text), said.title)))
    front = split_front("\n".join(lines))
    report = split_dateline(front.text)
    return Body(report.text, name, image_credit=front.credit or credit, image_caption=front.caption, dateline=report.dateline)


def _lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip())]


def without_ends(lines: list[str], title: str) -> list[str]:
    """`lines` without the headline, which is the title and no text, and without loose headings and names at the end."""
    kept = list(lines)
    if len(kept) > 1 and (said := words(title)) and words(kept[0]) == said:
        del kept[0]
    while len(kept) > _MIN_LINES and _is_loose(kept[-1]):
        del kept[-1]
    return kept


def _is_loose(line: str) -> bool:
    return len(line.encode("utf-8", "replace")) < LOOSE_BYTES and not line.endswith(quality.SENTENCE_END) and not line.startswith(_KEPT)
