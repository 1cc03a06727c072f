"""All saved queries against a batch at once: which of them can match which articles, by the words that they need.

A column stands for a word, and holds the articles that have it as the bits of a number. A query needs groups of columns, one of
each group: "or" within the groups and "and" over them leaves the bits of the articles that may satisfy it, for 10,000 queries
in about a millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ingest.search.embedded.needs import Needs

WIDTH = 64  # articles at once: bits of a number
_Numbers: TypeAlias = NDArray[np.uint32]
Bits: TypeAlias = NDArray[np.uint64]


class Sieve(NamedTuple):
    """Queries, each known by its place in a sequence."""

    items: _Numbers  # columns, group by group
    groups: _Numbers  # where each group begins in `items`
    rows: _Numbers  # where the groups of each query begin in `groups`
    places: _Numbers  # of the queries that have groups
    always: _Numbers  # places of the queries that need nothing
    enough: NDArray[np.bool_]  # by place: whether to have what is needed is to match

    def candidates(self, holders: Bits, everything: int, asked: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Places, with the articles that have what the query needs, of the queries that are `asked`, by place.

        `holders`: articles by column; `everything`: all of them.
        """
        if len(self.rows):
            groups = np.bitwise_or.reduceat(holders[self.items], self.groups)
            fitting = np.bitwise_and.reduceat(groups, self.rows)
            hit = np.flatnonzero((fitting != 0) & asked[self.places])
            yield from zip(self.places[hit].tolist(), fitting[hit].tolist(), strict=True)
        for place in self.always[asked[self.always]].tolist():
            yield place, everything

    def joined(self, more: Sieve) -> Sieve:
        """With the queries of `more`, whose places and columns go on from these."""
        return Sieve(
            np.concatenate((self.items, more.items)),
            np.concatenate((self.groups, more.groups + np.uint32(len(self.items)))),
            np.concatenate((self.rows, more.rows + np.uint32(len(self.groups)))),
            np.concatenate((self.places, more.places)),
            np.concatenate((self.always, more.always)),
            np.concatenate((self.enough, more.enough)),
        )


def build(needed: Iterable[Needs], columns: dict[str, int], first: int = 0) -> Sieve:
    """Of queries that have the places from `first` on; words that have no column yet get the next ones."""
    items: list[int] = []
    groups: list[int] = []
    rows: list[int] = []
    places: list[int] = []
    always: list[int] = []
    enough: list[bool] = []
    for place, need in enumerate(needed, first):
        enough.append(need.enough)
        if need.groups is None:
            continue
        if not need.groups:
            always.append(place)
            continue
        rows.append(len(groups))
        places.append(place)
        for group in need.groups:
            groups.append(len(items))
            items += [columns.setdefault(word, len(columns)) for word in sorted(group)]
    return Sieve(
        np.array(items, np.uint32),
        np.array(groups, np.uint32),
        np.array(rows, np.uint32),
        np.array(places, np.uint32),
        np.array(always, np.uint32),
        np.array(enough, np.bool_),
    )
