"""Organisations that papers of many languages write about, with the names and acronyms that these give them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.names.forms import stem
from ingest.resources import bundled

_WORD = re.compile(r"[^\W_]+")


class _Listed(NamedTuple):
    by_stems: dict[tuple[str, ...], tuple[str, str]]  # -> (name for the key, name to show)
    longest: int  # words
    within: frozenset[str]  # stems of the words of names of several


@lru_cache(maxsize=50_000)
def find(words: tuple[str, ...], language: str) -> tuple[str, str] | None:
    """The name that all languages file the organisation under, and the one to show; None for one that is not listed.

    >>> find(("Europäischen", "Union"), "de")
    ('European Union', 'Europäische Union')
    """
    return _listed(language).by_stems.get(tuple(stem(word, language) for word in words))


def filed(name: str) -> str | None:
    """The name that the organisation is filed under which has this name in any language, in upper or lower case.

    >>> filed("vereinte nationen"), filed("Sportverein Nord")
    ('United Nations', None)
    """
    return _folded().get(name.casefold())


def longest(language: str) -> int:
    """Words of the longest name."""
    return _listed(language).longest


def within(words: tuple[str, ...], language: str) -> bool:
    """All of the words stand in listed names of several words."""
    known = _listed(language).within
    return all(stem(word, language) in known for word in words)


@cache
def _names() -> tuple[list[str], ...]:
    """The names of each, that for the key first."""
    lines = (bundled("models") / "gazetteer" / "organisations.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(line.split("\t") for line in lines if not line.startswith("#"))


@cache
def _folded() -> dict[str, str]:
    folded: dict[str, str] = {}
    for names in _names():
        for name in names:
            folded.setdefault(name.casefold(), names[0])
    return folded


@cache
def _listed(language: str) -> _Listed:
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for names in _names():
        for name in names:
            found.setdefault(tuple(stem(word, language) for word in words_of(name)), (names[0], name))
    return _Listed(found, max(map(len, found)), frozenset(word for stems in found if len(stems) > 1 for word in stems))


def words_of(name: str) -> tuple[str, ...]:
    """Its words, of letters and digits."""
    return tuple(_WORD.findall(name))
