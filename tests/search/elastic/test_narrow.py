"""A saved query is looked up by one word of each conjunction, and asks for all the rest of it all the same."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.search.elastic.narrow import narrowed
from ingest.search.elastic.translate import ALL, for_field
from ingest.search.query import parse

Json = dict[str, Any]


def translated(query: str, field: str = "en") -> Json:
    found = for_field(parse(query).root, field, matching=True)
    assert found is not None
    assert found is not ALL
    return found


def saved(query: str, field: str = "en") -> Json:
    return narrowed(translated(query, field), field)


def looked_up(query: Any) -> set[str]:
    """What the percolator looks the query up by: it does not look into what is negated."""
    if isinstance(query, list):
        return set().union(*map(looked_up, query))
    (kind, inner), *_ = query.items()
    if kind == "bool":
        return looked_up([part for name in ("must", "filter", "should") for part in inner.get(name, ())])
    wanted = next(iter(inner.values()))
    return {wanted if isinstance(wanted, str) else str(wanted.get("value", wanted))}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("Genf", {"Genf", "genf"}),
        ('"in Genf"', {"genf"}),
        ('"Angela Merkel"', {"merkel"}),  # of two of one length the last, as a rule the surname
        ("Genf Ministerin", {"Ministerin", "ministerin"}),
        ('Genf "die Ministerin"', {"ministerin"}),
        ('"in Genf" OR "am See"', {"genf", "see"}),
        ('"in Genf" ("am See" OR Regierung)', {"genf"}),
        ("Genf -Ministerin", {"Genf", "genf"}),
        ("Genf Ministerin*", {"Genf", "genf"}),
        ("Genf after:2026-01-01", {"Genf", "genf"}),
        ("Genf site:example.org", {"Genf", "genf"}),
        ("site:example.org lang:de", {"site:example.org"}),
        ('author:"Anna Maria Schmidt"', {"schmidt"}),
    ],
)  # fmt: skip
def test_a_query_is_looked_up_by_the_word_that_looks_rarest(query: str, words: set[str]) -> None:
    assert looked_up(saved(query)) == words


@pytest.mark.parametrize("query", ["Genf", "Klima*", "-Sport", "after:2026-01-01", "Genf OR Klima*", "Klima* -Sport"])
def test_where_there_is_nothing_to_choose_a_query_stays_as_it_is(query: str) -> None:
    assert saved(query) == translated(query)


def test_what_is_not_looked_up_stands_behind_two_negations() -> None:
    assert saved('"in Genf" -Bahn', "und") == {
        "bool": {
            "filter": [{"bool": {
                "filter": [{"term": {"any.und.exact": {"value": "genf"}}}],
                "must_not": [{"bool": {"must_not": [{"match_phrase": {"any.und.exact": "in Genf"}}]}}],
            }}],
            "must_not": [{"bool": {"should": [
                {"match_phrase": {"any.und": "Bahn"}},
                {"term": {"any.und.exact": {"value": "bahn"}}},
            ], "minimum_should_match": 1}}],
        }
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ('"Färöer Müller"', "de"),  # the server leaves an e that we drop
        (f'"{"a" * 70} Ä"', "de"),  # we cut it
        ('"dpa-AFX Ticker"', "th"),  # one word there
        ('"北京 上海"', "zh"),
    ],
)
def test_words_of_which_the_server_may_make_others_are_not_chosen(query: str, field: str) -> None:
    assert saved(query, field) == translated(query, field)
