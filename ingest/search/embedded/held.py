"""What an article of a batch holds, as clauses ask for it: the same terms as in the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.model import Article
from ingest.search.embedded.analysis import Analysis, split
from ingest.search.embedded.needs import word_in
from ingest.search.embedded.schema import distinct_labels, names, sort_key

_CACHED = 100_000  # pieces of text; those of a batch of 50 articles are some 8,000


class Pieces:
    """What is in pieces of text: their exact forms, and the columns of the words in them that any query names."""

    def __init__(self, columns: dict[str, int], analysis: Analysis) -> None:
        self._columns = columns  # by word
        self._words = {f"{word} " for word in columns}  # as most pieces have them: one word, a blank behind it
        self._analysis = analysis
        self.forms: dict[str, str] = {}
        self.named: dict[str, tuple[int, ...]] = {}  # of the few pieces that have any

    def learn(self, pieces: set[str]) -> None:
        """Know at least these."""
        new = pieces.difference(self.forms)
        if len(self.forms) + len(new) > _CACHED:
            self.forms, self.named, new = {}, {}, pieces
        words, forms = self._words, self.forms
        for piece, exact, terms in self._analysis.pieces(new):
            forms[piece] = exact
            if exact in words or terms in words or exact.count(" ") > 1:
                found = self.of((exact + terms).split())
                if found:
                    self.named[piece] = tuple(found)

    def of(self, words: Iterable[str]) -> set[int]:
        """The columns of these words."""
        return {self._columns[word] for word in words if word in self._columns}


class Held:
    """One article.

    `columns_of`: for each field of the index, the columns of the words in it. `runs`: for each field with positions, its
    exact forms in order, a blank before each and one behind the last.
    """

    def __init__(self, article: Article, title: list[str], text: list[str], pieces: Pieces) -> None:
        self.key = sort_key(article)
        self.labels = distinct_labels(article)
        self.runs: dict[str, str] = {}
        self.columns_of: dict[str, set[int]] = {"labels": pieces.of(self.labels)}
        named = pieces.named
        for field, part in (("title", title), ("text", text)):
            found = [named[piece] for piece in named.keys() & set(part)]
            self.columns_of[field] = self.columns_of[f"{field}_exact"] = set().union(*found)
            self.runs[f"{field}_exact"] = " " + "".join(map(pieces.forms.__getitem__, part))
        for field, given in (("author", article.authors), ("feed", (article.feed_title,))):
            run = self.runs[field] = f" {names(given)}"
            self.columns_of[field] = pieces.of(word_in(field, form) for form in run.split(" "))

    def columns(self) -> list[int]:
        """Those of all its words."""
        return list(set().union(*self.columns_of.values()))

    def words(self) -> set[str]:
        """What a beginning may begin: exact forms and properties."""
        return {*self.labels, *(word_in(field, form) for field, run in self.runs.items() for form in run.split(" ") if form)}


def hold(articles: Sequence[Article], pieces: Pieces) -> list[Held]:
    """What each of a batch holds."""
    parts = [(article, split(article.title), split(article.text)) for article in articles]
    pieces.learn(set().union(*(part for _, *both in parts for part in both)))
    return [Held(article, title, text, pieces) for article, title, text in parts]
