"""HTML of feeds as plain text. The markup is dropped, never cleaned: what is kept cannot carry a script."""

from __future__ import annotations

import html
import re

from lxml import etree

# What no text needs and lxml, JSON or a terminal chokes on: controls other than white space, halves of surrogate
# pairs, non-characters.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<[!?][^<>]*>")
_BREAK_TAG = re.compile(r"<(?:br|p|div|li)\b[^<>]*>", re.IGNORECASE)
_CONTROLS = bytes((*range(0x09), *range(0x0E, 0x20), 0x7F))  # of _UNPRINTABLE, those of one byte
MARKUP_PER_CHAR = 40  # markup beyond this many times the wanted text is not looked at

_TAG_PASSES = 4  # enough for what is nested by mistake; what a hostile title still holds is escaped at output

_UNSEEN = frozenset(
    ("script", "style", "head", "template", "noscript", "iframe", "object", "embed", "svg", "math", "select", "button", "textarea")
)
_BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "body", "br", "dd", "details", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav"),
        *("ol", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul"),
    )
)


def plain(source: str, limit: int) -> str:
    """The text that a reader of the HTML fragment `source` sees, at most `limit` characters; block elements end lines.

    Scripts, styles, comments and attributes are left out. Works on text without markup too.
    """
    source = source[: limit * MARKUP_PER_CHAR]
    if "<" in source:
        source = _without_markup(source)
    elif "&" in source:
        source = html.unescape(_UNPRINTABLE.sub("", source))
    lines = (" ".join(line.split()) for line in _printable(source).split("\n"))
    return "\n".join(filter(None, lines))[:limit].rstrip()


def one_line(source: str, limit: int) -> str:
    """A title, name or label: one line, no tags, entities resolved, at most `limit` characters.

    A lone `<` or `&` is text: "a < b" stays.
    """
    source = source[: limit * MARKUP_PER_CHAR]
    # Tags within tags form new ones when the inner are gone: "<scr<script>ipt>".
    for _ in range(_TAG_PASSES):
        before, source = source, _TAG.sub("", _BREAK_TAG.sub(" ", source))
        if source == before:
            break
    return " ".join(_UNPRINTABLE.sub("", html.unescape(source)).split())[:limit].rstrip()


def _printable(text: str) -> str:
    """`text` without _UNPRINTABLE, which is looked for among the bytes: a third of the time for text that has none."""
    if text.isascii():
        return text.encode().translate(None, _CONTROLS).decode()
    data = text.encode("utf-8", "ignore").translate(None, _CONTROLS)  # leaves halves of surrogate pairs out
    text = data.decode()
    return _UNPRINTABLE.sub("", text) if b"\xc2" in data or b"\xef\xbf" in data else text


def _without_markup(source: str) -> str:
    # Bytes, wrapped: lxml refuses a str that declares an encoding, and an empty document.
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(f"<div>{source}".encode("utf-8", "ignore").translate(None, _CONTROLS), parser)
    etree.strip_elements(root, *_UNSEEN, with_tail=False)
    # lxml joins the texts itself, so that Python looks at blocks only. Neither of the two recurses: foreign markup nests as deep as it likes.
    for block in root.iter(*_BLOCKS):
        block.text = f"\n{block.text or ''}"
        block.tail = f"\n{block.tail or ''}"
    return etree.tostring(root, method="text", encoding="utf-8").decode()
