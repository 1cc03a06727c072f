"""The embedded engine: tantivy in a folder, for one machine and any number of processes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tantivy

from ingest.errors import EngineRefused
from ingest.model import Article, Match, Rule
from ingest.search import facets
from ingest.search.cursor import digest, dump
from ingest.search.embedded import fold, paging
from ingest.search.embedded.batch import match_batch
from ingest.search.embedded.highlight import snippet_fragments, title_fragments
from ingest.search.embedded.schema import DECODER, FACET_FIELDS, SCHEMA, document
from ingest.search.embedded.store import Store, faults
from ingest.search.embedded.translate import key_at_most, translate, within
from ingest.search.engine import Disposition, Hit, Results, SearchRequest, Sort, Status
from ingest.search.syntax import DateRange, Node, has_words


class EmbeddedEngine:
    """See `ingest.search.engine.Engine`."""

    name = "embedded"

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, folder: str | Path) -> EmbeddedEngine:
        """Open the index in `folder`, make it where there is none. Raises EngineRefused, EngineUnavailable."""
        return cls(Store.open(Path(folder)))

    def index(self, articles: Sequence[Article]) -> list[Disposition]:
        """One commit for the batch. A version that is in the index already is written again."""
        if not articles:
            return []
        dispositions: list[Disposition] = []
        with self._store.writing() as (writer, searcher):
            newest: dict[str, int] = {}
            for article in articles:
                known = newest.get(article.id)
                if known is None:
                    known = _version(searcher, article.id)
                if known is not None and article.version < known:
                    dispositions.append(Disposition(article_id=article.id, status=Status.STALE, detail=f"version {known} is newer"))
                    continue
                try:
                    doc = document(article)
                except (UnicodeEncodeError, ValueError, OverflowError) as error:
                    detail = f"cannot be indexed: {type(error).__name__}: {error}"[:200]
                    dispositions.append(Disposition(article_id=article.id, status=Status.REFUSED, detail=detail))
                    continue
                writer.delete_documents_by_term("id", article.id)
                writer.add_document(doc)
                newest[article.id] = article.version
                dispositions.append(Disposition(article_id=article.id, status=Status.INDEXED))
        return dispositions

    def search(self, request: SearchRequest) -> Results:
        """By relevance, pages go 10,000 hits deep and are exact while the index does not change; by date, always and to the end."""
        started = time.perf_counter()
        root = request.query.root
        sort = request.sort if has_words(root) else Sort.NEWEST
        mark = digest(request, sort)
        cursor = paging.load(request.after, mark) if request.after is not None else paging.Cursor(mark)
        searcher = self._store.searcher()
        with faults(self._store.folder):
            query = translate(root, _languages(searcher))
            if query is not None and (request.since or request.until):
                query = within(query, DateRange(request.since, request.until))
            if query is None:
                return Results(total=0, hits=(), facets=_no_facets(request), next_cursor=None, took_s=time.perf_counter() - started)
            if request.fold:
                total = _count(searcher.search(query, 1))
                page = fold.by_date if sort is Sort.NEWEST else fold.by_relevance
                found, following = page(searcher, query, request.size, cursor)
            else:
                total, found, following = (_by_date if sort is Sort.NEWEST else _by_relevance)(searcher, query, request.size, cursor)
            counts = _facets(searcher, query, request.facet_values) if request.facet_values else {}
            hits = tuple(_hit(root, searcher, row, request.snippet_chars) for row in found)
        after = dump(following) if following else None
        return Results(total=total, hits=hits, facets=counts, next_cursor=after, took_s=time.perf_counter() - started)

    def match(self, articles: Sequence[Article], rules: Sequence[Rule]) -> list[Match]:
        """In memory: the index is not read. What is compiled is kept beside it."""
        if not articles or not rules:
            return []
        with faults(self._store.folder):
            return match_batch(articles, rules, self._store.folder / "rules")

    def get(self, article_id: str) -> Article | None:
        """The article as it was indexed."""
        searcher = self._store.searcher()
        with faults(self._store.folder):
            hits = searcher.search(_by_id(article_id), 1, count=False).hits if _is_text(article_id) else []
            return _article(searcher, hits[0][1]) if hits else None

    def count(self) -> int:
        """The articles in the index."""
        return self._store.searcher().num_docs

    def close(self) -> None:
        """Nothing is held between calls."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


_Found = list[fold.Row]


def _by_relevance(
    searcher: tantivy.Searcher, query: tantivy.Query, size: int, cursor: paging.Cursor
) -> tuple[int, _Found, paging.Cursor | None]:
    result = searcher.search(query, size, offset=cursor.offset)
    reached = cursor.offset + len(result.hits)
    more = reached < _count(result) and result.hits and reached < paging.MAX_DEPTH
    return _count(result), [fold.Row(*hit, 0) for hit in result.hits], paging.Cursor(cursor.search, offset=reached) if more else None


def _by_date(
    searcher: tantivy.Searcher, query: tantivy.Query, size: int, cursor: paging.Cursor
) -> tuple[int, _Found, paging.Cursor | None]:
    """Articles that arrive between two pages are not on later pages: no hit is shown twice, none is passed over."""
    total = _count(searcher.search(query, 1))
    rest = key_at_most(query, cursor.key) if cursor.shown else query
    wanted = size + len(cursor.shown)
    result = searcher.search(rest, wanted + 1, order_by_field="key", count=False)
    shown = set(cursor.shown)
    fresh = [(key, address, i) for key, address in result.hits if (i := _id(searcher, address)) not in shown]
    page = fresh[:size]
    if len(fresh) <= size or not page:
        return total, [fold.Row(0.0, address, 0) for _, address, _ in page], None
    last = page[-1][0]
    same = tuple(i for key, _, i in page if key == last) + (cursor.shown if last == cursor.key else ())
    return total, [fold.Row(0.0, address, 0) for _, address, _ in page], paging.Cursor(cursor.search, key=last, shown=same)


def _hit(root: Node, searcher: tantivy.Searcher, row: fold.Row, chars: int) -> Hit:
    article = _article(searcher, row.address)
    title, snippet = title_fragments(root, article), snippet_fragments(root, article, chars)
    return Hit(article=article, score=row.score, copies=row.copies, title=title, snippet=snippet)


def _article(searcher: tantivy.Searcher, address: Any) -> Article:
    stored = searcher.doc(address).get_first("article")
    if not isinstance(stored, bytes):
        raise EngineRefused("the index holds a document without its article: index again with `newsflow replay`")
    return DECODER.decode(stored)


def _count(result: tantivy.SearchResult) -> int:
    return int(result.count)  # type: ignore[attr-defined]  # missing from the package's type information


def _id(searcher: tantivy.Searcher, address: Any) -> str:
    return str(searcher.doc(address).get_first("id"))


def _by_id(article_id: str) -> tantivy.Query:
    return tantivy.Query.term_query(SCHEMA, "id", article_id, "basic")


def _is_text(value: str) -> bool:
    """Lone surrogates are no text: tantivy cannot take them, nothing indexed holds them."""
    return not any("\ud800" <= c <= "\udfff" for c in value)


def _version(searcher: tantivy.Searcher, article_id: str) -> int | None:
    if not _is_text(article_id):
        return None
    hits = searcher.search(_by_id(article_id), 1, count=False, order_by_field="version").hits
    return int(hits[0][0]) if hits else None


def _languages(searcher: tantivy.Searcher) -> list[str]:
    return [value for value, _ in searcher.terms_with_prefix("language", "")]


def _facets(searcher: tantivy.Searcher, query: tantivy.Query, size: int) -> dict[str, list[tuple[str, int]]]:
    return facets.told(searcher.aggregate(query, facets.wanted(FACET_FIELDS, size)), FACET_FIELDS, size)


def _no_facets(request: SearchRequest) -> dict[str, list[tuple[str, int]]]:
    return {name: [] for name in FACET_FIELDS} if request.facet_values else {}
