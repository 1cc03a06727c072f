"""What all workers know of the hosts that they ask: who has a turn, what was refused, and what their robots.txt says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

import msgspec
from sqlalchemy import bindparam, delete, select

from ingest.state.database import Database
from ingest.state.tables import robots, scopes

_T = TypeVar("_T")
_M = TypeVar("_M")
KEPT_MS = 7 * 86_400_000  # what was not looked at for so long is forgotten

# Made once: this is asked several times a second.
_KNOWN = (
    select(scopes.c.scope, scopes.c.memory)
    .where(scopes.c.scope.in_(bindparam("names", expanding=True)))
    .order_by(scopes.c.scope)
    .with_for_update()
)

Decide = Callable[[Mapping[str, _M], int], tuple[Mapping[str, _M], _T]]  # known, now in ms: known afterwards, what is decided


class Hosts:
    """All reads and writes about hosts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def change(self, names: Collection[str], memory: type[_M], decide: Decide[_M, _T]) -> _T:
        """Let `decide` change what is known of the scopes `names`, in one transaction that no other worker comes between.

        On PostgreSQL it does not wait for the disk: what a crash of the server may lose is a moment's politeness.
        """
        with self._db.write() as c:
            if self._db.dialect == "postgresql":
                c.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
            now = self._db.now(c)
            # Sorted, so that two workers take the same locks in the same order; a row must be there to be locked.
            ordered = sorted(names)
            rows = c.execute(_KNOWN, {"names": ordered}).all()
            if self._db.dialect == "postgresql" and len(rows) < len(ordered):
                self._db.insert_new(c, scopes, [{"scope": name, "memory": b"{}", "touched_at": now} for name in ordered])
                rows = c.execute(_KNOWN, {"names": ordered}).all()
            known = {row.scope: msgspec.json.decode(row.memory, type=memory) for row in rows}
            after, decided = decide(known, now)
            changed = [name for name in ordered if name in after and after[name] != known.get(name)]
            values = [{"scope": name, "memory": msgspec.json.encode(after[name]), "touched_at": now} for name in changed]
            self._db.upsert(c, scopes, values)
        return decided

    def robots(self, origin: str, kind: type[_M]) -> tuple[_M, float, float] | None:
        """What is known of the robots.txt at `origin`: it, its age in seconds, and for how many more it is good."""
        with self._db.read() as c:
            row = c.execute(select(robots).where(robots.c.origin == origin)).one_or_none()
            now = self._db.now(c)
        if row is None:
            return None
        return msgspec.json.decode(row.memory, type=kind), (now - row.fetched_at) / 1000, (row.expires_at - now) / 1000

    def keep_robots(self, origin: str, known: msgspec.Struct, *, kept_s: float, age_s: float = 0.0) -> None:
        """Remember a robots.txt that was fetched `age_s` seconds ago, for `kept_s` more."""
        with self._db.write() as c:
            now = self._db.now(c)
            row = {"origin": origin, "memory": msgspec.json.encode(known), "fetched_at": now - round(age_s * 1000)}
            self._db.upsert(c, robots, [row | {"expires_at": now + round(kept_s * 1000)}])

    def trim(self) -> None:
        """Forget hosts that nobody asked for a while."""
        with self._db.write() as c:
            old = self._db.now(c) - KEPT_MS
            c.execute(delete(scopes).where(scopes.c.touched_at < old))
            c.execute(delete(robots).where(robots.c.expires_at < old))
