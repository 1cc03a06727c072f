"""Tells a page that shows only the beginning of an article, with an offer to pay for the rest, where its markup does not say so itself.

By structure, never by phrases: offers of subscriptions stand on free pages too (they were tried elsewhere, and flagged free articles).
"""

from __future__ import annotations

import re
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

MAX_CHARS = 1_000  # a longer text is more than a teaser
MIN_OFFER = 40  # characters that the wall itself shows; empty ones are made ready for pages that need them
_CANDIDATES = XPath(
    "//body//*[contains(@class, 'wall') or contains(@id, 'wall') or contains(@class, 'subscriber') or contains(@class, 'lock')]"
)
_MARK = re.compile(
    r"(?:^|[\s_-])(?:pay-?wall|reg-?wall|subscribers?-only|content-locked|article-locked|locked-(?:content|article))(?:$|[\s_-])",
    re.IGNORECASE,
)
_CLOSED = re.compile(r"display:\s*none|visibility:\s*hidden", re.IGNORECASE)


def is_walled(text: str, root: HtmlElement) -> bool:
    """Whether `text`, extracted from the page `root`, is what stands before a wall."""
    if len(text) > MAX_CHARS:
        return False
    return any(
        _MARK.search(f"{element.get('class', '')} {element.get('id', '')}"[:1_000])
        and not _CLOSED.search(element.get("style", "")[:1_000])
        and element.get("hidden") is None
        and len(" ".join(element.text_content().split())) >= MIN_OFFER
        for element in cast("list[HtmlElement]", _CANDIDATES(root))
    )
