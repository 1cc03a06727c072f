"""Organisations that papers of many languages write about, with the names and acronyms that these give them."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from ingest.enrich.forms import stem
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


def longest(language: str) -> int:
    """Words of the longest name."""
    return _listed(language).longest


def within(words: tuple[str, ...], language: str) -> bool:
    """All of the words stand in listed names of several words."""
    known = _listed(language).within
    return all(stem(word, language) in known for word in words)


@cache
def _listed(language: str) -> _Listed:
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for line in (bundled("models") / "gazetteer" / "organisations.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            names = line.split("\t")
            for name in names:
                found.setdefault(tuple(stem(word, language) for word in words_of(name)), (names[0], name))
    return _Listed(found, max(map(len, found)), frozenset(word for stems in found if len(stems) > 1 for word in stems))


def words_of(name: str) -> tuple[str, ...]:
    """Its words, of letters and digits."""
    return tuple(_WORD.findall(name))
