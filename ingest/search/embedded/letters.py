"""Letters that count as the same: small and capital, with and without diacritics.

Patterns begin with a set of characters: Python finds those several times as fast as it does anything else.
"""

# ruff: noqa: RUF001  # tables of letters that look alike

from __future__ import annotations

import re
import unicodedata

_LETTERS = {
    "ß": "ss",
    "ø": "o",
    "æ": "ae",
    "œ": "oe",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ς": "σ",
    # Arabic as Lucene's arabic_normalization: forms of alef, final ya and ta marbuta, no tatweel
    "أ": "ا",
    "إ": "ا",
    "آ": "ا",
    "ٱ": "ا",
    "ى": "ي",
    "ی": "ي",
    "ک": "ك",
    "ة": "ه",
    "ـ": "",
    "\u200c": "",
    "\u200d": "",
    "\u00ad": "",
}
_LETTER = re.compile(f"[{''.join(_LETTERS)}]")
# Marks that may go: on Latin, Greek and Cyrillic letters, Hebrew points, Arabic vowels. Those of Indic scripts are vowels.
_LIGHT_MARKS = re.compile(
    "[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u0652\u0670](?<![\u0438\u0418][\u0300-\u036f])"
)
_LIGHT_AFTER_I = re.compile("[\u0300-\u0305\u0307-\u036f](?<=[\u0438\u0418].)")  # й is a letter of its own, not и with a mark


def fold(text: str) -> str:
    """Lower case, compatibility forms unified, without diacritics: "Façade" and "FACADE" are one."""
    if text.isascii():
        return text.lower()
    lowered = _plain(unicodedata.normalize("NFKC", text).lower())
    bare = _LIGHT_AFTER_I.sub("", _LIGHT_MARKS.sub("", unicodedata.normalize("NFD", lowered)))
    return _plain(unicodedata.normalize("NFC", bare))


def _plain(text: str) -> str:
    return _LETTER.sub(lambda letter: _LETTERS[letter[0]], text)


def key(text: str) -> str:
    """The form in which names, tags and sites are compared."""
    return " ".join(fold(text).split())
