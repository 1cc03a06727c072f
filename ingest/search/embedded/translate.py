"""A checked query as a tantivy query.

An article has one language, so the query is translated once for each group of languages whose analysis makes the same of it, each
restricted to its articles, and the groups are joined by "or".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable

import tantivy
from tantivy import FieldType, Occur

from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.clauses import NEVER, AllOf, AnyOf, Clause, Dates, Every, Label, Never, Part, Run, Stem, clause
from ingest.search.embedded.schema import SCHEMA, second_key
from ingest.search.syntax import DateRange, Node

TITLE_BOOST = 2.0  # a word of the title says more of an article than one of its text
_META = re.compile(r"[\\.+*?()|\[\]{}^$#&\-~]")


def translate(root: Node, languages: Collection[str]) -> tantivy.Query | None:
    """The query for an index that holds articles of `languages`; None when it can find nothing there."""
    groups: dict[Clause, list[str]] = {}
    for language in sorted(languages):
        groups.setdefault(clause(root, for_language(language)), []).append(language)
    translator = _Translator()
    parts = [
        translator.query(asked)
        if len(members) == len(languages)
        else _both(_unscored(_any_of("language", members)), translator.query(asked))
        for asked, members in groups.items()
        if asked is not NEVER
    ]
    return _any(parts) if parts else None


def within(query: tantivy.Query, bounds: DateRange) -> tantivy.Query:
    """`query` and the dates."""
    return _both(query, _dates(bounds))


def key_at_most(query: tantivy.Query, key: int) -> tantivy.Query:
    """`query` from a place in the order of dates on."""
    return restricted(query, tantivy.Query.range_query(SCHEMA, "key", FieldType.Unsigned, None, key))


def restricted(query: tantivy.Query, to: tantivy.Query) -> tantivy.Query:
    """`query`, its scores as they are, among what `to` finds."""
    return tantivy.Query.boolean_query([(Occur.Must, query), (Occur.Must, _unscored(to))])


class _Translator:
    """Clauses to queries; automata that several groups share are built once."""

    def __init__(self) -> None:
        self._automata: dict[tuple[str, ...], tantivy.Query] = {}

    def query(self, asked: Clause) -> tantivy.Query:  # noqa: PLR0911  # one for each kind of clause
        match asked:
            case Stem(fields, term):
                return _fields(fields, lambda field: tantivy.Query.term_query(SCHEMA, field, term, "freq"))
            case Run(fields, parts):
                run = _fields(fields, lambda field: self._run(field, parts))
                return run if asked.scored else _unscored(run)
            case Label(term, open_end):
                return _unscored(self._label(term, open_end=open_end))
            case Dates(bounds):
                return _dates(bounds)
            case AllOf(wanted, unwanted):
                return self._all(wanted, unwanted)
            case AnyOf(items):
                return _any([self.query(item) for item in items])
            case Every():
                return tantivy.Query.all_query()
            case Never():
                return tantivy.Query.empty_query()

    def _all(self, wanted: Iterable[Clause], unwanted: Iterable[Clause]) -> tantivy.Query:
        must = [(Occur.Must, self.query(item)) for item in wanted] or [(Occur.Must, _unscored(tantivy.Query.all_query()))]
        return tantivy.Query.boolean_query([*must, *((Occur.MustNot, self.query(item)) for item in unwanted)])

    def _run(self, field: str, parts: tuple[Part, ...]) -> tantivy.Query:
        if not all(part.plain for part in parts):
            return self._patterns(field, [_pattern(part) for part in parts])
        if len(parts) == 1:
            return tantivy.Query.term_query(SCHEMA, field, parts[0].form, "position")
        return tantivy.Query.phrase_query(SCHEMA, field, [part.form for part in parts])

    def _patterns(self, field: str, patterns: list[str]) -> tantivy.Query:
        known = self._automata.get((field, *patterns))
        if known is None:
            make = tantivy.Query.regex_phrase_query if len(patterns) > 1 else _single_regex
            known = self._automata[field, *patterns] = make(SCHEMA, field, [*patterns])
        return known

    def _label(self, term: str, *, open_end: bool) -> tantivy.Query:
        if open_end:
            return tantivy.Query.regex_query(SCHEMA, "labels", _escape(term) + ".*")
        return tantivy.Query.term_query(SCHEMA, "labels", term, "basic")


def _single_regex(schema: tantivy.Schema, field: str, patterns: list[str | tuple[int, str]]) -> tantivy.Query:
    return tantivy.Query.regex_query(schema, field, str(patterns[0]))


def _pattern(part: Part) -> str:
    behind = ".*" if part.open_end else ".?" if part.one_behind else ""
    return f"{'.?' if part.one_before else ''}{_escape(part.form)}{behind}"


def _escape(form: str) -> str:
    return _META.sub(r"\\\g<0>", form)


def key_range(bounds: DateRange) -> tuple[int | None, int | None]:
    """The least sort key that is within, and the first that is not any more."""
    low = None if bounds.since is None else second_key(bounds.since, after=True)
    high = None if bounds.until is None else second_key(bounds.until, after=True)
    return low, high


def _dates(bounds: DateRange) -> tantivy.Query:
    low, high = key_range(bounds)
    return _unscored(tantivy.Query.range_query(SCHEMA, "key", FieldType.Unsigned, low, high, include_upper=high is None))


def _fields(fields: tuple[str, ...], make: Callable[[str], tantivy.Query]) -> tantivy.Query:
    if len(fields) == 1:
        return make(fields[0])
    queries = [(field, make(field)) for field in fields]
    boosted = [tantivy.Query.boost_query(q, TITLE_BOOST) if field.startswith("title") else q for field, q in queries]
    return tantivy.Query.boolean_query([(Occur.Should, q) for q in boosted])


def _any_of(field: str, values: list[str]) -> tantivy.Query:
    if len(values) == 1:
        return tantivy.Query.term_query(SCHEMA, field, values[0], "basic")
    return tantivy.Query.term_set_query(SCHEMA, field, values)


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _both(only: tantivy.Query, inner: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Must, only), (Occur.Must, inner)])


def _any(parts: list[tantivy.Query]) -> tantivy.Query:
    return parts[0] if len(parts) == 1 else tantivy.Query.boolean_query([(Occur.Should, part) for part in parts])
