"""The commonest faults of feeds, repaired in the bytes: then the quick reader and the memory of known items serve them, too.

A control character, an `&` that begins no reference, an entity of HTML, a reference to no character, a script behind the
root element: of the captured feeds that are not well-formed these are all. feedparser's loose parser takes five times as
long for such a document, and an item changes nothing that stands outside of it.
"""

from __future__ import annotations

import re
from html.entities import name2codepoint

_CONTROLS = bytes((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)))
# What hides an `&` is taken up to its end, which may be that of the document: else a thousand open comments take quadratic time.
_AMPERSAND = re.compile(
    rb"<!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->)?|<!\[CDATA\[[^\]]*+(?:\](?!\]>)[^\]]*+)*+(?:\]\]>)?|<\?[^?]*+(?:\?(?!>)[^?]*+)*+(?:\?>)?"
    rb"|&(?!(?:amp|lt|gt|quot|apos);)(?:#(?P<decimal>\d{1,7})|#x(?P<hex>[\da-fA-F]{1,6})|(?P<name>\w{2,8}))?(?P<end>;?)"
)
_ROOT = re.compile(rb"<([a-zA-Z][\w:.-]*)")
_MARKUP_BEHIND = (b"<item", b"<entry", b"-->", b"?>")


def mended(document: bytes) -> bytes:
    """`document`, UTF-8 after `without_prolog`, without those faults. A well-formed one is returned as it is."""
    return _AMPERSAND.sub(_reference, _without_junk(document.translate(None, _CONTROLS)))


def _reference(found: re.Match[bytes]) -> bytes:
    if found[0][0] != ord("&"):
        return found[0]
    decimal, hexadecimal, name = found["decimal"], found["hex"], found["name"]
    if found["end"] and (decimal or hexadecimal):
        return found[0] if _is_character(int(decimal) if decimal else int(hexadecimal, 16)) else b""
    if found["end"] and name and (code := name2codepoint.get(name.decode("ascii", "replace"))):
        return b"&#%d;" % code
    return b"&amp;" + found[0][1:]


def _is_character(code: int) -> bool:
    """Whether XML knows it."""
    return code in (0x09, 0x0A, 0x0D) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000


def _without_junk(document: bytes) -> bytes:
    """Up to the end of the root element, where something stands behind it that is neither part of a feed nor allowed there."""
    root = _ROOT.search(document)
    start = document.rfind(b"</" + root[1]) if root else -1
    end = document.find(b">", start) + 1 if start >= 0 else 0
    behind = document[end:] if end else b""
    if not behind.strip() or any(markup in behind for markup in _MARKUP_BEHIND):
        return document
    return document[:end]
