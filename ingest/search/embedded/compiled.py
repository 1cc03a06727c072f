"""Saved queries made ready for the articles of one language group: what each asks, and the sieve that spares most of the asking."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from ingest.errors import QueryError
from ingest.log import logger
from ingest.search.embedded import sieve
from ingest.search.embedded.analysis import Analysis, for_language
from ingest.search.embedded.clauses import NEVER, Clause, clause
from ingest.search.embedded.needs import BEGINNING, needs, words_of
from ingest.search.query import parse

_SPARE = 1_000  # queries that nobody asks for any more are left where they are as long as they are few


class Compiled:
    """Queries, each known by its place. It does not change; clauses stay encoded until they are asked for."""

    def __init__(self, queries: list[str], columns: list[str], rows: sieve.Sieve, clauses: bytes, starts: NDArray[np.uint32]) -> None:
        self.queries = queries
        self.columns = columns  # the words that any query names
        self.sieve = rows
        self.clauses = clauses  # one behind the other
        self.starts = starts  # of each in `clauses`, and the end of the last
        self._decoded: dict[int, Clause] = {}

    @classmethod
    def empty(cls) -> Compiled:
        """No query."""
        return cls([], [], sieve.build((), {}), b"", np.zeros(1, np.uint32))

    @functools.cached_property
    def places(self) -> dict[str, int]:
        """By query."""
        return {query: place for place, query in enumerate(self.queries)}

    @functools.cached_property
    def column_of(self) -> dict[str, int]:
        """By word."""
        return {word: column for column, word in enumerate(self.columns)}

    @functools.cached_property
    def beginnings(self) -> dict[str, int]:
        """Columns of beginnings of words."""
        return {word[len(BEGINNING) :]: column for column, word in enumerate(self.columns) if word.startswith(BEGINNING)}

    def clause(self, place: int) -> Clause:
        """What the query asks."""
        known = self._decoded.get(place)
        if known is None:
            encoded = self.clauses[self.starts[place] : self.starts[place + 1]]
            known = self._decoded[place] = _DECODER.decode(encoded)
        return known

    def including(self, wanted: Sequence[str], group: str) -> Compiled:
        """With these queries, distinct ones, for articles of the language group. One that is refused matches nothing."""
        missing = [query for query in wanted if query not in self.places]
        if not missing:
            return self
        analysis = for_language(group)
        if len(self.queries) + len(missing) <= 2 * len(wanted) + _SPARE:
            return self.followed_by(missing, [_clause(query, analysis) for query in missing])
        known = self.places
        kept = [self.clause(known[query]) if query in known else _clause(query, analysis) for query in wanted]
        return Compiled.empty().followed_by(wanted, kept)

    def followed_by(self, queries: Sequence[str], clauses: Iterable[Clause]) -> Compiled:
        """With these queries behind its own, and what each asks."""
        made = list(clauses)
        columns = dict(self.column_of)
        more = sieve.build(map(needs, made), columns, len(self.queries))
        for asked in made:
            for word in words_of(asked):
                columns.setdefault(word, len(columns))
        encoded = [_ENCODER.encode(asked) for asked in made]
        ends = self.starts[-1] + np.cumsum([len(part) for part in encoded], dtype=np.uint32)
        return Compiled(
            [*self.queries, *queries],
            [*columns],
            self.sieve.joined(more),
            b"".join((self.clauses, *encoded)),
            np.concatenate((self.starts, ends)),
        )


def _clause(query: str, analysis: Analysis) -> Clause:
    try:
        return clause(parse(query).root, analysis)
    except QueryError as error:
        logger().warning("query of a rule refused", query=query[:200], error=str(error))
        return NEVER


_ENCODER = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[Clause] = msgspec.msgpack.Decoder(Clause)
