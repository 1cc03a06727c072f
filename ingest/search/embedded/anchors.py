"""Which saved queries can match at all: each is filed under terms of which it needs at least one.

Of ten thousand rules a batch of articles has words for a few hundred; the others are not looked at. (The presearcher of
Lucene's monitor and the term extraction of Elasticsearch's percolator rest on the same thought.)
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain

from ingest.search.embedded.clauses import AllOf, AnyOf, Clause, Label, Never, Part, Run, Stem

_COMMON = ("lang:", "site:", "feed:")  # properties that many articles share
Anchor = tuple[str, bool]  # a term, or the beginning of one
Anchors = frozenset[Anchor]


class AnchorIndex:
    """Clauses by what they need, each known by its place in the sequence."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._by_term: dict[str, list[int]] = {}
        self._by_beginning: dict[str, list[int]] = {}
        self._always: list[int] = []
        for place, asked in enumerate(clauses):
            needed = anchors(asked)
            if needed is None:
                self._always.append(place)
                continue
            for term, is_beginning in needed:
                (self._by_beginning if is_beginning else self._by_term).setdefault(term, []).append(place)

    def candidates(self, known: set[str], words: Callable[[], set[str]]) -> set[int]:
        """The places of the clauses that articles with these terms may satisfy; all others they do not.

        `known`: those of the articles' terms that any clause names; `words`: all of them, asked for where a beginning is.
        """
        found = set(self._always).union(*(self._by_term[term] for term in known if term in self._by_term))
        if self._by_beginning:
            found.update(chain.from_iterable(self._begun(sorted(words()))))
        return found

    def _begun(self, terms: list[str]) -> Iterator[list[int]]:
        for beginning, places in self._by_beginning.items():
            at = bisect_left(terms, beginning)
            if at < len(terms) and terms[at].startswith(beginning):
                yield places


def anchors(asked: Clause) -> Anchors | None:  # noqa: PLR0911  # one for each kind of clause
    """Terms of which an article must have one to satisfy the clause; None where it may do without, as with a minus or dates."""
    match asked:
        case Stem(_, term):
            return frozenset({(term, False)})
        case Label(term, open_end):
            return frozenset({(term, open_end)})
        case Run(_, parts):
            return _rarest([frozenset({anchor}) for anchor in map(_of_part, parts) if anchor is not None])
        case AllOf(wanted, _):
            return _rarest([found for found in map(anchors, wanted) if found is not None])
        case AnyOf(items):
            found = [anchors(item) for item in items]
            return None if None in found else frozenset().union(*(part for part in found if part is not None))
        case Never():
            return frozenset()
        case _:
            return None


def _of_part(part: Part) -> Anchor | None:
    if part.one_before or part.one_behind:
        return None
    return part.form, part.open_end


def _rarest(choices: list[Anchors]) -> Anchors | None:
    """The choice that the fewest articles have, as far as that can be told: no common property, whole terms, few and long ones."""
    return min(choices, key=_commonness, default=None)


def _commonness(choice: Anchors) -> tuple[bool, bool, int, int]:
    terms = [term for term, _ in choice]
    open_end = any(is_beginning for _, is_beginning in choice)
    return any(term.startswith(_COMMON) for term in terms), open_end, len(terms), -min(map(len, terms), default=0)
