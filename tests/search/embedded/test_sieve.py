"""The sieve lets a query through for exactly those articles that have a word of each of its groups."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.search.embedded.needs import Needs
from ingest.search.embedded.sieve import WIDTH, Sieve, build

_WORDS = st.sampled_from("abcdefgh")
_NEEDS = st.lists(
    st.one_of(
        st.none().map(Needs),
        st.lists(st.frozensets(_WORDS, min_size=1, max_size=3), max_size=3).map(lambda groups: Needs(tuple(groups))),
    ),
    max_size=12,
)
_ARTICLES = st.lists(st.sets(_WORDS), min_size=1, max_size=WIDTH)


def let_through(sieve: Sieve, columns: dict[str, int], articles: list[set[str]], asked: list[bool]) -> dict[int, int]:
    holders = np.zeros(len(columns), np.uint64)
    for number, words in enumerate(articles):
        for word in words & columns.keys():
            holders[columns[word]] |= np.uint64(1 << number)
    return dict(sieve.candidates(holders, (1 << len(articles)) - 1, np.array(asked, np.bool_)))


def expected(needed: list[Needs], articles: list[set[str]], asked: list[bool]) -> dict[int, int]:
    fitting = {
        place: sum(1 << number for number, words in enumerate(articles) if all(words & group for group in need.groups))
        for place, need in enumerate(needed)
        if asked[place] and need.groups is not None
    }
    return {place: bits for place, bits in fitting.items() if bits}


@settings(max_examples=150, deadline=None)
@given(_NEEDS, _NEEDS, _ARTICLES, st.data())
def test_it_lets_through_what_has_a_word_of_each_group(
    first: list[Needs], more: list[Needs], articles: list[set[str]], data: st.DataObject
) -> None:
    columns: dict[str, int] = {}
    every = [True] * len(first)
    sieve = build(first, columns)
    assert let_through(sieve, columns, articles, every) == expected(first, articles, every)

    both = sieve.joined(build(more, columns, len(first)))
    asked = data.draw(st.lists(st.booleans(), min_size=len(first + more), max_size=len(first + more)))

    assert let_through(both, columns, articles, asked) == expected([*first, *more], articles, asked)
