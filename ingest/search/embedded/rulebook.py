"""Saved rules made ready: for each language group when its first article comes, then kept, in memory and in a file."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np

from ingest.model import Article, Rule
from ingest.search.embedded import kept
from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.compiled import Compiled
from ingest.search.embedded.held import Held, Pieces, hold
from ingest.search.embedded.judge import Judge, judge
from ingest.search.embedded.sieve import Bits

Asked: TypeAlias = dict[str, list[int]]  # places of enabled rules by their query, which several may share
_FOLDERS = 2  # whose rules are kept in memory at a time: more than one only in tests


class Rulebook:
    """The rules of one index. `folder`: where what is compiled is kept; None: nowhere."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._rules: Sequence[Rule] = ()
        self._asked: Asked = {}
        self._ready: dict[str, Ready] = {}

    def asked(self, rules: Sequence[Rule]) -> Asked:
        """By query; the same object as long as the rules are the same."""
        rules = tuple(rules)
        if rules != self._rules:
            asked: Asked = {}
            for place, rule in enumerate(rules):
                if rule.enabled:
                    asked.setdefault(rule.query, []).append(place)
            self._rules, self._asked = rules, asked
        return self._asked

    def ready(self, group: str, asked: Asked) -> Ready:
        """The queries as the articles of a language group see them."""
        known = self._ready.get(group)
        if known is None:
            path = None if self._folder is None else self._folder / f"{group}.compiled"
            known = self._ready[group] = Ready(group, path)
        known.want(asked)
        return known


@functools.lru_cache(maxsize=_FOLDERS)
def rulebook(folder: Path | None) -> Rulebook:
    """The rulebook that is kept in `folder`."""
    return Rulebook(folder)


class Ready:
    """Queries that are compiled for one language group, and kept in a file at `path`."""

    def __init__(self, group: str, path: Path | None) -> None:
        self._group = group
        self._path = path
        self._asked: Asked = {}
        self._is_asked = np.zeros(0, np.bool_)  # by place
        self._use(Compiled.empty())

    def _use(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._pieces = Pieces(compiled.column_of, for_language(self._group))
        self._judges: dict[int, Judge] = {}

    def want(self, asked: Asked) -> None:
        """Compile what is missing: neither known nor in the file, where it goes then."""
        if asked is self._asked:
            return
        known = self._compiled
        if self._path is not None and not known.places.keys() >= asked.keys():
            known = kept.read(self._path) or known
        compiled = known.including([*asked], self._group)
        if self._path is not None and compiled is not known:
            kept.write(self._path, compiled)
        if compiled is not self._compiled:
            self._use(compiled)
        self._asked = asked
        self._is_asked = np.zeros(len(compiled.queries), np.bool_)
        self._is_asked[[compiled.places[query] for query in asked]] = True

    def matches(self, articles: Sequence[Article]) -> Iterator[tuple[str, int]]:
        """Queries, and the articles that satisfy each as bits, 64 of them at most."""
        compiled = self._compiled
        batch = hold(articles, self._pieces)
        holders = np.zeros(len(compiled.columns), np.uint64)
        for number, article in enumerate(batch):
            holders[article.columns()] |= np.uint64(1 << number)
        if compiled.beginnings:
            _mark_beginnings(compiled.beginnings, batch, holders)
        enough = compiled.sieve.enough
        for place, having in compiled.sieve.candidates(holders, (1 << len(batch)) - 1, self._is_asked):
            bits = having
            if not enough[place]:
                fits = self._judge(place)
                bits = sum([1 << number for number in ones(having) if fits(batch[number])])
            if bits:
                yield compiled.queries[place], bits

    def _judge(self, place: int) -> Judge:
        known = self._judges.get(place)
        if known is None:
            known = self._judges[place] = judge(self._compiled.clause(place), self._compiled.column_of)
        return known


def _mark_beginnings(beginnings: dict[str, int], batch: Sequence[Held], holders: Bits) -> None:
    """Set the columns of beginnings of words."""
    having: dict[str, int] = {}
    for number, article in enumerate(batch):
        bit = 1 << number
        for word in article.words():
            having[word] = having.get(word, 0) | bit
    words = sorted(having)
    for beginning, column in beginnings.items():
        at = bisect_left(words, beginning)
        bits = 0
        while at < len(words) and words[at].startswith(beginning):
            bits |= having[words[at]]
            at += 1
        holders[column] = bits


def ones(bits: int) -> list[int]:
    """The places of the ones."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
