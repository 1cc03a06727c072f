"""Page marks as text: opaque to users, bound to their search, checked when they come back. What one holds is each engine's own."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Protocol, TypeVar

import msgspec

from ingest.errors import QueryError
from ingest.search.engine import SearchRequest, Sort


class Mark(Protocol):
    """Where a page ended; `search` is the digest of what is searched."""

    @property
    def search(self) -> str: ...


Kind = TypeVar("Kind", bound=Mark)


def digest(request: SearchRequest, sort: Sort) -> str:
    """What must be the same on all pages."""
    parts = msgspec.json.encode((request.query.root, request.since, request.until, sort, request.fold))
    return hashlib.sha256(parts).hexdigest()[:12]


def dump(cursor: Mark) -> str:
    """As text for URLs and shells."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def load(text: str, kind: type[Kind]) -> Kind:
    """Raises QueryError for anything that is no mark of this kind."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        raise QueryError("the page mark cannot be read: start again from the first page") from None


def of_another_search() -> QueryError:
    """The mark can be read, and is of no use here."""
    return QueryError("the page mark belongs to another search: start again from the first page")
