"""Bytes that hurt an extractor: how often they were tried."""

from __future__ import annotations

from sqlalchemy import select, update

from ingest.state.batches import BatchRef, hold
from ingest.state.database import Database
from ingest.state.tables import poison


class PoisonTries:
    """All reads and writes about them. There are few: hostile pages are rare."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def tries(self, extractor: str) -> dict[str, tuple[int, str]]:
        """How often this version of the extraction was hurt, and how at last, by the sha256 of the bytes."""
        with self._db.read() as c:
            rows = c.execute(select(poison.c.sha256, poison.c.tries, poison.c.reason).where(poison.c.extractor == extractor))
            return {row.sha256: (row.tries, row.reason) for row in rows}

    def note(self, ref: BatchRef, sha256: str, extractor: str, *, reason: str) -> None:
        """It was hurt once more. Raises LeaseLost."""
        with self._db.write() as c:
            hold(c, ref)
            now = self._db.now(c)
            first = {"sha256": sha256, "extractor": extractor, "tries": 0, "reason": reason, "last_at": now}
            self._db.insert_new(c, poison, [first])
            mine = (poison.c.sha256 == sha256) & (poison.c.extractor == extractor)
            c.execute(update(poison).where(mine).values(tries=poison.c.tries + 1, reason=reason, last_at=now))
