"""Whether an article satisfies a clause: the clause turned into a function, once, because many articles are asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from ingest.search.embedded.clauses import AllOf, AnyOf, Clause, Dates, Every, Label, Never, Part, Run, Stem
from ingest.search.embedded.held import Held
from ingest.search.embedded.needs import word_in
from ingest.search.embedded.translate import key_range

Judge: TypeAlias = Callable[[Held], bool]


def judge(asked: Clause, columns: Mapping[str, int]) -> Judge:  # noqa: PLR0911  # one for each kind of clause
    """What tells of an article whether it satisfies the clause; all words of the clause have a column."""
    match asked:
        case Stem(fields, term):
            return _word(fields, columns[term])
        case Run(fields, parts):
            return _run(fields, parts, columns)
        case Label(term, open_end):
            return _beginning(term) if open_end else _word(("labels",), columns[term])
        case AllOf(wanted, unwanted):
            return _all([judge(item, columns) for item in wanted], [judge(item, columns) for item in unwanted])
        case AnyOf(items):
            return _any([judge(item, columns) for item in items])
        case Dates(bounds):
            return _within(*key_range(bounds))
        case Every():
            return lambda _: True
        case Never():
            return lambda _: False


def _word(fields: Sequence[str], column: int) -> Judge:
    def fits(article: Held) -> bool:
        return any(column in article.columns_of[field] for field in fields)

    return fits


def _run(fields: tuple[str, ...], parts: tuple[Part, ...], columns: Mapping[str, int]) -> Judge:
    whole = frozenset(columns[word_in(fields[0], part.form)] for part in parts if part.plain)
    if len(parts) == 1 and whole:
        return _word(fields, *whole)
    if parts[0].one_before or parts[-1].one_behind:
        pattern = re.compile(f" {' '.join(map(_pattern, parts))} ")
        return lambda article: any(
            whole <= article.columns_of[field] and pattern.search(article.runs[field]) is not None for field in fields
        )
    run = f" {' '.join([part.form for part in parts])}{'' if parts[-1].open_end else ' '}"

    def fits(article: Held) -> bool:
        for field in fields:  # noqa: SIM110  # half the time of any(), and this is asked most
            if whole <= article.columns_of[field] and run in article.runs[field]:
                return True
        return False

    return fits


def _pattern(part: Part) -> str:
    return f"{'[^ ]?' if part.one_before else ''}{re.escape(part.form)}{'[^ ]?' if part.one_behind else ''}"


def _beginning(term: str) -> Judge:
    return lambda article: any(label.startswith(term) for label in article.labels)


def _all(wanted: Sequence[Judge], unwanted: Sequence[Judge]) -> Judge:
    return lambda article: all(fits(article) for fits in wanted) and not any(fits(article) for fits in unwanted)


def _any(items: Sequence[Judge]) -> Judge:
    return lambda article: any(fits(article) for fits in items)


def _within(low: int | None, high: int | None) -> Judge:
    return lambda article: (low is None or article.key >= low) and (high is None or article.key < high)
