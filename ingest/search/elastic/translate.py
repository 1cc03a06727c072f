"""A checked query as Elasticsearch's query DSL.

The text of an article is in the field of its language, so a query is translated once for each language field in use, each
restricted to the articles of that language, and joined by "or". Within one language a stop word beside other words does not
count (the index holds it all the same: alone, or in a phrase, it is looked for as it stands).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal, TypeAlias

from ingest.errors import QueryError
from ingest.search.elastic.languages import field_of
from ingest.search.embedded.analysis import MAX_TERM_CHARS, UNKNOWN, Token, for_language, is_single
from ingest.search.embedded.clauses import significant
from ingest.search.embedded.schema import label, terms_of_filter
from ingest.search.syntax import And, DateRange, Everything, Filter, Node, Not, Or, Phrase, Prefix, Scope, Word, has_words

TITLE_BOOST = 2.0  # a word of the title says more of an article than one of its text
# Languages whose stemmer cuts some base forms shorter than their inflections (German Konzern to konz, Konzerns to konzern):
# there the word is looked for among the stems, too.
UNEVEN = frozenset({"de", "tr"})
MAX_EXPANSIONS = 10_000  # words that the beginning behind a phrase may stand for
_SCOPES = {Scope.ANY: ("title_l", "text"), Scope.TITLE: ("title_l",), Scope.TEXT: ("text",)}
# The percolator gets title and text in one field as well: half the clauses and half the words to look a query up by.
_MATCHING = _SCOPES | {Scope.ANY: ("any",)}
_WORDS = {"author": "authors.words", "feed": "feed_title.words"}  # filters by words of a name: bylines are written freely

Json: TypeAlias = dict[str, Any]


class _Every(Enum):
    ALL = "all"


ALL: Final = _Every.ALL
Found: TypeAlias = Json | Literal[_Every.ALL] | None  # ALL finds every article, None finds none


def translate(root: Node, fields: Collection[str], max_clauses: int) -> Json | None:
    """The query for an index with text in `fields`; None where it can find nothing. Raises QueryError where it gets too large."""
    if not has_words(root):
        found = for_field(root, UNKNOWN)
        return {"match_all": {}} if found is ALL else found
    parts = []
    for field in sorted(_possible(root, fields)):
        inner = for_field(root, field)
        if inner is not None:
            only = {"term": {"language_field": field}}
            parts.append({"bool": {"filter": [only]} if inner is ALL else {"filter": [only], "must": [inner]}})
    clauses = sum(map(_leaves, parts))
    if clauses > max_clauses:
        raise QueryError(f"the query is too large for an index of {len(parts)} languages: leave out words, or say lang:… for one language")
    return _any(parts) if parts else None


def _possible(root: Node, fields: Collection[str]) -> set[str]:
    """The fields that can hold hits: where a conjunction names languages, only theirs."""
    wanted = set(fields)
    for node in root.items if isinstance(root, And) else (root,):
        named = _languages(node)
        if named:
            allowed = {field_of(value) for value in named}
            wanted &= allowed | {f for f in fields if f.partition("_")[0] in allowed}
    return wanted


def _languages(node: Node) -> set[str]:
    """The languages that the node demands one of; none where it demands something else."""
    if isinstance(node, Filter) and node.field == "lang":
        return {node.value}
    if isinstance(node, Or):
        each = [_languages(item) for item in node.items]
        return set().union(*each) if all(each) else set()
    return set()


def for_field(root: Node, field: str, *, matching: bool = False) -> Found:
    """The query over the articles whose text is in `field`; `matching`: as the percolator stores it, over its own fields."""
    return _Group(field, _MATCHING if matching else _SCOPES).node(root)


def has_scopes(text: str) -> bool:
    """Whether a query may look into title or text alone."""
    return "title:" in text.lower() or "text:" in text.lower()


def is_certain(token: Token, text: str) -> bool:
    """Whether the server's `.exact` has the word of `text` as we do: of some letters it makes others (Färöer, 2º), long words we cut.

    Between blanks, that is: in Thai it takes words with a hyphen for one.
    """
    return text[token.start : token.end].isascii() and len(token.exact) < MAX_TERM_CHARS


def dates(bounds: DateRange) -> Found:
    """Published within the bounds."""
    limits = {name: _moment(value) for name, value in (("gte", bounds.since), ("lt", bounds.until)) if value is not None}
    return {"range": {"published_at": limits}} if limits else ALL


def _moment(moment: datetime) -> str:
    return moment.isoformat()


class _Group:
    """Translates for one language field."""

    def __init__(self, field: str, scopes: Mapping[Scope, tuple[str, ...]]) -> None:
        self._field = field
        self._scopes = scopes
        self._analysis = for_language(field.partition("_")[0])

    def node(self, node: Node) -> Found:  # noqa: PLR0911  # one for each kind of node
        match node:
            case Everything():
                return ALL
            case And(items):
                return self._and(significant(items, self._analysis))
            case Or(items):
                return self._or(items)
            case Not():
                return self._and([node])
            case DateRange():
                return dates(node)
            case Filter():
                return self._filter(node)
            case Word():
                return self._word(node)
            case Phrase():
                return self._exactly(node.text, node.scope) if self._tokens(node.text) else None
            case Prefix():
                return self._prefix(node)

    def _tokens(self, text: str) -> list[str]:
        return [t.exact for t in self._analysis.query_tokens(text)]

    def _and(self, items: Iterable[Node]) -> Found:
        must: list[Json] = []
        must_not: list[Json] = []
        for item in items:
            part = self.node(item.item if isinstance(item, Not) else item)
            if isinstance(item, Not):
                if part is ALL:
                    return None
                if part is not None:
                    must_not.append(part)
            elif part is None:
                return None
            elif part is not ALL:
                must.append(part)
        if not must and not must_not:
            return ALL
        if len(must) == 1 and not must_not:
            return must[0]
        return {"bool": {name: parts for name, parts in (("must", must), ("must_not", must_not)) if parts}}

    def _or(self, items: Iterable[Node]) -> Found:
        parts = []
        for item in items:
            part = self.node(item)
            if part is ALL:
                return ALL
            if part is not None:
                parts.append(part)
        return _any(parts) if parts else None

    def _word(self, word: Word) -> Found:
        token = self._analysis.single(word.text)
        if token is None or not token.stem:
            return self._exactly(word.text, word.scope) if self._tokens(word.text) else None
        # As it stands, too: the server's stemmers keep marks that a reader leaves out (Plzen for Plzeň).
        parts = self._scopes[word.scope]
        forms = [_phrase(f"{part}.{self._field}", word.text) for part in parts] + [self._exact(part, word.text) for part in parts]
        if self._field in UNEVEN:
            forms += [{"term": {f"{part}.{self._field}": {"value": token.exact}}} for part in self._scopes[word.scope]]
        return _any(forms)

    def _exactly(self, text: str, scope: Scope) -> Json:
        return _any([self._exact(part, text) for part in self._scopes[scope]])

    def _exact(self, part: str, text: str) -> Json:
        field = f"{part}.{self._field}.exact"
        tokens = self._analysis.query_tokens(text)
        if len(tokens) == 1 and is_certain(tokens[0], text):  # the server would make the same of it, each time it tries the query
            wanted = {"value": tokens[0].exact}
            return {"term": {field: wanted | {"boost": TITLE_BOOST} if part == "title_l" else wanted}}
        return _phrase(field, text)

    def _prefix(self, prefix: Prefix) -> Found:
        tokens = self._tokens(prefix.text)
        if not tokens:
            return None
        return _any([_beginning(f"{part}.{self._field}.exact", prefix.text, tokens) for part in self._scopes[prefix.scope]])

    def _filter(self, wanted: Filter) -> Found:
        parts: list[Json] = []
        if wanted.field in _WORDS:
            field = _WORDS[wanted.field]
            tokens = [t.exact for t in for_language(UNKNOWN).query_tokens(wanted.value)]
            if wanted.prefix and tokens:
                parts.append(_beginning(field, wanted.value, tokens))
            elif tokens:
                parts.append(_phrase(field, wanted.value))
        if wanted.field != "author":
            if wanted.prefix:
                parts.append({"prefix": {"keys": {"value": label(wanted.field, wanted.value)}}})
            else:
                parts += [{"term": {"keys": {"value": term}}} for term in terms_of_filter(wanted.field, wanted.value)]
        return {"bool": {"filter": [_any(parts)]}} if parts else None


def _phrase(field: str, text: str) -> Json:
    """One word or several side by side, as the field's own analysis has them."""
    if field.startswith("title_l."):
        return {"match_phrase": {field: {"query": text, "boost": TITLE_BOOST}}}
    return {"match_phrase": {field: text}}


def _beginning(field: str, text: str, tokens: list[str]) -> Json:
    if len(tokens) == 1 and not is_single(tokens[0][0]):  # characters of Chinese and the like are words of their own there
        return {"prefix": {field: {"value": tokens[0]}}}
    return {"match_phrase_prefix": {field: {"query": text, "max_expansions": MAX_EXPANSIONS}}}


def _any(parts: list[Json]) -> Json:
    return parts[0] if len(parts) == 1 else {"bool": {"should": parts, "minimum_should_match": 1}}


def _leaves(query: Json) -> int:
    inner = query.get("bool")
    if inner is None:
        return 1
    return sum(_leaves(part) for parts in inner.values() if isinstance(parts, list) for part in parts)
