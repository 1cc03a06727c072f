"""One hit for each story: the first of its articles in the order of the search.

Whether a hit is the first of its story is asked of the index itself, by the same query restricted to the story. So a page
needs no memory of the pages before it, and the mark of a page stays short.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import tantivy

from ingest.search.embedded import paging
from ingest.search.embedded.schema import SCHEMA
from ingest.search.embedded.translate import key_at_most, restricted

_CHUNK = 50  # hits looked at in one go


class Row(NamedTuple):
    """A hit of a page."""

    score: float
    address: Any
    copies: int  # further articles of the story that are found


def by_date(searcher: tantivy.Searcher, query: tantivy.Query, size: int, cursor: paging.Cursor) -> tuple[list[Row], paging.Cursor | None]:
    """Articles newer than the first hit of the first page do not count on later pages: a new copy moves no story."""
    top = cursor.top
    page: list[tuple[int, str, Row]] = []
    decided: set[str] = set()
    for key, article_id, address in _walk_dates(searcher, key_at_most(query, cursor.key) if cursor.shown else query, cursor.shown):
        top = top or key
        copies = _copies(searcher, key_at_most(query, top), address, decided, order_by_field="key")
        if copies is None:
            continue
        if len(page) == size:
            last = page[-1][0]
            same = tuple(i for k, i, _ in page if k == last) + (cursor.shown if last == cursor.key else ())
            return [row for *_, row in page], paging.Cursor(cursor.search, key=last, shown=same, top=top)
        page.append((key, article_id, Row(0.0, address, copies)))
    return [row for *_, row in page], None


def by_relevance(
    searcher: tantivy.Searcher, query: tantivy.Query, size: int, cursor: paging.Cursor
) -> tuple[list[Row], paging.Cursor | None]:
    """As deep as without folding: `paging.MAX_DEPTH` articles."""
    page: list[Row] = []
    decided: set[str] = set()
    reached = cursor.offset
    for place, score, address in _walk_scores(searcher, query, cursor.offset):
        copies = _copies(searcher, query, address, decided)
        if copies is None:
            continue
        if len(page) == size:
            return page, paging.Cursor(cursor.search, offset=reached)
        page.append(Row(score, address, copies))
        reached = place + 1
    return page, None


def _copies(
    searcher: tantivy.Searcher, query: tantivy.Query, address: Any, decided: set[str], *, order_by_field: str | None = None
) -> int | None:
    """How many more articles of the hit's story the query finds; None where the hit is not the first of them.

    `decided`: stories that were met on the way to the hit; whichever article was their first, it came before.
    """
    doc = searcher.doc(address)
    name = str(doc.get_first("story"))
    if name in decided:
        return None
    decided.add(name)
    story = tantivy.Query.term_query(SCHEMA, "story", name, "basic")
    if searcher.search(story, 1).count == 1:  # type: ignore[attr-defined]  # missing from the package's type information
        return 0
    found = searcher.search(restricted(query, story), 1, order_by_field=order_by_field)
    first = searcher.doc(found.hits[0][1]).get_first("id") if found.hits else None
    return int(found.count) - 1 if first == doc.get_first("id") else None  # type: ignore[attr-defined]


def _walk_dates(searcher: tantivy.Searcher, query: tantivy.Query, skip: tuple[str, ...]) -> Iterator[tuple[int, str, Any]]:
    """Sort key, id and address of every hit but those to skip, the newest first."""
    rest, seen, key = query, set(skip), 0
    while True:
        hits = searcher.search(rest, _CHUNK + len(seen), order_by_field="key", count=False).hits
        fresh = [(int(k), i, a) for k, a in hits if (i := str(searcher.doc(a).get_first("id"))) not in seen]
        yield from fresh
        if len(hits) < _CHUNK + len(seen):
            return
        seen = {i for k, i, _ in fresh if k == fresh[-1][0]} | (seen if fresh[-1][0] == key else set())
        key = fresh[-1][0]
        rest = key_at_most(query, key)


def _walk_scores(searcher: tantivy.Searcher, query: tantivy.Query, offset: int) -> Iterator[tuple[int, float, Any]]:
    """Place, score and address of hits, the best first."""
    while offset < paging.MAX_DEPTH:
        hits = searcher.search(query, min(_CHUNK, paging.MAX_DEPTH - offset), offset=offset, count=False).hits
        if not hits:
            return
        for place, (score, address) in enumerate(hits, start=offset):
            yield place, score, address
        offset += len(hits)
