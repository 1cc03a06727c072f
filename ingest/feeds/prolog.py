"""What stands before a feed's root element: decoded, checked and cut away before an XML parser sees the document.

A document type with declarations of its own is how entity bombs and external entities come in (rule P1). feedparser
removes them by a regular expression which a comment in front of the DOCTYPE bypasses, and which takes quadratic time
over white space. So they are refused here, and the parser gets a document without comments, processing instructions
and white space in front.
"""

from __future__ import annotations

import codecs
import re

from feedparser.encodings import convert_to_utf8

from ingest.errors import FeedRejected
from ingest.model import Reason

_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_ASCII_ALIKE = frozenset((b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252"))
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([^\"';\s]*)", re.IGNORECASE)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_DECLARED_BYTES = 1_000  # in which an encoding is looked for, wherever it stands there
_AT_ONCE = 1 << 14  # bytes: what is decoded, and thrown away, stays in the processor's cache
_SPACE = b" \t\r\n\f\v"
_MARKUP = re.compile(
    rb"<(?:(?P<comment>!--)|(?P<instruction>\?)|(?P<doctype>!doctype\b)|(?P<entity>!entity\b)|(?P<other>!))?", re.IGNORECASE
)
# A document type up to its end or its internal subset, quoted identifiers skipped; possessive, hence linear.
_DOCTYPE = re.compile(rb"<!doctype\b(?:[^\[<>\"']|\"[^\"]*\"|'[^']*')*+(?P<end>.?)", re.IGNORECASE | re.DOTALL)
_HTML_TYPE = re.compile(rb"<!doctype\s+html\b", re.IGNORECASE)
_HTML = re.compile(rb"<(?:html|head|body)[\s>]", re.IGNORECASE)


def as_utf8(body: bytes, content_type: str | None) -> bytes:
    """`body` in UTF-8 as far as its encoding can be told; bytes in no known encoding are returned as they are.

    A byte order mark decides. Bytes that are valid UTF-8 and not plain ASCII are UTF-8, whatever the server or the document says: chance does not
    produce them. Else the rules of RFC 7303 hold, as feedparser applies them. Raises FeedRejected (FEED_MALFORMED)
    where an encoding is declared that Python cannot apply.
    """
    # Only where no NUL follows: half a UTF-16 space must not be taken off.
    trimmed = body.lstrip(_SPACE)
    body = body if trimmed.startswith(b"\0") else trimmed
    if _is_utf8_as_it_is(body, content_type):
        return body
    if encoding := _marked(body):
        content_type = f"application/xml; charset={encoding}"
    # A server's broken charset does not spoil a good document: without the header the document's own one counts.
    for headers in ({"content-type": content_type}, {}):
        if content_type is None and headers:
            continue
        try:
            return bytes(convert_to_utf8(headers, body, {}))
        except Exception as raised:  # noqa: BLE001  # codecs raise ValueError, UnicodeError and more for hostile names
            error = raised
    raise FeedRejected(f"the feed's encoding cannot be used: {type(error).__name__}", reason=Reason.FEED_MALFORMED)


def without_prolog(document: bytes) -> bytes:
    """`document` (UTF-8) from its root element on, behind an XML declaration and the document type's name if it has one.

    Raises FeedRejected: FEED_DTD for a document type with an internal subset and for an entity declaration, NOT_A_FEED
    for HTML and where there is no root element.
    """
    position, doctype = 0, b""
    while (position := document.find(b"<", position)) >= 0:
        markup = _MARKUP.match(document, position)
        kind = markup.lastgroup if markup else None
        if kind == "comment":
            position = _after(document, b"-->", position + 4)
        elif kind == "instruction":
            position = _after(document, b"?>", position + 2)
        elif kind == "entity":
            raise _dtd()
        elif kind == "doctype":
            head = _DOCTYPE.match(document, position)
            if head is None or head["end"] != b">":
                raise _dtd()
            # Some feeds call themselves HTML here; what they are is told by the root element.
            doctype = b"" if _HTML_TYPE.match(head[0]) else head[0] + b"\n"
            position = head.end()
        elif kind == "other":
            position = _after(document, b">", position)
        else:
            if _HTML.match(document, position):
                raise FeedRejected("an HTML page, not a feed: give the address of the feed itself", reason=Reason.NOT_A_FEED)
            return _DECLARATION + doctype + document[position:]
    raise FeedRejected("not XML: there is no element in it", reason=Reason.NOT_A_FEED)


def _after(document: bytes, end: bytes, start: int) -> int:
    found = document.find(end, start)
    return len(document) if found < 0 else found + len(end)


def _dtd() -> FeedRejected:
    return FeedRejected("the feed declares a document type of its own: such feeds are refused", reason=Reason.FEED_DTD)


def _marked(body: bytes) -> str | None:
    """The encoding by byte order mark, or by how the first `<` is written: it stands above what is declared (RFC 7303, 3.3)."""
    return next((encoding for mark, encoding in _MARKS if body.startswith(mark)), None)


def _is_utf8_as_it_is(body: bytes, content_type: str | None) -> bool:
    """Whether decoding and encoding would only change the declaration, which nobody reads: UTF-8, or ASCII that is declared as some ASCII."""
    if _marked(body) or b"\0" in body[:64]:
        return False
    if not body.isascii():
        return is_utf8(body)
    declared = (*_CHARSET.findall((content_type or "").encode()), *_ENCODING.findall(body[:_DECLARED_BYTES]))
    return all(name.lower() in _ASCII_ALIKE for name in declared)


def is_utf8(data: bytes) -> bool:
    """Whether `data` is UTF-8, of which ASCII is a part."""
    if data.isascii():
        return True
    decoder, view = codecs.getincrementaldecoder("utf-8")(), memoryview(data)
    try:
        for start in range(0, len(data), _AT_ONCE):
            decoder.decode(view[start : start + _AT_ONCE])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
