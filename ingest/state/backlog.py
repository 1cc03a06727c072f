"""Rows of URLs in the backlog, and the order in which all writers lock them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from ingest import urls as url_names
from ingest.model import Stage
from ingest.state.tables import urls


def url_row(url_id: str, url: str, now: int, **more: object) -> dict[str, object]:
    """A URL that nobody has fetched yet."""
    return {
        "id": url_id, "url": url, "host": url_names.host(url), "first_seen_at": now, "stage": Stage.DISCOVERED, "attempts": 0,
        "next_attempt_at": now, "revision": 0, "again": False, "detail": "",
    } | more  # fmt: skip


def backlog(next_attempt_at: int) -> dict[str, Any]:
    """What a URL that goes back to the backlog has; its article stays known."""
    back = {"stage": Stage.DISCOVERED, "batch_id": None, "again": False, "next_attempt_at": next_attempt_at}
    return back | {"kind": None, "reason": None, "done_at": None, "duplicate_of": None}


def lock_urls(c: Connection, condition: ColumnElement[bool]) -> None:
    """Lock rows in the order of their ids, as all writers do: two of them never wait for each other in a circle."""
    if c.dialect.name != "sqlite":  # there the writer has the whole database
        c.execute(select(urls.c.id).where(condition).order_by(urls.c.id).with_for_update())
