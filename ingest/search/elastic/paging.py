"""Cursors: the sort values of the last hit, bound to their search.

By date they are all that is needed: date and id are unique and articles that arrive later stand before them. By relevance the
second page opens a point in time, and all further pages read from it: scores change when articles arrive. Folded pages are
counted from the first, as the server cannot continue behind a hit there; articles that arrive later are left out by date.
"""

from __future__ import annotations

import msgspec

from ingest.search import cursor as marks

MAX_DEPTH = 10_000  # stories, as the server's max_result_window
KEEP_ALIVE = "5m"  # a reader turns the page within it


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a page ended."""

    search: str  # digest of what is searched
    after: tuple[float | int | str, ...] = ()
    offset: int = 0  # folded: stories shown
    top: int = 0  # folded, by date: milliseconds of the first hit of the first page
    origin: int = 0  # the moment that recency is counted from, in seconds
    pit: str = ""  # the point in time; empty: none is open yet


def load(text: str, search: str) -> Cursor:
    """Raises QueryError for anything that is no mark of this search."""
    cursor = marks.load(text, Cursor)
    if cursor.search != search or (len(cursor.after) != 2 and not 0 < cursor.offset <= MAX_DEPTH):
        raise marks.of_another_search()
    return cursor
