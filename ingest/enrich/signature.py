"""The signature of a text, by which copies of one report are found in any language.

A shingle is a run of words. The hashes of all shingles of a text are compared with those of another; to keep little, only
the least hashes are kept, which is a random sample, and the same one on both sides (A. Broder, "On the resemblance and
containment of documents", SEQUENCES 1997). A cut tail, a prefix, a new headline or a replaced sentence leaves most
shingles as they were, while different reports of one event share hardly any.
"""

from __future__ import annotations

import re
import unicodedata
import zlib

import numpy as np
from numpy.typing import NDArray

from ingest.model import Signature

WORDS = 5  # of a shingle: long enough that two reports rarely share one by chance, short enough for edits between them
CHARACTERS = 8  # of a shingle, in scripts without blanks, where a word has about two
SAMPLE = 96  # hashes kept, 768 bytes: the share of common shingles comes out within 10 points, 19 times in 20

# Han, kana, Thai, Lao, Tibetan, Myanmar, Khmer: written without blanks.
_UNSPACED = "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Vowel signs and other marks belong to the word, though they are no letters: Latin, Hebrew, Arabic, Indic scripts.
_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(f"[^\\W_](?:[^\\W_]|[{_MARKS}])*")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_CHARACTER_OR_WORD = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[^\\W_])+")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def signature(text: str) -> Signature:
    """Of the text alone: headlines of copies differ. Empty where the text is shorter than a shingle."""
    words, span = _words(text)
    if len(words) < span:
        return Signature()
    # One call encodes all words: no word holds a blank.
    codes = np.array(list(map(zlib.crc32, " ".join(words).encode("utf-8", "surrogatepass").split(b" "))), np.uint64)
    number = len(words) - span + 1
    hashes = np.zeros(number, np.uint64)
    for place in range(span):
        hashes = _mix((hashes ^ codes[place : place + number]) + _GOLDEN)
    distinct = np.unique(hashes >> np.uint64(1))  # 63 bits: what a signed column of a database holds
    return Signature(hashes=distinct[:SAMPLE].astype("<u8").tobytes(), shingles=len(distinct))


def _words(text: str) -> tuple[list[str], int]:
    """The words, or characters where most are written without blanks, and how many make a shingle."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower()), WORDS
    plain = unicodedata.normalize("NFKC", text).casefold()
    if not _ANY_UNSPACED.search(plain):
        return _WORD.findall(plain), WORDS
    tokens = _CHARACTER_OR_WORD.findall(plain)
    characters = sum(1 for token in tokens if _ANY_UNSPACED.match(token))
    return tokens, CHARACTERS if characters * 2 > len(tokens) else WORDS


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (G. Steele, D. Lea, C. Flood, OOPSLA 2014): every bit of the input moves half of the output's."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
