"""Where a page of the embedded engine ended."""

from __future__ import annotations

import msgspec

from ingest.search import cursor as marks

MAX_DEPTH = 10_000  # hits by relevance, as Elasticsearch's max_result_window


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """By date: the sort key of the last hit and the ids shown with that key. By relevance: the number of hits shown."""

    search: str  # digest of what is searched
    key: int = 0
    shown: tuple[str, ...] = ()
    offset: int = 0
    top: int = 0  # with folding, by date: the sort key of the first hit of the first page


def load(text: str, search: str) -> Cursor:
    """Raises QueryError for anything that is no mark of this search."""
    cursor = marks.load(text, Cursor)
    if cursor.search != search or not 0 <= cursor.key < 1 << 63 or not 0 <= cursor.top < 1 << 63 or not 0 <= cursor.offset <= MAX_DEPTH:
        raise marks.of_another_search()
    return cursor
