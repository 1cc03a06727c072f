"""The form in which a query is saved, so that the server tries it on few articles: pure.

The percolator looks saved queries up by the words that an article must hold. Of a conjunction it would take all words of all parts and
count for each article how many of them it has. We show it one word of each conjunction, the one that looks rarest. The other parts
stand behind two negations ("not one that does not fit"): there it does not look for words, but holds them against the article like any.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

from ingest.search.elastic.translate import is_certain
from ingest.search.embedded.analysis import UNKNOWN, for_language, primary

Json: TypeAlias = dict[str, Any]

_NEVER = -1.0  # nothing of it can be looked up
_RARITY = {"lang": 0.0, "site": 0.5, "feed": 0.5, "flag": 0.5, "tag": 0.5}  # of labels that many articles share; others are names
_JOINING = ("th",)  # the server's words are longer than ours there


class _Part(NamedTuple):
    query: Json
    rarity: float  # of the words by which it is looked up: the higher, the fewer articles have them


def narrowed(query: Json, field: str) -> Json:
    """A query that finds the same as `query`, as `translate.for_field` makes it for the language field `field`."""
    return _narrow(query, field).query


def _narrow(query: Json, field: str) -> _Part:
    match query:
        case {"bool": {"should": [*parts]} as inner}:
            return _either([_narrow(part, field) for part in parts], inner)
        case {"bool": inner}:
            return _all(query, [*inner.get("filter", ()), *inner.get("must", ())], inner.get("must_not", []), field)
        case {"term": {"keys": {"value": str(label)}}}:
            kind, _, value = label.partition(":")
            return _Part(query, _RARITY.get(kind, float(len(value))))
        case {"term": looked_at}:
            (term,) = looked_at.values()
            return _Part(query, float(len(term["value"])))
        case {"match_phrase": looked_at}:
            ((name, wanted),) = looked_at.items()
            return _phrase(query, name, wanted if isinstance(wanted, str) else wanted["query"], field)
        case _:
            return _Part(query, _NEVER)


def _either(parts: Sequence[_Part], inner: Json) -> _Part:
    return _Part({"bool": inner | {"should": [part.query for part in parts]}}, min(part.rarity for part in parts))


def _all(query: Json, must: Sequence[Json], must_not: Sequence[Json], field: str) -> _Part:
    parts = [_narrow(part, field) for part in must]
    rarest = max(range(len(parts)), key=lambda place: parts[place].rarity, default=None)
    if rarest is None or parts[rarest].rarity == _NEVER:
        return _Part(query, _NEVER)
    others = [part for place, part in enumerate(must) if place != rarest]
    return _Part(_with(parts[rarest].query, others, must_not), parts[rarest].rarity)


def _phrase(query: Json, name: str, text: str, field: str) -> _Part:
    """Looked up by its longest word, where we are certain of one; else by all of its words."""
    if not name.endswith((".exact", ".words")):  # stems, each of one word
        return _Part(query, float(len(text)))
    analysis = for_language(primary(field) if name.endswith(".exact") else UNKNOWN)
    tokens = analysis.query_tokens(text)
    certain = [t.exact for t in tokens if is_certain(t, text)] if field not in _JOINING else []
    if len(tokens) < 2 or not certain:
        return _Part(query, float(max((len(t.exact) for t in tokens), default=0)))
    longest = max(reversed(certain), key=len)  # of equal ones the last: a surname
    return _Part(_with({"term": {name: {"value": longest}}}, [query], []), float(len(longest)))


def _with(shown: Json, others: Sequence[Json], must_not: Sequence[Json]) -> Json:
    """`shown` and all `others` and none of `must_not`."""
    refused = [{"bool": {"must_not": [other]}} for other in others] + list(must_not)
    return {"bool": {"filter": [shown], "must_not": refused}} if refused else shown
