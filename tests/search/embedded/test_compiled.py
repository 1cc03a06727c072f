"""Queries are compiled once, whatever other queries come and go."""

from __future__ import annotations

from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.clauses import NEVER, clause
from ingest.search.embedded.compiled import Compiled
from ingest.search.query import parse

QUERIES = ["Genf", '"Rat der Stadt" -Bern', "Klima*", "after:2026-11-01", "author:Müller", "-Bern"]


def compiled(*queries: str) -> Compiled:
    return Compiled.empty().including(queries, "de")


def test_a_query_is_what_it_asks_of_the_language() -> None:
    made = compiled(*QUERIES)

    assert [made.clause(made.places[query]) for query in QUERIES] == [clause(parse(query).root, for_language("de")) for query in QUERIES]


def test_nothing_is_made_again_where_nothing_is_missing() -> None:
    made = compiled(*QUERIES)

    assert made.including(QUERIES[2:], "de") is made


def test_a_further_query_comes_behind_the_others() -> None:
    made = compiled(*QUERIES)
    more = made.including([*QUERIES[1:], "Bern"], "de")

    assert more.queries == [*QUERIES, "Bern"]
    assert [more.clause(place) for place in range(len(QUERIES))] == [made.clause(place) for place in range(len(QUERIES))]
    assert more.clause(more.places["Bern"]) == clause(parse("Bern").root, for_language("de"))


def test_queries_that_nobody_asks_for_go_when_they_are_many() -> None:
    made = compiled(*(f"Wort{number}" for number in range(2_000)))

    assert made.including(["Wort7", "Genf"], "de").queries == ["Wort7", "Genf"]


def test_a_query_that_is_refused_matches_nothing() -> None:
    made = compiled("Genf", "((")

    assert made.clause(made.places["(("]) == NEVER
