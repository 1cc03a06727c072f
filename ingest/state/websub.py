"""Subscriptions at WebSub hubs. Their secrets leave this module only towards the hub and the check of a signature."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import delete, select, update

from ingest.state.database import Database, chunks, instant
from ingest.state.tables import feeds, websub

GAP_S = 15.0  # between a poll and the next one that a hub may cause: bursts of notifications are one
REASON = "its hub told of news"


class Held(NamedTuple):
    """A subscription's row, its secret, and whether its feed is polled."""

    row: Any
    secret: str
    polled: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription for people."""

    hub: str
    topic: str
    state: str
    live_until: datetime | None
    last_told_at: datetime | None  # since when its word is trusted; none: it has not proven itself
    error: str


_WITH_FEED = select(websub, feeds.c.enabled).join(feeds, feeds.c.id == websub.c.feed_id)


class WebSub:
    """All reads and writes about subscriptions."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def want(self, feed_id: int, hub: str, topic: str) -> None:
        """Subscribe the feed to `topic` at `hub`, and end what it has elsewhere; an empty `hub` only ends."""
        with self._db.write() as c:
            now = self._db.now(c)
            here = (websub.c.feed_id == feed_id) & (websub.c.hub == hub) & (websub.c.topic == topic)
            elsewhere = (websub.c.feed_id == feed_id) & ~here & (websub.c.state != "leaving")
            c.execute(
                update(websub).where(elsewhere).values(state="leaving", attempts=0, next_at=now, turn=websub.c.turn + 1, proven_at=None)
            )
            if not hub or c.execute(select(websub.c.id).where(here, websub.c.state != "leaving")).first():
                return
            row = {
                "feed_id": feed_id, "hub": hub, "topic": topic, "key": secrets.token_urlsafe(24), "secret": secrets.token_hex(32),
                "state": "wanted", "turn": 0, "attempts": 0, "next_at": now, "error": "",
            }  # fmt: skip
            c.execute(websub.insert().values(row))

    def wanted(self, feed_id: int) -> tuple[str, str] | None:
        """Hub and topic that the feed is subscribed to, or is to be."""
        with self._db.read() as c:
            row = c.execute(select(websub.c.hub, websub.c.topic).where(websub.c.feed_id == feed_id, websub.c.state != "leaving")).first()
        return (row.hub, row.topic) if row else None

    def claim(self, *, hold_s: float, limit: int) -> list[Held]:
        """Subscriptions with something to be sent now; nobody else gets them for `hold_s` seconds."""
        with self._db.read() as c:  # nearly always there is none: no write lock for that
            if c.execute(select(websub.c.id).where(websub.c.next_at <= self._db.now(c)).limit(1)).first() is None:
                return []
        with self._db.write() as c:
            now = self._db.now(c)
            due = select(websub.c.id).where(websub.c.next_at <= now).order_by(websub.c.next_at).limit(limit)
            ids = list(c.execute(due.with_for_update(skip_locked=True)).scalars())
            if not ids:
                return []
            c.execute(update(websub).where(websub.c.id.in_(ids)).values(next_at=now + round(hold_s * 1000), turn=websub.c.turn + 1))
            return [Held(row, row.secret, row.enabled) for row in c.execute(_WITH_FEED.where(websub.c.id.in_(ids)).order_by(websub.c.id))]

    def by_key(self, key: str) -> Held | None:
        """The subscription with this callback."""
        with self._db.read() as c:
            row = c.execute(_WITH_FEED.where(websub.c.key == key)).one_or_none()
        return Held(row, row.secret, row.enabled) if row else None

    def write(
        self,
        held_id: int,
        turn: int,
        *,
        state: str | None,
        in_s: float = 0.0,
        attempts: int = 0,
        lease_s: float | None = None,
        error: str = "",
    ) -> bool:
        """Write what was decided on the row's `turn`; False where it has changed since. Without a state the row goes."""
        mine = (websub.c.id == held_id) & (websub.c.turn == turn)
        with self._db.write() as c:
            if state is None:
                return bool(c.execute(delete(websub).where(mine)).rowcount)
            now = self._db.now(c)
            values: dict[str, Any] = {
                "state": state, "turn": turn + 1, "attempts": attempts, "error": error, "next_at": now + round(in_s * 1000),
            }  # fmt: skip
            if lease_s is not None:
                values["lease_ends_at"] = now + round(lease_s * 1000)
            return bool(c.execute(update(websub).where(mine).values(values)).rowcount)

    def ring(self, held_id: int) -> None:
        """The hub has told of news."""
        with self._db.write() as c:
            now = self._db.now(c)
            c.execute(update(websub).where(websub.c.id == held_id).values(rung_at=now, proven_at=now))

    def answer_rings(self) -> int:
        """Make the feeds due of which a hub has told; how many. One that is being polled is due again after it."""
        with self._db.read() as c:
            if c.execute(select(websub.c.id).where(websub.c.rung_at.is_not(None)).limit(1)).first() is None:
                return 0
        with self._db.write() as c:
            now = self._db.now(c)
            query = select(websub.c.feed_id, feeds.c.last_polled_at).join(feeds, feeds.c.id == websub.c.feed_id)
            free = (feeds.c.lease_expires_at <= now) & feeds.c.enabled
            rung = c.execute(query.where(websub.c.rung_at.is_not(None), free).with_for_update(of=feeds)).all()
            for feed_id, polled_at in rung:
                due = max(now, (polled_at or 0) + round(GAP_S * 1000))
                c.execute(update(feeds).where(feeds.c.id == feed_id).values(next_poll_at=due, poll_reason=REASON))
                c.execute(update(websub).where(websub.c.feed_id == feed_id).values(rung_at=None))
            return len(rung)

    def trusted(self, feed_ids: Sequence[int]) -> set[int]:
        """Those of the feeds whose subscription is live and has told of news since it last failed to."""
        with self._db.read() as c:
            now = self._db.now(c)
            live = (websub.c.state == "live") & (websub.c.lease_ends_at > now) & websub.c.proven_at.is_not(None)
            query = select(websub.c.feed_id).where(live)
            return {i for chunk in chunks(feed_ids) for i in c.execute(query.where(websub.c.feed_id.in_(chunk))).scalars()}

    def distrust(self, feed_id: int) -> None:
        """A poll found news of which the hub had not told."""
        with self._db.write() as c:
            c.execute(update(websub).where(websub.c.feed_id == feed_id).values(proven_at=None))

    def of(self, feed_id: int) -> list[Shown]:
        """The subscriptions of a feed."""
        with self._db.read() as c:
            rows = c.execute(select(websub).where(websub.c.feed_id == feed_id).order_by(websub.c.id)).all()
        return [
            Shown(
                hub=r.hub,
                topic=r.topic,
                state=r.state,
                live_until=instant(r.lease_ends_at),
                last_told_at=instant(r.proven_at),
                error=r.error,
            )
            for r in rows
        ]
