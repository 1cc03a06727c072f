"""Words of a text as the model counts them, and where its sentences end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_STOPS = frozenset(".!?…。؟")
_CLOSING = frozenset("\"'”“’»«)]›‹")  # noqa: RUF001 - typographic quotes are meant


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# After these a full stop ends no sentence. Numbers and single letters are looked at apart.
_ABBREVIATIONS = _words("""
    abs abt art bzw ca chr co corp dr dra drs dt etc evtl exc fr frhr geb gen geo gov hl hr hrsg inc ing jr lic lt ltd mag maj mio mme mlle mr mrs
    ms mrd nr no núm op pag pp pr prof red rep rev sen sgt sig sr sra st sta ste str std tel ul usw vgl vol vs wg zit zt
    adm cap col dhr mevr mgr inż hab ks św tzw np ok ub ur им ул
""")


class Word(NamedTuple):
    """Characters `start` up to `end` of a text. `gap` is the white space before it, "" for none; the first word has one."""

    text: str
    start: int
    end: int
    gap: str


def split(text: str, pattern: re.Pattern[str]) -> list[Word]:
    """All matches of `pattern`."""
    words: list[Word] = []
    end = 0
    for match in pattern.finditer(text):
        start = match.start()
        words.append(Word(match.group(), start, match.end(), text[end:start] if words else text[end:start] or " "))
        end = match.end()
    return words


def sentences(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Spans of `words`, one a sentence; all together cover every word. A line break ends a sentence, whatever it holds."""
    found: list[tuple[int, int]] = []
    first = 0
    for index in range(1, len(words)):
        if "\n" in words[index].gap or (words[index].gap and _ends(words, index)):
            found.append((first, index))
            first = index
    if words:
        found.append((first, len(words)))
    return found


def _ends(words: Sequence[Word], index: int) -> bool:
    """A sentence ends before `words[index]`, which has white space before it."""
    following = words[index].text
    if following[0].islower():
        return False
    last = index - 1
    while last > 0 and words[last].text in _CLOSING and not words[last].gap:
        last -= 1
    stop = words[last].text
    if stop not in _STOPS:
        return False
    if stop != "." or last == 0 or last < index - 1:
        return True
    before = words[last - 1].text
    return not (before.isdigit() or len(before) == 1 or before.lower() in _ABBREVIATIONS)
