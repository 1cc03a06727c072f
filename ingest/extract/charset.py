"""The characters of a page out of its bytes, as browsers read them, with one exception: what is valid UTF-8 is UTF-8.

The order is byte order mark, UTF-8 that proves itself, the HTTP header, the page's own declaration, a guess. Servers that announce
ISO-8859-1 for every page are common; bytes above 127 that form valid UTF-8 by accident are not.
"""

from __future__ import annotations

import codecs

from trafilatura.utils import detect_encoding
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, to_unicode

# Encodings that consist of ASCII bytes, so that they are valid UTF-8 all the same: here the declaration decides.
_ESCAPED = frozenset({"iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_kr", "hz"})
# Never decoded to: attackers hide markup in them and browsers know them not.
_REFUSED = frozenset({"utf_7", "punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
_GUESS_BYTES = 40_000  # enough for a guess, cheap on any input
_BROKEN_SHARE = 0.02  # of characters: a page of UTF-8 with some broken bytes, cut by its own server for instance


def decode(body: bytes, content_type: str | None = None) -> str:
    """`body` as text. Never raises; what cannot be decoded becomes U+FFFD."""
    bom_encoding, bom = read_bom(body)
    if bom_encoding and bom:
        return to_unicode(body[len(bom) :], bom_encoding)
    declared = _known(http_content_type_encoding(content_type)) or _known(html_body_declared_encoding(body))
    if declared not in _ESCAPED:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError:
            pass
    if wide := _wide(body):
        return to_unicode(body, wide)
    if declared:
        return to_unicode(body, declared)
    loose = body.decode("utf-8", "replace")
    if loose.count("\ufffd") < _BROKEN_SHARE * sum(1 for char in loose[:_GUESS_BYTES] if char > "\x7f"):
        return loose
    return to_unicode(body, _guess(body))


def _known(encoding: str | None) -> str | None:
    if encoding is None:
        return None
    try:
        name = codecs.lookup(encoding).name
        # base64, rot13 and the like are codecs too, but none of characters
        b"a".decode(name, "replace")
    except (LookupError, ValueError, TypeError):
        return None
    return None if name.replace("-", "_") in _REFUSED else name


def _wide(body: bytes) -> str | None:
    """UTF-16 without a mark: in markup every other byte is zero."""
    start = body[:200]
    if len(start) < 4:
        return None
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and odd < half * 0.1 else None


def _guess(body: bytes) -> str:
    for encoding in detect_encoding(body[:_GUESS_BYTES]):
        if known := _known(encoding):
            return known
    return "cp1252"
