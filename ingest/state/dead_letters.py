"""URLs that were given up, and how they come back to the backlog."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, func, select, update

from ingest.model import OutcomeKind, Reason, Stage
from ingest.state.backlog import backlog, lock_urls
from ingest.state.database import Database, chunks, instant_of, milliseconds
from ingest.state.tables import urls

_LIKE_SIGNS = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


class DeadLetters(msgspec.Struct, frozen=True, kw_only=True):
    """URLs of one host that were given up for one reason."""

    reason: str
    host: str
    urls: int
    first_at: datetime  # when the first of them was given up
    last_at: datetime


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which of them. Empty: all."""

    reasons: Collection[Reason] = ()
    host: str = ""  # with its subdomains
    since: datetime | None = None


class GivenUp:
    """All reads and writes about URLs that were given up: those quarantined, and those dropped for one of the reasons asked for."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def list(self, wanted: Wanted, *, limit: int | None = None) -> list[DeadLetters]:
        """By reason and host, the most frequent first."""
        columns = (urls.c.reason, urls.c.host)
        number = func.count()
        query = select(*columns, number.label("number"), func.min(urls.c.done_at).label("first"), func.max(urls.c.done_at).label("last"))
        query = query.where(_chosen(wanted)).group_by(*columns).order_by(number.desc(), *columns).limit(limit)
        with self._db.read() as c:
            rows = c.execute(query).all()
        return [
            DeadLetters(reason=r.reason or "", host=r.host, urls=r.number, first_at=instant_of(r.first), last_at=instant_of(r.last))
            for r in rows
        ]

    def redrive(self, wanted: Wanted) -> int:
        """Send them back to the backlog, due now, with all their attempts; how many."""
        with self._db.write() as c:
            now = self._db.now(c)
            ids = c.execute(select(urls.c.id).where(_chosen(wanted)).order_by(urls.c.id)).scalars().all()
            number = 0
            for chunk in chunks(ids):
                lock_urls(c, urls.c.id.in_(chunk))
                # Chosen again: another worker may have settled one anew before it was locked.
                again = update(urls).where(urls.c.id.in_(chunk), _chosen(wanted))
                number += c.execute(again.values(backlog(now) | {"attempts": 0, "detail": ""})).rowcount
        return number


def _chosen(wanted: Wanted) -> ColumnElement[bool]:
    kinds = urls.c.kind.in_((OutcomeKind.DROPPED, OutcomeKind.QUARANTINED))
    chosen = (urls.c.stage == Stage.DONE) & kinds & urls.c.reason.in_([str(reason) for reason in wanted.reasons])
    if wanted.host:
        below = f"%.{wanted.host.translate(_LIKE_SIGNS)}"
        chosen &= (urls.c.host == wanted.host) | urls.c.host.like(below, escape="\\")
    if wanted.since is not None:
        chosen &= urls.c.done_at >= milliseconds(wanted.since)
    return chosen
