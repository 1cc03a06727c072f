"""How good an extraction is, without knowing the truth: how much of the page it holds, how much of it is prose, and what else agrees with it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple, cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from ingest.extract.text import words

POOR = 0.5  # below it another way may do better: one page in ten of the shared sets
FULL_SHARE = 0.4  # of the page's characters: an article that has as many is whole; the rest is menus and lists
SMALL_PAGE = 250  # characters: where no more stands outside of footers, the markup misleads
MIN_SENTENCE = 40  # characters of a line of prose; shorter ones are headings, names and buttons
LONG_LINE = 400  # characters of one that is prose however it ends
MIN_WITNESS = 400  # characters of another text of the article that is worth comparing with
TITLE_WORD = 4  # letters of a word that may tell a subject
_LOOKED_AT = 20_000  # characters of each text that are compared
SENTENCE_END = tuple(".!?\u2026:;\"'\u201c\u201d\u2019\u00bb)\u3002\uff01\uff1f\u061f\u0964\u300d")  # of any script

# Characters of the page and of what stands beside its content, in libxml2: trafilatura's html2txt takes twenty times as long.
_LENGTH = cast("Callable[[HtmlElement], float]", XPath("string-length(normalize-space(string(//body)))"))
_LENGTH_HERE = cast("Callable[[HtmlElement], float]", XPath("string-length(normalize-space(string(.)))"))
_ASIDE = ("footer", "aside")


class Evidence(NamedTuple):
    """What is known of an article beside an extraction of it."""

    page_chars: float  # outside of footers, asides and scripts
    whole_chars: float  # with them
    title: str = ""
    witness: str = ""  # the same article from elsewhere: JSON-LD `articleBody`, or the feed's full content; else ""


def evidence(root: HtmlElement, title: str, *texts: str) -> Evidence:
    """`texts` are what others say that the article is, best first; the first that is long enough is believed."""
    beside = _length_of(root, *_ASIDE, "script")
    whole = _LENGTH(root)
    return Evidence(whole - beside, whole, title, next((text for text in texts if len(text) >= MIN_WITNESS), ""))


def own_chars(root: HtmlElement, known: Evidence) -> float:
    """Characters of the page outside of links, footers, asides and scripts: about what an extraction can reach."""
    return max(0.0, known.page_chars - _length_of(root, "a"))


def _length_of(root: HtmlElement, *tags: str) -> float:
    """Characters of the body's elements with one of `tags`, without those in a footer or an aside."""
    body = root.find("body")  # a walk in Python: an XPath with a condition on ancestors takes three times as long
    found = () if body is None else body.iterdescendants(*tags)
    return sum(_LENGTH_HERE(element) for element in found if next(element.iterancestors(*_ASIDE), None) is None)


def score(text: str, known: Evidence) -> float:
    """From 0, nothing of the article, to 1, nothing to complain of. 0 for no text.

    The product of the share of the page (full from `FULL_SHARE` on), of prose, and of the title's words that the text
    takes up. A witness vouches for a text that has the same words (F1), and accuses none: of the `articleBody`s that
    differ from the extracted text, half are teasers.
    """
    if not text.strip():
        return 0.0
    alone = plausibility(text, known)
    return max(alone, agreement(text, known.witness)) if known.witness else alone


def plausibility(text: str, known: Evidence) -> float:
    """`score` without the witness: for a text that is the witness itself."""
    size = min(1.0, len(text) / max(1.0, FULL_SHARE * known.page_chars, SMALL_PAGE))
    return round(math.sqrt(size) * prose(text) * (0.6 + 0.4 * taken_up(known.title, text)), 4)


def agreement(one: str, other: str) -> float:
    """The F1 of the words of two texts as bags, 0 to 1."""
    left, right = (Counter(words(text[:_LOOKED_AT])) for text in (one, other))
    return round(2 * (left & right).total() / max(1, left.total() + right.total()), 4)


def prose(text: str) -> float:
    """The share of characters in lines that are sentences, 0 to 1."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    sentences = sum(len(line) for line in lines if len(line) >= LONG_LINE or (len(line) >= MIN_SENTENCE and line.endswith(SENTENCE_END)))
    return sentences / max(1, sum(map(len, lines)))


def taken_up(title: str, text: str) -> float:
    """The share of the title's longer words that `text` has; 1 where the title has none."""
    telling = {word for word in words(title) if len(word) >= TITLE_WORD}
    if not telling:
        return 1.0
    body = text[:_LOOKED_AT].casefold()
    return sum(word in body for word in telling) / len(telling)
