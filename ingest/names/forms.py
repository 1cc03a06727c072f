# ruff: noqa: RUF001 - Cyrillic endings are meant
"""Whether two words are forms of one name: the endings that languages add to names, and no more grammar than that."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

EAST_SLAVIC = frozenset({"ru", "uk", "be", "bg", "mk"})  # written in Cyrillic
POLISH_LIKE = frozenset({"pl", "cs", "sk", "sl", "hr", "bs", "sr"})
GENITIVE_S = frozenset({"de", "nl", "sv", "da", "no", "en", "und"})
LEAST_STEM = 3  # letters: shorter stems join what does not belong together


def _longest_first(endings: str) -> tuple[str, ...]:
    return tuple(sorted(endings.split(), key=len, reverse=True))


_ENDINGS = {
    "cyrillic": _longest_first("""
        ого его ому ему ыми ими ым им ой ей ою ею ом ем ём ый ий ая яя ую юю ое ее ия ие ии ию ией ью
        ам ям ами ями ах ях а я у ю е и ы о ь й
    """),
    "latin": _longest_first("""
        iego ego iemu emu ych ich ymi imi iej ym im owi iowi iem em ie ia ii io ią ię a e i u y o ą ę
        om ami iami ach iach
    """),
}
# Polish consonants that change before endings: Polska, Polsce; Praga, Pradze; Haga, Hadze.
_SOFTENED = (("sc", "sk"), ("dz", "g"), ("c", "k"))


def alike(one: str, other: str, language: str) -> bool:
    """The two words may be forms of one name: they differ in an ending of the cases at most.

    >>> alike("Путина", "Путиным", "ru"), alike("Chinas", "China", "de"), alike("China", "Chile", "de")
    (True, True, False)
    """
    return one == other or stem(one, language) == stem(other, language)


@lru_cache(maxsize=50_000)
def stem(word: str, language: str) -> str:
    """What all forms of a name share, in lower case; no word of the language."""
    folded = word.casefold()
    if word.isupper() and len(word) < 6:  # an acronym: "USA" is no genitive
        return folded
    if language in EAST_SLAVIC:
        return _without(folded, "cyrillic")
    if language in POLISH_LIKE:
        cut = unicodedata.normalize("NFD", _without(folded, "latin").replace("ł", "l"))
        cut = "".join(c for c in cut if not unicodedata.combining(c))
        if cut.endswith(("ek", "ec")) and len(cut) > LEAST_STEM + 1:  # Marek, Marka
            cut = cut[:-2] + cut[-1]
        for soft, hard in _SOFTENED:
            if cut.endswith(soft):
                return cut.removesuffix(soft) + hard
        return cut
    if language in GENITIVE_S and len(folded) > LEAST_STEM:
        return folded.removesuffix("s")
    return folded


def _without(word: str, script: str) -> str:
    """Without up to two endings: the end of a nominative may look like one ("Газпром", "Газпрома")."""
    for _ in range(2):
        for ending in _ENDINGS[script]:
            if word.endswith(ending) and len(word) - len(ending) >= LEAST_STEM:
                word = word.removesuffix(ending)
                break
    return word
