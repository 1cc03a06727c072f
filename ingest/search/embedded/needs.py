"""Of which words an article must have one each to satisfy a clause: what tells at once that most clauses are not satisfied.

(The presearcher of Lucene's monitor and the term extraction of Elasticsearch's percolator rest on the same thought.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.search.embedded.clauses import EXACT, FIELDS, AllOf, AnyOf, Clause, Every, Label, Never, Part, Run, Stem
from ingest.search.syntax import Scope

BEGINNING = "*"  # in front of a word: any word that begins so. No word begins with it
_COMMON = ("lang:", "site:", "feed:")  # properties that many articles share
Group = frozenset[str]  # words of which one is enough


class Needs(NamedTuple):
    """`groups`: an article must have a word of each. None: no article satisfies the clause."""

    groups: tuple[Group, ...] | None
    enough: bool = False  # an article that has them satisfies the clause: nothing is left to look at


def word_in(field: str, form: str) -> str:
    """A form as a word of the article: those of title and text are one, those of bylines and names of feeds stand apart."""
    return f"{field} {form}" if field in ("author", "feed") else form


def needs(asked: Clause) -> Needs:  # noqa: PLR0911  # one for each kind of clause
    """What the clause needs."""
    match asked:
        case Stem(fields, term):
            return Needs((frozenset({term}),), enough=fields == FIELDS[Scope.ANY])
        case Label(term, open_end):
            return Needs((frozenset({BEGINNING + term if open_end else term}),), enough=not open_end)
        case Run(fields, parts):
            return _of_run(fields, parts)
        case AllOf(wanted, unwanted):
            return _of_all(map(needs, wanted), unwanted=bool(unwanted))
        case AnyOf(items):
            return _of_any(list(map(needs, items)))
        case Never():
            return Needs(None)
        case _:
            return Needs((), enough=isinstance(asked, Every))


def words_of(asked: Clause) -> Iterator[str]:
    """The words that the clause names and that are looked for as they are."""
    match asked:
        case Stem(_, term):
            yield term
        case Label(term, open_end) if not open_end:
            yield term
        case Run(fields, parts):
            yield from (word_in(fields[0], part.form) for part in parts if part.plain)
        case AllOf(wanted, unwanted):
            for item in (*wanted, *unwanted):
                yield from words_of(item)
        case AnyOf(items):
            for item in items:
                yield from words_of(item)


def _of_run(fields: tuple[str, ...], parts: tuple[Part, ...]) -> Needs:
    whole = [word_in(fields[0], part.form) for part in parts if part.plain]
    if whole:
        apart = fields == EXACT[Scope.ANY] or fields[0] not in EXACT[Scope.ANY]
        return Needs(tuple(frozenset({word}) for word in dict.fromkeys(whole)), enough=len(parts) == 1 and apart)
    begun = [BEGINNING + word_in(fields[0], part.form) for part in parts if part.open_end and not part.one_before]
    return Needs(tuple(frozenset({word}) for word in begun))


def _of_all(parts: Iterable[Needs], *, unwanted: bool) -> Needs:
    groups: dict[Group, None] = {}
    enough = not unwanted
    for part in parts:
        if part.groups is None:
            return part
        groups |= dict.fromkeys(part.groups)
        enough = enough and part.enough
    whole = [group for group in groups if not _has_beginning(group)]
    return Needs(tuple(whole or groups), enough and len(whole) == len(groups))  # to look for beginnings takes long


def _of_any(parts: list[Needs]) -> Needs:
    open_parts = [part for part in parts if part.groups is not None]
    if not open_parts:
        return Needs(None)
    if any(not part.groups for part in open_parts):
        return Needs(())
    best = frozenset().union(*(min(part.groups or (), key=_commonness) for part in open_parts))
    return Needs((best,), enough=all(part.enough and len(part.groups or ()) == 1 for part in open_parts))


def _has_beginning(group: Group) -> bool:
    return any(word.startswith(BEGINNING) for word in group)


def _commonness(group: Group) -> tuple[bool, bool, int, int]:
    """As far as that can be told: rare are whole words that are no common property, few and long ones."""
    return any(word.startswith(_COMMON) for word in group), _has_beginning(group), len(group), -min(map(len, group))
