"""Saved rules against a batch of articles, in memory: the same terms and the same clauses as in the index.

The articles of a language are the bits of a number, so a clause is evaluated for all of them at once: "and" is `&`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from operator import or_

from ingest.errors import QueryError
from ingest.log import logger
from ingest.model import Article, Match, Rule
from ingest.search.embedded.analysis import Analysis, for_language
from ingest.search.embedded.anchors import AnchorIndex
from ingest.search.embedded.clauses import AllOf, AnyOf, Clause, Dates, Every, Label, Never, Part, Run, Stem, clause, terms_of
from ingest.search.embedded.schema import check, sort_key, terms
from ingest.search.embedded.translate import key_range
from ingest.search.query import parse
from ingest.search.syntax import DateRange, Node

_BREAK = "\n"  # between terms: none holds one, and labels do hold blanks


def match_batch(articles: Sequence[Article], rules: Sequence[Rule]) -> list[Match]:
    """The pairs that fit, by rule, then by article, in the order given."""
    asked = tuple((rule.id, rule.query) for rule in rules if rule.enabled)
    compiled = _compiled(asked)
    groups: dict[str, list[int]] = {}
    for place, article in enumerate(articles):
        if _indexable(article):
            groups.setdefault(for_language(article.language).group, []).append(place)
    found: dict[int, list[int]] = {}
    for group, places in groups.items():
        ready = compiled.for_group(group)
        batch = _Batch([articles[place] for place in places], ready.asked_for)
        for number, bits in ready.evaluate(batch):
            found.setdefault(number, []).extend(places[bit] for bit in _ones(bits))
    return [Match(rule_id=asked[number][0], article_id=articles[place].id) for number in sorted(found) for place in sorted(found[number])]


def _indexable(article: Article) -> bool:
    """Whether the index takes it: what no search can find, no rule may match."""
    try:
        check(article)
    except (UnicodeEncodeError, ValueError, OverflowError):
        return False
    return True


class _Batch:
    """Articles of one language: where each term that somebody asks for stands. Bit n of a number is the nth article."""

    def __init__(self, articles: Sequence[Article], asked_for: frozenset[str]) -> None:
        self._found = [terms(article).all_fields() for article in articles]
        self.keys = [sort_key(article) for article in articles]
        self.all = (1 << len(articles)) - 1
        self._runs: dict[tuple[str, int], str] = {}
        self._holders: dict[str, dict[str, int]] = {}
        for number, article in enumerate(self._found):
            bit = 1 << number
            for field, words in article.items():
                holders = self._holders.setdefault(field, {})
                for word in asked_for.intersection(words):
                    holders[word] = holders.get(word, 0) | bit

    def known(self) -> set[str]:
        """The terms of any field that are asked for and there."""
        return set().union(*self._holders.values())

    def words(self) -> set[str]:
        """All terms of all fields."""
        return {word for article in self._found for words in article.values() for word in words}

    def holders(self, field: str, term: str) -> int:
        """The articles with `term` in `field`."""
        return self._holders[field].get(term, 0)

    def run(self, field: str, number: int) -> str:
        """The terms of a field of an article between single breaks, one before the first and one behind the last too."""
        known = self._runs.get((field, number))
        if known is None:
            known = self._runs[field, number] = f"{_BREAK}{_BREAK.join(self._found[number][field])}{_BREAK}"
        return known


class _Group:
    """The rules as the articles of one language group see them."""

    def __init__(self, rules: Iterable[tuple[int, Node]], analysis: Analysis) -> None:
        made = [(number, clause(root, analysis)) for number, root in rules]
        self._numbers = [number for number, _ in made]
        self._clauses = [asked for _, asked in made]
        self._anchors = AnchorIndex(self._clauses)
        self.asked_for = frozenset(term for asked in self._clauses for term in terms_of(asked))

    def evaluate(self, batch: _Batch) -> Iterable[tuple[int, int]]:
        """Rules, by their number, and the articles that satisfy each."""
        for place in self._anchors.candidates(batch.known(), batch.words):
            if bits := evaluate(self._clauses[place], batch):
                yield self._numbers[place], bits


class _Compiled:
    """Rules, made ready for each group of languages when the first article of it comes."""

    def __init__(self, asked: Iterable[tuple[int, str]]) -> None:
        self._parsed: list[tuple[int, Node]] = []
        self._groups: dict[str, _Group] = {}
        for number, (rule_id, query) in enumerate(asked):
            try:
                self._parsed.append((number, parse(query).root))
            except QueryError as error:
                logger().warning("rule refused", rule=rule_id, error=str(error))

    def for_group(self, group: str) -> _Group:
        if group not in self._groups:
            self._groups[group] = _Group(self._parsed, for_language(group))
        return self._groups[group]


@functools.lru_cache(maxsize=1)
def _compiled(asked: tuple[tuple[int, str], ...]) -> _Compiled:
    """Kept from batch to batch, for as long as the rules stay the same."""
    return _Compiled(asked)


def evaluate(asked: Clause, batch: _Batch) -> int:  # noqa: PLR0911  # one for each kind of clause
    """The articles that satisfy the clause."""
    match asked:
        case Stem(fields, term):
            return functools.reduce(or_, [batch.holders(field, term) for field in fields])
        case Run(fields, parts):
            return functools.reduce(or_, [_run(field, parts, batch) for field in fields])
        case Label(term, open_end):
            return _run("labels", (Part(term, open_end=open_end),), batch)
        case Dates(bounds):
            return _dates(bounds, batch)
        case AllOf(wanted, unwanted):
            return _all(wanted, unwanted, batch)
        case AnyOf(items):
            return functools.reduce(or_, [evaluate(item, batch) for item in items])
        case Every():
            return batch.all
        case Never():
            return 0


def _all(wanted: Iterable[Clause], unwanted: Iterable[Clause], batch: _Batch) -> int:
    bits = batch.all
    for item in wanted:
        bits &= bits and evaluate(item, batch)
    for item in unwanted:
        bits &= ~(bits and evaluate(item, batch))
    return bits


def _run(field: str, parts: tuple[Part, ...], batch: _Batch) -> int:
    bits = batch.all
    for part in parts:
        if part.plain:
            bits &= batch.holders(field, part.form)
    if not bits or (len(parts) == 1 and parts[0].plain):
        return bits
    if not (parts[0].one_before or parts[-1].one_behind):
        wanted = f"{_BREAK}{_BREAK.join([part.form for part in parts])}{'' if parts[-1].open_end else _BREAK}"
        return sum(1 << number for number in _ones(bits) if wanted in batch.run(field, number))
    pattern = re.compile(f"{_BREAK}{_BREAK.join(map(_pattern, parts))}{_BREAK}")
    return sum(1 << number for number in _ones(bits) if pattern.search(batch.run(field, number)))


def _pattern(part: Part) -> str:
    one = f"[^{_BREAK}]?"
    return f"{one if part.one_before else ''}{re.escape(part.form)}{one if part.one_behind else ''}"


def _dates(bounds: DateRange, batch: _Batch) -> int:
    low, high = key_range(bounds)
    return sum(1 << n for n, key in enumerate(batch.keys) if (low is None or key >= low) and (high is None or key < high))


def _ones(bits: int) -> list[int]:
    """The places of the ones."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found
