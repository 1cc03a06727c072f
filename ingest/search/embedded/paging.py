"""Cursors: where a page ended. Opaque to users, bound to their search, checked when they come back."""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec

from ingest.errors import QueryError
from ingest.search.engine import SearchRequest, Sort

MAX_DEPTH = 10_000  # hits by relevance, as Elasticsearch's max_result_window


class Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """By date: the sort key of the last hit and the ids shown with that key. By relevance: the number of hits shown."""

    search: str  # digest of what is searched
    key: int = 0
    shown: tuple[str, ...] = ()
    offset: int = 0
    top: int = 0  # with folding, by date: the sort key of the first hit of the first page


def digest(request: SearchRequest, sort: Sort) -> str:
    """What must be the same on all pages."""
    parts = msgspec.json.encode((request.query.root, request.since, request.until, sort, request.fold))
    return hashlib.sha256(parts).hexdigest()[:12]


def dump(cursor: Cursor) -> str:
    """As text for URLs and shells."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def load(text: str, search: str) -> Cursor:
    """Raises QueryError for anything that `dump` did not make for this search."""
    try:
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise QueryError("the page mark cannot be read: start again from the first page") from None
    if cursor.search != search or not 0 <= cursor.key < 1 << 63 or not 0 <= cursor.top < 1 << 63 or not 0 <= cursor.offset <= MAX_DEPTH:
        raise QueryError("the page mark belongs to another search: start again from the first page")
    return cursor
