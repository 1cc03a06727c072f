"""What a body is before any HTML parser sees it: a page, a feed, or no text at all (hostile-input rules N12, X2).

The bytes decide over the Content-Type: servers send pages as text/plain and PDFs as text/html.
"""

from __future__ import annotations

import re

from ingest.errors import ExtractRejected
from ingest.model import Reason

_HEAD_BYTES = 1_024
_HEAD_CHARS = 4_096
# The first bytes of what is often linked as an article and is none.
_MAGIC = (
    *((b"%PDF-", "a PDF"), (b"\x89PNG\r\n", "an image"), (b"GIF87a", "an image"), (b"GIF89a", "an image"), (b"\xff\xd8\xff", "an image")),
    *((b"\x00\x00\x01\x00", "an image"), (b"II*\x00", "an image"), (b"MM\x00*", "an image"), (b"OggS", "audio or video")),
    *((b"ID3", "audio or video"), (b"\x1aE\xdf\xa3", "audio or video"), (b"fLaC", "audio or video"), (b"#EXTM3U", "audio or video")),
    *(
        (b"PK\x03\x04", "an archive"),
        (b"\x1f\x8b\x08", "compressed data"),
        (b"\x28\xb5\x2f\xfd", "compressed data"),
        (b"Rar!\x1a", "an archive"),
    ),
    *(
        (b"7z\xbc\xaf", "an archive"),
        (b"\xd0\xcf\x11\xe0", "an office document"),
        (b"{\\rtf", "an office document"),
        (b"%!PS", "a PostScript file"),
    ),
    *((b"wOFF", "a font"), (b"wOF2", "a font"), (b"\x7fELF", "a program"), (b"\x00asm", "a program")),
)
_CONTAINERS = re.compile(rb"RIFF.{4}(?:WEBP|WAVE|AVI )|.{4}ftyp", re.DOTALL)  # the latter: mp4, mov, heic, avif
_NO_PAGE = re.compile(
    r"\s*((?:image/(?!svg)|audio/|video/|font/|application/(?:pdf|zip|gzip|msword|vnd\.|octet-stream|json|ld\+json|javascript)|text/(?:css|csv|javascript|calendar))[\w.+-]*)",
    re.IGNORECASE,
)
_HTML_SIGN = re.compile(r"<!doctype\s+html|<(?:html|head|body|title|meta|script|article|main|section|div|p|h1|table)\b", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z]")
_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?([\w.-]{1,40})")
_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "urlset", "sitemapindex", "opml"})
_OTHER_ROOTS = frozenset({"svg", "error", "manifest", "plist", "kml", "definitions", "stylesheet", "smil", "mpd"})
_JSON_FEED = re.compile(r"\s*\{[^<]{0,2000}?https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version")
_JSON = re.compile(r'\s*(?:\{\s*(?:"[^"\n]{0,200}"\s*:|\})|\[\s*(?:[\[{"\d\]-]|true|false|null))')
# Controls that no text holds (WHATWG MIME sniffing, "binary data byte"). A page has a stray one at most, random bytes 10 %.
_BINARY = bytes(code for code in range(0x20) if code not in (0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1B))
_BINARY_SHARE = 0.05


def check_bytes(body: bytes, content_type: str | None) -> None:
    """Raises ExtractRejected: EMPTY, or NOT_HTML where the bytes, or they and `content_type` together, show no page."""
    head = body[:_HEAD_BYTES].lstrip()
    if not head and not body.strip():
        raise ExtractRejected("the response has no content", reason=Reason.EMPTY)
    if what := next((what for magic, what in _MAGIC if head.startswith(magic)), None):
        raise ExtractRejected(f"the response is {what}, no page", reason=Reason.NOT_HTML)
    if _CONTAINERS.match(head):
        raise ExtractRejected("the response is an image, audio or video, no page", reason=Reason.NOT_HTML)
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")) or _HTML_SIGN.search(head.replace(b"\0", b"").decode("latin-1")):
        return
    wide = 0.3 < head.count(0) / len(head) < 0.6 if head else False  # UTF-16 without a mark
    if not wide and len(head) - len(head.translate(None, _BINARY)) > _BINARY_SHARE * len(head):
        raise ExtractRejected("the response is binary data, no page", reason=Reason.NOT_HTML)
    if match := _NO_PAGE.match(content_type or ""):
        if _JSON_FEED.match(head.decode("latin-1")):
            return  # said more exactly once it is decoded
        raise ExtractRejected(f"the response is {match[1].lower()[:60]}, no page", reason=Reason.NOT_HTML)


def check_text(text: str) -> None:
    """Raises ExtractRejected: FEED_INSTEAD for a feed or a sitemap, NOT_HTML for JSON, other XML or plain text, EMPTY (rule X2)."""
    root = _ROOT.match(text, prolog_end(text))
    name = root[1].lower() if root else ""
    if name in _FEED_ROOTS or _JSON_FEED.match(text[:_HEAD_CHARS]):
        raise ExtractRejected(f"the response is a feed or a sitemap ({name or 'JSON Feed'}), no page", reason=Reason.FEED_INSTEAD)
    if name in _OTHER_ROOTS:
        raise ExtractRejected(f"the response is a document of another kind (<{name}>), no page", reason=Reason.NOT_HTML)
    if not text.strip("\x00 \t\r\n\f\v\ufeff\ufffd"):
        raise ExtractRejected("the response has no content", reason=Reason.EMPTY)
    if _JSON.match(text[:_HEAD_CHARS]) and not _HTML_SIGN.search(text[:_HEAD_CHARS]):
        raise ExtractRejected("the response is JSON, no page", reason=Reason.NOT_HTML)
    if not _ANY_TAG.search(text):
        raise ExtractRejected("the response has no markup, it is no page", reason=Reason.NOT_HTML)


def prolog_end(text: str) -> int:
    """Where the root element of `text` begins: white space, comments, processing instructions and DOCTYPE are passed over.

    Linear in their length: the pattern that trafilatura has for this hangs on a DOCTYPE of slashes.
    """
    at = 0
    while True:
        while at < len(text) and (text[at].isspace() or text[at] in "\ufeff\x00"):
            at += 1
        if text.startswith("<!--", at):
            end, length = text.find("-->", at + 4), 3
        elif text.startswith(("<?", "<!"), at):
            end, length = text.find(">", at), 1
        else:
            return at
        if end < 0:
            return len(text)
        at = end + length
