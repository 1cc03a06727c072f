"""Words of a text as the model counts them, and where its sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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


def worth_reading(words: Sequence[Word], bounds: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Runs of sentences that may hold a name. The others have one capital, at their first word, and that word stands in small
    letters elsewhere in the text: "The delay was short." A sentence without any capital is read: such texts name people in small letters.
    """
    small = {word.text for word in words if word.text.islower()}
    run: list[tuple[int, int]] = []
    for first, end in bounds:
        capitals = [word.text for word in words[first:end] if not word.text.islower() and word.text.lower() != word.text.upper()]
        if (
            len(capitals) == 1
            and not capitals[0].isupper()
            and capitals[0].lower() in small
            and capitals[0] in (w.text for w in words[first : first + 2])
        ):
            if run:
                yield run
            run = []
        else:
            run.append((first, end))
    if run:
        yield run
