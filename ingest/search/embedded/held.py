"""What an article of a batch holds, as clauses ask for it: the same terms as in the index."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from operator import itemgetter

from ingest.model import Article
from ingest.search.embedded.analysis import Analysis
from ingest.search.embedded.needs import word_in
from ingest.search.embedded.schema import distinct_labels, names, sort_key

_CACHED = 100_000  # pieces of text; those of a batch of 50 articles are some 8,000


class Pieces(dict[str, tuple[tuple[int, ...], str]]):
    """What is in a piece of text: the columns of the words that any query names, and its exact forms. Worked out where it is missing."""

    def __init__(self, columns: dict[str, int], analysis: Analysis) -> None:
        super().__init__()
        self.columns = columns  # by word
        self._pieces = analysis.pieces

    def __missing__(self, piece: str) -> tuple[tuple[int, ...], str]:
        exact, terms = self._pieces[piece]
        columns = self.columns
        found = tuple([columns[word] for word in (exact + terms).split(" ") if word in columns]), exact
        if len(self) >= _CACHED:
            self.clear()
        self[piece] = found
        return found

    def of(self, words: Iterable[str]) -> set[int]:
        """The columns of these words."""
        return {self.columns[word] for word in words if word in self.columns}


_COLUMNS, _EXACT = itemgetter(0), itemgetter(1)


class Held:
    """One article.

    `columns_of`: for each field of the index, the columns of the words in it. `runs`: for each field with positions, its
    exact forms in order, a blank before each and one behind the last.
    """

    def __init__(self, article: Article, pieces: Pieces) -> None:
        self.key = sort_key(article)
        self.labels = distinct_labels(article)
        self.runs: dict[str, str] = {}
        self.columns_of: dict[str, set[int]] = {"labels": pieces.of(self.labels)}
        for field, text in (("title", article.title), ("text", article.text)):
            found = list(map(pieces.__getitem__, text.split()))
            self.columns_of[field] = self.columns_of[f"{field}_exact"] = set(chain.from_iterable(map(_COLUMNS, found)))
            self.runs[f"{field}_exact"] = " " + "".join(map(_EXACT, found))
        for field, given in (("author", article.authors), ("feed", (article.feed_title,))):
            run = self.runs[field] = f" {names(given)}"
            self.columns_of[field] = pieces.of(word_in(field, form) for form in run.split(" "))

    def columns(self) -> list[int]:
        """Those of all its words."""
        return list(set().union(*self.columns_of.values()))

    def words(self) -> set[str]:
        """What a beginning may begin: exact forms and properties."""
        return {*self.labels, *(word_in(field, form) for field, run in self.runs.items() for form in run.split(" ") if form)}
