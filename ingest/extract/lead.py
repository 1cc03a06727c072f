"""The lead of an article: the paragraph below its headline, which extraction loses where it stands outside of the body's element."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

MIN_LEAD, MAX_LEAD = 60, 1_200  # characters; shorter ones are slogans and kickers, longer ones whole articles
KEY = 40  # letters and digits at the front that tell a text; descriptions are often cut
MIN_SHARE = 0.6  # of the description that the lead must have: else it is a heading which happens to begin so
MAX_PLACES = 40  # where the first word of the description is looked at
MAX_UP = 3  # elements around a text that may hold the rest of the lead
_PLACES = XPath(
    "//body/descendant::text()[contains(., $word)][contains(substring(normalize-space(.), 1, string-length($word) + 3), $word)]/.."
)
_ASIDE = XPath("boolean(ancestor-or-self::aside or ancestor-or-self::footer or ancestor-or-self::nav)")
_WORD = re.compile(r"[^\W_]+")
_TAGS = frozenset({"p", "div", "h2", "h3", "h4", "strong", "b", "span", "section", "td", "em"})


def with_lead(lines: Sequence[str], root: HtmlElement, description: str) -> list[str]:
    """`lines` with the page's lead in front, if the page shows one that they lack.

    What a lead says is known from `description`, the page's own: only a text that readers see is ever added.
    """
    key = _letters(description)[:KEY]
    if len(description) < MIN_LEAD or len(key) < KEY or key in _letters(" ".join(lines)[: 4 * len(description) + 4_000]):
        return list(lines)
    lead = _shown(root, key, description)
    return [lead, *lines] if lead else list(lines)


def _shown(root: HtmlElement, key: str, description: str) -> str:
    """The longest text of an element that begins with `key` and is a lead by its length, or ""."""
    word = _WORD.search(description)
    shortest = MIN_SHARE * len(_letters(description))
    best = ""
    for place in cast("list[HtmlElement]", _PLACES(root, word=word[0]))[:MAX_PLACES] if word else ():
        if cast(bool, _ASIDE(place)):
            continue
        for element in (place, *islice(place.iterancestors(), MAX_UP)):
            text = _text(element)
            if len(text) > MAX_LEAD or not _letters(text[: 4 * KEY]).startswith(key):
                break
            if element.tag in _TAGS and len(text) > len(best) and len(_letters(text)) >= shortest:
                best = text
    return best


def _text(element: HtmlElement) -> str:
    """The text of the element on one line, cut soon after `MAX_LEAD`."""
    pieces: list[str] = []
    length = 0
    for piece in element.itertext():
        pieces.append(piece)
        length += len(piece.strip())
        if length > MAX_LEAD:
            break
    return " ".join(" ".join(pieces).split())


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text)).casefold()
