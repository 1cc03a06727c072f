"""Cursors: the sort values of the last hit, bound to their search.

By date they are all that is needed: date and id are unique and articles that arrive later stand before them. By relevance the
second page opens a point in time, and all further pages read from it: scores change when articles arrive. Folded pages are
counted from the first, as the server cannot continue behind a hit there; articles that arrive later are left out by date.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from ingest.errors import QueryError

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


def dump(cursor: Cursor) -> str:
    """As text for URLs and shells."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def load(text: str, search: str) -> Cursor:
    """Raises QueryError for anything that `dump` did not make for this search."""
    try:
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise QueryError("the page mark cannot be read: start again from the first page") from None
    if cursor.search != search or (len(cursor.after) != 2 and not 0 < cursor.offset <= MAX_DEPTH):
        raise QueryError("the page mark belongs to another search: start again from the first page")
    return cursor
