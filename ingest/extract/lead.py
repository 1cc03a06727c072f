"""The lead of an article: the paragraph below its headline, which extraction loses where it stands outside of the body's element."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

MIN_LEAD, MAX_LEAD = 60, 1_200  # characters; shorter ones are slogans and kickers, longer ones whole articles
KEY = 40  # letters and digits at the front that tell a text; descriptions are often cut
MIN_SHARE = 0.6  # of the description that the lead must have: else it is a heading which happens to begin so
_PLACES = XPath(
    "//body//*[self::p or self::div or self::h2 or self::h3 or self::h4 or self::strong or self::b or self::span or self::section or self::td or self::em]"
    "[not(ancestor::aside or ancestor::footer or ancestor::nav)]"
)
_PREFIX = 600  # characters looked at of each element's text


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
    wanted = len(_letters(description))
    best = ""
    for element in cast("list[HtmlElement]", _PLACES(root)):
        first = (element.text or "").strip()
        if not first and len(element) == 0:
            continue
        text = " ".join(" ".join(element.itertext()).split()) if _may_begin(element, key) else ""
        if len(best) < len(text) <= MAX_LEAD and len(_letters(text)) >= MIN_SHARE * wanted and _letters(text[: 4 * KEY]).startswith(key):
            best = text
    return best


def _may_begin(element: HtmlElement, key: str) -> bool:
    """Whether the first letters in `element` are those of `key`; cheap, as it is asked of every element."""
    seen = ""
    for piece in element.itertext():
        seen += _letters(piece[:_PREFIX])
        if len(seen) >= 3:
            return key.startswith(seen[:KEY]) or seen.startswith(key)
    return False


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text)).casefold()
