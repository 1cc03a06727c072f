"""Of which words an article needs one each, and when to have them is enough."""

from __future__ import annotations

import pytest

from ingest.search.embedded.analysis import for_language
from ingest.search.embedded.clauses import NEVER, AllOf, AnyOf, Clause, Every, clause
from ingest.search.embedded.needs import Needs, needs, words_of
from ingest.search.query import parse


def needed(query: str, language: str = "de") -> Needs:
    return needs(clause(parse(query).root, for_language(language)))


def groups(*words: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(word.split("|")) for word in words)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Genf", Needs(groups("de:genf"), enough=True)),
        ("title:Genf", Needs(groups("de:genf"))),  # it may be in the text only
        ("Konzern", Needs(groups("de:konz|de:konzern"), enough=True)),  # both that a word is looked for as
        ('"Rat der Stadt"', Needs(groups("rat", "der", "stadt"))),  # the order is to be looked at
        ('"Genf"', Needs(groups("genf"), enough=True)),
        ('title:"Genf"', Needs(groups("genf"))),
        ('"Genf Genf"', Needs(groups("genf"))),
        ("Genf Dortmund", Needs(groups("de:genf", "de:dortmund"), enough=True)),
        ("Genf OR Bern", Needs(groups("de:genf|de:bern"), enough=True)),
        ('Genf OR "Rat der Stadt"', Needs(groups("de:genf|stadt"))),  # the longest of a phrase
        ('lang:de OR "lang so"', Needs(groups("lang:de|lang"))),
        ("lang:de Genf", Needs(groups("lang:de", "de:genf"), enough=True)),
        ("lang:de", Needs(groups("lang:de"), enough=True)),
        ("Klima*", Needs(groups("*klima"))),
        ("Klima* Genf", Needs(groups("de:genf"))),  # to look for beginnings takes long
        ("place:Lon*", Needs(groups("*place:lon"))),
        ("feed:Nord", Needs(groups("feed nord|feed:nord"), enough=True)),
        ("author:Müller", Needs(groups("author muller|author:muller"), enough=True)),
        ("Genf -Bern", Needs(groups("de:genf"))),
        ("-Bern", Needs(())),
        ("Genf OR -Bern", Needs(())),
        ("after:2026-11-01", Needs(())),
        ("after:2026-11-01 Genf", Needs(groups("de:genf"))),
        ("*", Needs((), enough=True)),
    ],
)
def test_what_a_query_needs(query: str, expected: Needs) -> None:
    assert needed(query) == expected


def test_all_words_that_are_looked_for_as_they_are_are_told() -> None:
    asked = clause(parse('Genf -("Rat der Stadt" OR author:Müller) Klima* place:Lon*').root, for_language("de"))

    assert set(words_of(asked)) == {"de:genf", "rat", "der", "stadt", "author muller", "author:muller"}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (NEVER, Needs(None)),
        (AllOf((Every(), NEVER)), Needs(None)),
        (AnyOf((NEVER, NEVER)), Needs(None)),
        (AnyOf((NEVER, Every())), Needs(())),
    ],
)
def test_what_no_article_satisfies_is_let_through_for_none(asked: Clause, expected: Needs) -> None:
    assert needs(asked) == expected
