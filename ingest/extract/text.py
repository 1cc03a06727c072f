"""Strings of pages as they may be kept: no markup, no control characters, NFC, bounded."""

from __future__ import annotations

import html
import re
import unicodedata

# What no text needs and JSON or a terminal chokes on: controls other than white space, halves of surrogate pairs,
# non-characters.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")  # soft hyphen, zero-width space, word joiner, stray byte order mark
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--[^<>]*-->")
_BLOCK = re.compile(r"</?(?:p|br|div|li|ul|ol|h[1-6]|blockquote|section|tr)\b[^<>]*>", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_ITEM = "- "  # how trafilatura marks the item of a list
_ROW = "|"  # and the row of a table
_SLACK = 10  # markup beyond this many times the wanted length is not looked at


def one_line(raw: object, limit: int) -> str:
    """A title, name or label of a page on one line, at most `limit` characters; "" where `raw` is no string.

    Entities are resolved and tags dropped, since JSON-LD and meta tags carry both; a lone `<` stays.
    """
    if not isinstance(raw, str):
        return ""
    source = raw[: limit * _SLACK]
    if "&" in source:
        source = html.unescape(source)
    if "<" in source:
        source = _TAG.sub(" ", source)
    return " ".join(_clean(source).split())[:limit].rstrip()


def words(text: str) -> list[str]:
    """The words of a text as they are compared: letters, digits and underscores, without case."""
    return _WORD.findall(text.casefold())


def paragraphs(raw: str, limit: int) -> tuple[str, bool]:
    """The lines of `raw` as paragraphs with an empty line between them, and whether the text was cut at `limit` characters.

    Items of one list and rows of one table stay together on lines of their own.
    """
    lines = [line for line in (" ".join(line.split()) for line in _clean(raw).splitlines()) if line]
    pieces: list[str] = []
    before = ""
    for line in lines:
        if pieces:
            pieces.append("\n" if _belongs(before, line) else "\n\n")
        pieces.append(line)
        before = line
    text = "".join(pieces)
    return text[:limit].rstrip(), len(text) > limit


def without_markup(raw: str) -> str:
    """Text that may hold HTML, as `articleBody` does, with block elements as line breaks."""
    source = html.unescape(raw) if "&" in raw else raw
    return _TAG.sub(" ", _BLOCK.sub("\n", source)) if "<" in source else source


def _belongs(before: str, line: str) -> bool:
    return any(before.startswith(mark) and line.startswith(mark) for mark in (_ITEM, _ROW))


def _clean(raw: str) -> str:
    printable = raw.replace("\n", "").isprintable()  # as no format character is
    text = raw if printable else _INVISIBLE.sub("", _UNPRINTABLE.sub("", raw))
    return text if text.isascii() else unicodedata.normalize("NFC", text)
