"""The text of a page: by trafilatura in the mode that fits it, or what JSON-LD or feed hold, whichever is best; without what is no text."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import version
from typing import NamedTuple

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import DEFAULT_CONFIG, Document, Extractor

from ingest.extract import quality
from ingest.extract.boilerplate import without_boilerplate
from ingest.extract.credits import split_front, without_credits
from ingest.extract.dateline import split_dateline
from ingest.extract.lead import with_lead
from ingest.extract.text import without_markup, words
from ingest.model import Dateline

EXTRACTOR = f"trafilatura {version('trafilatura')}"
MAX_TREE_SIZE = 100_000  # elements of the text's tree; trafilatura has no limit by default
# Found on trafilatura-eval, wcxb-dev and readability together: of 680 pages four are decided by these, all for the better.
GOOD = 0.82  # score of a quick reading that needs no other. At 0.6 twice as fast as plain trafilatura, at 0.82 1.7 times, with 0.001 of F1 more
SMALL_SHARE = 0.5  # of the page's text: less may have missed half the article
MUCH_LONGER = 1.6  # times the first text: the second reading found another part of the article, not some lines around it
BETTER = 1.02  # times the first score: less is chance
# A headline at the end heads nothing, and the name of a list says nothing without it; bytes, so that words of
# Chinese letters count as words do.
LOOSE_BYTES = 80
_KEPT = ("- ", "|")  # items of lists and rows of tables have no full stop
_MIN_LINES = 3

# It reports every page that it discards; ours is a typed reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


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

    The quick reading, without a comparison with readability and justext, is enough for two pages of three; where its
    score is not good, the usual one follows, and where that is poor, the best of all is kept.
    """
    said = said or Said()
    linked = without_markup(said.linked)
    known = quality.evidence(root, said.title, linked, said.feed)
    quick = _graded(_extracted(root, fast=True), f"{EXTRACTOR} fast", root, said, known)
    if quick.score >= GOOD:
        return quick
    first = _graded(_extracted(root), EXTRACTOR, root, said, known)
    if len(first.text) < SMALL_SHARE * known.page_chars or known.page_chars < quality.SMALL_PAGE <= known.whole_chars:
        more = _graded(_extracted(root, recall=True), f"{EXTRACTOR} recall", root, said, known)
        first = more if len(more.text) > MUCH_LONGER * len(first.text) else first
    if first.score >= quality.POOR:
        return first
    best = max((quick, *_others(first, root, said, known, linked)), key=lambda body: body.score)
    return best if best.score > BETTER * first.score or not first.text else first


def _others(first: Body, root: HtmlElement, said: Said, known: quality.Evidence, linked: str) -> Iterator[Body]:
    """More ways to read the page. trafilatura's readability and justext take part in each of its own."""
    if not first.extractor.endswith("recall"):
        yield _graded(_extracted(root, recall=True), f"{EXTRACTOR} recall", root, said, known)
    yield _graded(_extracted(root, precision=True), f"{EXTRACTOR} precision", root, said, known)
    for text, name, flag in ((linked, "json-ld", "json_ld_text"), (said.feed, "feed", "feed_text")):
        if len(text) > MUCH_LONGER * len(first.text):
            body = _cleaned(text, name, said)
            yield body._replace(score=quality.plausibility(body.text, known), flags=(flag,))


def _graded(text: str, name: str, root: HtmlElement, said: Said, known: quality.Evidence) -> Body:
    body = _cleaned(text, name, said)
    text = "\n".join(with_lead(_lines(body.text), root, said.description)) if body.text else ""
    return body._replace(text=text, score=quality.score(text, known))


def _cleaned(text: str, name: str, said: Said) -> Body:
    """The text without what is none, and what it says in front of the first sentence: the lead comes before that."""
    lines, credit = without_credits(without_boilerplate(without_ends(_lines(text), said.title)))
    front = split_front("\n".join(lines))
    report = split_dateline(front.text)
    return Body(report.text, name, image_credit=front.credit or credit, image_caption=front.caption, dateline=report.dateline)


def _lines(text: str) -> list[str]:
    return [line for raw in text.splitlines() if (line := raw.strip())]


def _extracted(root: HtmlElement, *, fast: bool = False, recall: bool = False, precision: bool = False) -> str:
    # The balanced mode, with tables, without comments, has the best F1 of all on the shared pages. Deduplication is
    # off: it remembers earlier pages, so that a result would depend on what the child did before.
    options = Extractor(
        config=DEFAULT_CONFIG,
        output_format="python",
        comments=False,
        with_metadata=False,
        dedup=False,
        fast=fast,
        recall=recall,
        precision=precision,
    )
    options.max_tree_size = MAX_TREE_SIZE
    try:
        document = bare_extraction(root, options=options)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # a fault of the library in this page, such as RecursionError, is the page's lot
        return ""
    return (document.text or "") if isinstance(document, Document) else ""


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
