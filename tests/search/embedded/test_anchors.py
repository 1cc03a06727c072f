"""A rule is looked at where an article has one of the terms that it needs, and nowhere else."""

from __future__ import annotations

import pytest

from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.anchors import AnchorIndex, Anchors, anchors
from ingest.search.embedded.clauses import clause
from ingest.search.query import parse


def needed(query: str, language: str = "de") -> Anchors | None:
    return anchors(clause(parse(query).root, for_language(language)))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Genf", {("de:genf", False)}),
        ("Konzern", {("de:konz", False), ("de:konzern", False)}),  # both that a word is looked for as
        ('"Rat der Stadt"', {("stadt", False)}),  # the longest of a phrase
        ("Genf Dortmund", {("de:dortmund", False)}),  # the longest of several words
        ("Genf OR Bern", {("de:genf", False), ("de:bern", False)}),
        ("lang:de Genf", {("de:genf", False)}),  # rather than what many articles share
        ("lang:de", {("lang:de", False)}),
        ("Klima*", {("klima", True)}),
        ("Genf -Bern", {("de:genf", False)}),
        ("-Bern", None),
        ("Genf OR -Bern", None),
        ("after:2026-11-01", None),
        ("after:2026-11-01 Genf", {("de:genf", False)}),
    ],
)
def test_what_a_query_needs(query: str, expected: set[tuple[str, bool]] | None) -> None:
    assert needed(query) == (None if expected is None else frozenset(expected))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"de:genf"}, {"Genf", "-Bern"}),
        ({"klimawandel"}, {"Klima*", "-Bern"}),
        ({"klim"}, {"-Bern"}),
        (set(), {"-Bern"}),
    ],
)
def test_candidates(words: set[str], expected: set[str]) -> None:
    queries = ["Genf", "Klima*", "-Bern", "Zug OR Bahn"]
    index = AnchorIndex([clause(parse(query).root, for_language("de")) for query in queries])

    assert {queries[place] for place in index.candidates(words, lambda: words)} == expected
