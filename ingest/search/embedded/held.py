"""What an article of a batch holds, as clauses ask for it: the same terms as in the index."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from itertools import chain
from operator import itemgetter

from ingest.model import Article
from ingest.search.embedded.analysis import Analysis
from ingest.search.embedded.clauses import AllOf, AnyOf, Clause, Dates, Every, Label, Never, Part, Run, Stem
from ingest.search.embedded.compiled import Compiled
from ingest.search.embedded.needs import word_in
from ingest.search.embedded.schema import distinct_labels, names, sort_key
from ingest.search.embedded.translate import key_range
from ingest.search.syntax import DateRange

_CACHED = 100_000  # pieces of text; those of a batch of 50 articles are some 8,000


class Columns(dict[str, tuple[tuple[int, ...], str]]):
    """What is in a piece of text: the columns of the words that any query names, and its exact forms. Worked out where it is missing."""

    def __init__(self, compiled: Compiled, analysis: Analysis) -> None:
        super().__init__()
        self.of = compiled.column_of
        self._pieces = analysis.pieces

    def __missing__(self, piece: str) -> tuple[tuple[int, ...], str]:
        exact, terms = self._pieces[piece]
        of = self.of
        found = tuple([of[word] for word in (exact + terms).split(" ") if word in of]), exact
        if len(self) >= _CACHED:
            self.clear()
        self[piece] = found
        return found


_COLUMNS, _EXACT = itemgetter(0), itemgetter(1)


class Held:
    """One article."""

    def __init__(self, article: Article, columns: Columns) -> None:
        self._article = article
        self._of = columns.of
        self.labels = distinct_labels(article)
        self._runs: dict[str, str] = {}
        self._held: dict[str, set[int]] = {"labels": self._known(self.labels)}
        for field, text in (("title", article.title), ("text", article.text)):
            found = list(map(columns.__getitem__, text.split()))
            self._held[field] = self._held[f"{field}_exact"] = set(chain.from_iterable(map(_COLUMNS, found)))
            self._runs[f"{field}_exact"] = " " + "".join(map(_EXACT, found))
        for field, given in (("author", article.authors), ("feed", (article.feed_title,))):
            run = self._runs[field] = f" {names(given)}"
            self._held[field] = self._known(word_in(field, form) for form in run.split(" "))
        self.columns = set().union(*self._held.values())

    def _known(self, words: Iterable[str]) -> set[int]:
        of = self._of
        return {of[word] for word in words if word in of}

    def words(self) -> set[str]:
        """What a beginning of a word may begin: exact forms and properties."""
        return {*self.labels, *(word_in(field, form) for field, run in self._runs.items() for form in run.split())}

    def fits(self, asked: Clause) -> bool:  # noqa: PLR0911  # one for each kind of clause
        """Whether the article satisfies the clause, whose words are all columns."""
        match asked:
            case Run(fields, parts):
                return any(self._has_run(field, parts) for field in fields)
            case Stem(fields, term):
                column = self._of[term]
                return any(column in self._held[field] for field in fields)
            case Label(term, open_end):
                return any(label.startswith(term) for label in self.labels) if open_end else term in self.labels
            case AllOf(wanted, unwanted):
                return all(map(self.fits, wanted)) and not any(map(self.fits, unwanted))
            case AnyOf(items):
                return any(map(self.fits, items))
            case Dates(bounds):
                return self._is_within(bounds)
            case Every():
                return True
            case Never():
                return False

    def _has_run(self, field: str, parts: tuple[Part, ...]) -> bool:
        if len(parts) == 1 and parts[0].plain:
            return self._of[word_in(field, parts[0].form)] in self._held[field]
        if parts[0].one_before or parts[-1].one_behind:
            return _pattern(parts).search(self._runs[field]) is not None
        return _joined(parts) in self._runs[field]

    def _is_within(self, bounds: DateRange) -> bool:
        low, high = key_range(bounds)
        key = sort_key(self._article)
        return (low is None or key >= low) and (high is None or key < high)


@functools.lru_cache(maxsize=10_000)
def _joined(parts: tuple[Part, ...]) -> str:
    return f" {' '.join([part.form for part in parts])}{'' if parts[-1].open_end else ' '}"


@functools.lru_cache(maxsize=1_000)
def _pattern(parts: tuple[Part, ...]) -> re.Pattern[str]:
    return re.compile(f" {' '.join(map(_part, parts))} ")


def _part(part: Part) -> str:
    return f"{'[^ ]?' if part.one_before else ''}{re.escape(part.form)}{'[^ ]?' if part.one_behind else ''}"
