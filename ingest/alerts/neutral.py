"""Foreign text as a message may carry it: it is read, and does nothing (hostile-input rule O6).

Chat services act on text: @everyone and <!channel> call people, [x](y) and <y|x> are links to where the text wants. Mail
headers end at a line break. A zero-width space inside the syntax keeps the words readable and takes their effect.
"""

from __future__ import annotations

import re

from ingest.urls import clean_link

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE = re.compile(r"[\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")  # bidi overrides, and what hides words
_ZERO_WIDTH = "\u200b"
_BREAKS = (
    (re.compile(r"@(?=\S)"), "@" + _ZERO_WIDTH),  # @everyone, @here, @name
    (re.compile(r"<(?=[!@#:/a-zA-Z])"), "<" + _ZERO_WIDTH),  # <!channel>, <@U1>, <#C1>, <:emoji:1>, <http://…|text>, tags
    (re.compile(r"\]\("), "]" + _ZERO_WIDTH + "("),  # [text](link)
    (re.compile(r"\]\["), "]" + _ZERO_WIDTH + "["),  # [text][reference]
    (re.compile(r"(?i)\b(javascript|data|vbscript|file):"), r"\1" + _ZERO_WIDTH + ":"),
)


def line(text: str, limit: int = 300) -> str:
    """`text` as one harmless line of at most `limit` characters."""
    flat = " ".join(_INVISIBLE.sub("", _CONTROL.sub(" ", text)).split())
    if len(flat) > limit:
        flat = flat[: limit - 1].rstrip() + "…"
    for syntax, harmless in _BREAKS:
        flat = syntax.sub(harmless, flat)
    return flat


def link(url: str) -> str:
    """`url` where it is http(s), without credentials; else empty. No character in it ends a link early."""
    clean = clean_link(_CONTROL.sub("", url)) or ""
    return "".join(f"%{ord(c):02X}" if c in "@<>\"'`|()[]{}\\^" else c for c in _INVISIBLE.sub("", clean))
