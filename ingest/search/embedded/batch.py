"""Saved rules against a batch of articles, in memory: the same terms and the same clauses as in the index."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np

from ingest.model import Article, Match, Rule
from ingest.search.embedded import sieve
from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.compiled import Compiled
from ingest.search.embedded.held import Columns, Held
from ingest.search.embedded.schema import check


def match_batch(articles: Sequence[Article], rules: Sequence[Rule]) -> list[Match]:
    """The pairs that fit, by rule, then by article, in the order given."""
    asked = _asked(rules)
    groups: dict[str, list[int]] = {}
    for place, article in enumerate(articles):
        if _indexable(article):
            groups.setdefault(for_language(article.language).group, []).append(place)
    pairs: list[tuple[int, int]] = []
    for group, places in groups.items():
        ready = _ready(group)
        ready.want(asked)
        for start in range(0, len(places), sieve.WIDTH):
            some = places[start : start + sieve.WIDTH]
            for query, bits in ready.matches([articles[place] for place in some]):
                pairs += [(number, some[bit]) for number in asked.get(query, ()) for bit in _ones(bits)]
    pairs.sort()
    return [Match(rule_id=rules[number].id, article_id=articles[place].id) for number, place in pairs]


_Asked = dict[str, list[int]]  # places of rules by their query


class _Last:
    """The rules of the last batch: those of the next are the same most of the time."""

    rules: Sequence[Rule] = ()
    asked: _Asked = {}  # noqa: RUF012  # replaced, never changed


def _asked(rules: Sequence[Rule]) -> _Asked:
    rules = tuple(rules)
    if rules != _Last.rules:
        asked: _Asked = {}
        for number, rule in enumerate(rules):
            if rule.enabled:
                asked.setdefault(rule.query, []).append(number)
        _Last.rules, _Last.asked = rules, asked
    return _Last.asked


def _indexable(article: Article) -> bool:
    """Whether the index takes it: what no search can find, no rule may match."""
    try:
        check(article)
    except (UnicodeEncodeError, ValueError, OverflowError):
        return False
    return True


class _Ready:
    """The queries as the articles of one language group see them, kept from batch to batch."""

    def __init__(self, group: str) -> None:
        self._group = group
        self._asked: _Asked = {}
        self._use(Compiled.empty())

    def _use(self, compiled: Compiled) -> None:
        self._compiled = compiled
        self._columns = Columns(compiled, for_language(self._group))

    def want(self, asked: _Asked) -> None:
        """Make these queries ready."""
        if asked is self._asked:
            return
        compiled = self._compiled.including([*asked], self._group)
        if compiled is not self._compiled:
            self._use(compiled)
        self._asked = asked

    def matches(self, articles: Sequence[Article]) -> Iterator[tuple[str, int]]:
        """Queries and the articles that satisfy each, as bits; some of them are perhaps not asked for any more."""
        compiled = self._compiled
        batch = [Held(article, self._columns) for article in articles]
        holders = np.zeros(len(compiled.columns), np.uint64)
        for number, article in enumerate(batch):
            holders[list(article.columns)] |= np.uint64(1 << number)
        if compiled.beginnings:
            _mark_beginnings(compiled.beginnings, batch, holders)
        enough = compiled.sieve.enough
        for place, bits in compiled.sieve.candidates(holders, (1 << len(batch)) - 1):
            if not enough[place]:
                asked = compiled.clause(place)
                bits = sum(1 << number for number in _ones(bits) if batch[number].fits(asked))  # noqa: PLW2901
            if bits:
                yield compiled.queries[place], bits


@functools.cache
def _ready(group: str) -> _Ready:
    return _Ready(group)


def _mark_beginnings(beginnings: dict[str, int], batch: Sequence[Held], holders: sieve.Bits) -> None:
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


def _ones(bits: int) -> list[int]:
    """The places of the ones."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
