"""A checked query as a tantivy query.

An article has one language, so the query is translated once for each group of languages whose analysis makes the same of it, each
restricted to its articles, and the groups are joined by "or". Within a group, a stop word beside other words does not count:
in one field list with several analyzers it would be dropped for German, mandatory for English, and AND would find nothing.
Alone, or behind a minus, it is looked for as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Container, Iterable
from enum import Enum
from functools import partial
from typing import Final, Literal, TypeAlias

import tantivy
from tantivy import FieldType, Occur

from ingest.search.embedded.analysis import UNKNOWN, Analysis, Token, for_language, is_single
from ingest.search.embedded.schema import SCHEMA, label, second_key
from ingest.search.syntax import And, DateRange, Everything, Filter, Node, Not, Or, Phrase, Prefix, Scope, Word

TITLE_BOOST = 2.0  # a word of the title says more of an article than one of its text
_FIELDS = {Scope.ANY: ("title", "text"), Scope.TITLE: ("title",), Scope.TEXT: ("text",)}
_TEXTUAL = (Word, Phrase, Prefix)
_META = re.compile(r"[\\.+*?()|\[\]{}^$#&\-~]")


class _Every(Enum):
    ALL = "all"


_ALL: Final = _Every.ALL
_Made: TypeAlias = dict[tuple[str, ...], tantivy.Query]  # automata that several groups share
Found: TypeAlias = tantivy.Query | Literal[_Every.ALL] | None  # ALL finds every article, None finds none


def translate(root: Node, languages: Collection[str], vocabulary: Container[str] | None = None) -> tantivy.Query | None:
    """The query for an index that holds articles of `languages`; None when it can find nothing there.

    `vocabulary`: all terms of the index, where they are known; a clause whose term is not among them is left out early.
    """
    made: _Made = {}
    groups: dict[object, tuple[Analysis, list[str]]] = {}
    for language in sorted(languages):
        analysis = for_language(language)
        groups.setdefault(_differs(root, analysis), (analysis, []))[1].append(language)
    parts: list[Found] = []
    for analysis, members in groups.values():
        inner = _Group(analysis, vocabulary, made).node(root)
        if inner is not None:
            parts.append(inner if len(members) == len(languages) else _both(_unscored(_any_of("language", members)), inner))
    found = _any(parts)
    return tantivy.Query.all_query() if found is _ALL else found


def _differs(node: Node, analysis: Analysis) -> object:
    """What the analysis makes of the query, as far as languages can differ: those with the same value share a translation."""
    if isinstance(node, (And, Or)):
        return tuple(_differs(item, analysis) for item in node.items)
    if isinstance(node, Not):
        return _differs(node.item, analysis)
    if isinstance(node, Word):
        return analysis.group
    return tuple(t.exact for t in analysis.query_tokens(node.text)) if isinstance(node, (Phrase, Prefix)) else None


def has_words(node: Node) -> bool:
    """Whether any part is looked for in the text, so that language matters and hits have relevance."""
    if isinstance(node, (And, Or)):
        return any(map(has_words, node.items))
    if isinstance(node, Not):
        return has_words(node.item)
    return isinstance(node, _TEXTUAL)


def within(query: tantivy.Query, bounds: DateRange) -> tantivy.Query:
    """`query` and the dates."""
    return _both(query, _dates(bounds))


def key_at_most(query: tantivy.Query, key: int) -> tantivy.Query:
    """`query` from a place in the order of dates on."""
    return restricted(query, tantivy.Query.range_query(SCHEMA, "key", FieldType.Unsigned, None, key))


def restricted(query: tantivy.Query, to: tantivy.Query) -> tantivy.Query:
    """`query`, its scores as they are, among what `to` finds."""
    return tantivy.Query.boolean_query([(Occur.Must, query), (Occur.Must, _unscored(to))])


def counts_as_stop(word: Word, analysis: Analysis) -> bool:
    """Whether the word has no meaning of its own in the language."""
    token = analysis.single(word.text)
    return token is not None and not token.stem


def significant(items: Iterable[Node], analysis: Analysis) -> list[Node]:
    """The parts of a conjunction that count: stop words fall away where other text is left."""
    items = list(items)
    kept = [n for n in items if not (isinstance(n, Word) and counts_as_stop(n, analysis))]
    return kept if any(isinstance(n, (*_TEXTUAL, And, Or)) for n in kept) else items


def forms_of(token: Token) -> tuple[str, ...]:
    """What a word is looked for as: its stem, and itself.

    Snowball cuts some base forms shorter than their inflections (German Konzern to konz, Konzerns to konzern).
    """
    return (token.stem,) if token.stem == token.exact else (token.stem, token.exact)


class _Group:
    """Translates for one analysis."""

    def __init__(self, analysis: Analysis, vocabulary: Container[str] | None, made: _Made) -> None:
        self._analysis = analysis
        self._made = made
        self._vocabulary = vocabulary

    def node(self, node: Node) -> Found:  # noqa: PLR0911  # one for each kind of node
        match node:
            case Everything():
                return _ALL
            case And(items):
                return self._and(significant(items, self._analysis))
            case Or(items):
                return _any([self.node(item) for item in items])
            case Not():
                return self._and([node])
            case DateRange():
                return _dates(node)
            case Filter():
                return self._filter(node)
            case Word():
                return self._word(node)
            case Phrase():
                return self._adjacent([t.exact for t in self._analysis.query_tokens(node.text)], node.scope)
            case Prefix():
                return self._prefix(node)

    def _and(self, items: Iterable[Node]) -> Found:
        wanted: list[tuple[Occur, tantivy.Query]] = []
        for item in items:
            part = self.node(item.item if isinstance(item, Not) else item)
            if isinstance(item, Not):
                if part is _ALL:
                    return None
                if part is not None:
                    wanted.append((Occur.MustNot, part))
            elif part is None:
                return None
            elif part is not _ALL:
                wanted.append((Occur.Must, part))
        if not wanted:
            return _ALL
        if all(occur == Occur.MustNot for occur, _ in wanted):
            wanted.append((Occur.Must, _unscored(tantivy.Query.all_query())))
        elif len(wanted) == 1:
            return wanted[0][1]
        return tantivy.Query.boolean_query(wanted)

    def _known(self, term: str) -> bool:
        return self._vocabulary is None or term in self._vocabulary

    def _word(self, word: Word) -> Found:
        token = self._analysis.single(word.text)
        if token is None or not token.stem:
            forms = [token.exact] if token else [t.exact for t in self._analysis.query_tokens(word.text)]
            return self._adjacent(forms, word.scope)
        terms = [term for term in map(self._analysis.term, forms_of(token)) if self._known(term)]
        return _any([_fields(word.scope, partial(_term, term)) for term in terms])

    def _adjacent(self, forms: list[str], scope: Scope) -> Found:
        if not forms:
            return None
        lone = is_single(forms[0]) or is_single(forms[-1])  # may be half of a pair in the index
        if not lone and not all(map(self._known, forms)):
            return None
        return _fields(scope, lambda field: _phrase(f"{field}_exact", forms))

    def _prefix(self, prefix: Prefix) -> Found:
        forms = [t.exact for t in self._analysis.query_tokens(prefix.text)]
        if not forms:
            return None
        patterns = [*map(_escape, forms[:-1]), _escape(forms[-1]) + ".*"]
        return _fields(prefix.scope, lambda field: self._shared(f"{field}_exact", patterns))

    def _shared(self, field: str, patterns: list[str]) -> tantivy.Query:
        known = self._made.get((field, *patterns))
        if known is None:
            known = self._made[field, *patterns] = _patterns(field, patterns)
        return known

    def _filter(self, wanted: Filter) -> Found:
        parts: list[Found] = []
        if wanted.field in ("author", "feed"):  # words of a name: bylines and feed titles are written freely
            forms = [t.exact for t in for_language(UNKNOWN).query_tokens(wanted.value)]
            if wanted.prefix and forms:
                parts.append(_patterns(wanted.field, [*map(_escape, forms[:-1]), _escape(forms[-1]) + ".*"]))
            elif forms and all(map(self._known, forms)):
                parts.append(_phrase(wanted.field, forms))
        term = label(wanted.field, wanted.value)
        if wanted.prefix:
            parts.append(tantivy.Query.regex_query(SCHEMA, "labels", _escape(term) + ".*"))
        elif self._known(term):
            parts.append(tantivy.Query.term_query(SCHEMA, "labels", term, "basic"))
        found = _any(parts)
        return found if found is None or found is _ALL else _unscored(found)


def _dates(bounds: DateRange) -> tantivy.Query | Literal[_Every.ALL]:
    if bounds.since is None and bounds.until is None:
        return _ALL
    low = None if bounds.since is None else second_key(bounds.since, after=True)
    high = None if bounds.until is None else second_key(bounds.until, after=True)
    return _unscored(tantivy.Query.range_query(SCHEMA, "key", FieldType.Unsigned, low, high, include_upper=high is None))


def _fields(scope: Scope, make: Callable[[str], tantivy.Query]) -> tantivy.Query:
    queries = [(field, make(field)) for field in _FIELDS[scope]]
    if len(queries) == 1:
        return queries[0][1]
    boosted = [tantivy.Query.boost_query(q, TITLE_BOOST) if field == "title" else q for field, q in queries]
    return tantivy.Query.boolean_query([(Occur.Should, q) for q in boosted])


def _term(term: str, field: str) -> tantivy.Query:
    return tantivy.Query.term_query(SCHEMA, field, term, "freq")


def _phrase(field: str, forms: list[str]) -> tantivy.Query:
    first, last = forms[0], forms[-1]
    if is_single(first) or is_single(last):
        middle = [_escape(form) for form in forms]
        if len(forms) == 1:
            return tantivy.Query.regex_query(SCHEMA, field, f".?{middle[0]}.?")
        middle[0] = f".?{middle[0]}" if is_single(first) else middle[0]
        middle[-1] = f"{middle[-1]}.?" if is_single(last) else middle[-1]
        return _patterns(field, middle)
    if len(forms) == 1:
        return tantivy.Query.term_query(SCHEMA, field, first, "position")
    return tantivy.Query.phrase_query(SCHEMA, field, [*forms])


def _patterns(field: str, patterns: list[str]) -> tantivy.Query:
    if len(patterns) == 1:
        return tantivy.Query.regex_query(SCHEMA, field, patterns[0])
    return tantivy.Query.regex_phrase_query(SCHEMA, field, [*patterns])


def _escape(form: str) -> str:
    return _META.sub(r"\\\g<0>", form)


def _any_of(field: str, values: list[str]) -> tantivy.Query:
    if len(values) == 1:
        return tantivy.Query.term_query(SCHEMA, field, values[0], "basic")
    return tantivy.Query.term_set_query(SCHEMA, field, values)


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def _both(only: tantivy.Query, inner: tantivy.Query | Literal[_Every.ALL]) -> tantivy.Query:
    if inner is _ALL:
        return only
    return tantivy.Query.boolean_query([(Occur.Must, only), (Occur.Must, inner)])


def _any(parts: Iterable[Found]) -> Found:
    kept: list[tantivy.Query] = []
    for part in parts:
        if part is _ALL:
            return _ALL
        if part is not None:
            kept.append(part)
    if len(kept) < 2:
        return kept[0] if kept else None
    return tantivy.Query.boolean_query([(Occur.Should, part) for part in kept])
