"""Alert rules, and the outbox of events: one for each rule and story, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from ingest.errors import UsageError
from ingest.model import Match, Rule
from ingest.state.database import Database, instant_of
from ingest.state.feeds import chunks
from ingest.state.tables import alert_events, alert_rules


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A rule fired for an article."""

    id: int
    rule_id: int
    rule_name: str
    article_id: str
    story_key: str
    state: str
    created_at: datetime


class Alerts:
    """All reads and writes about rules and events."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_rule(self, name: str, query: str, channels: Sequence[str] = ()) -> Rule:
        """Save a rule. Raises UsageError where the name is taken."""
        with self._db.write() as c:
            if c.execute(select(alert_rules.c.id).where(alert_rules.c.name == name)).scalar() is not None:
                raise UsageError(f"there is a rule {name!r} already: remove it first, or take another name")
            row = {"name": name, "query": query, "enabled": True, "channels": list(channels), "created_at": self._db.now(c)}
            key = c.execute(insert(alert_rules).values(row)).inserted_primary_key
        return Rule(id=key[0] if key else 0, name=name, query=query, channels=tuple(channels))

    def rules(self, *, enabled_only: bool = True) -> list[Rule]:
        """The rules, by name."""
        query = select(alert_rules).order_by(alert_rules.c.name)
        with self._db.read() as c:
            rows = c.execute(query.where(alert_rules.c.enabled) if enabled_only else query).all()
        return [Rule(id=r.id, name=r.name, query=r.query, enabled=r.enabled, channels=tuple(r.channels)) for r in rows]

    def remove_rule(self, name: str) -> bool:
        """Delete a rule and its events. False where there is none."""
        with self._db.write() as c:
            return bool(c.execute(delete(alert_rules).where(alert_rules.c.name == name)).rowcount)

    def record(self, matches: Sequence[Match]) -> int:
        """Put events into the outbox, one per rule and story however often it is called; how many are new."""
        with self._db.write() as c:
            now = self._db.now(c)
            # A rule that was removed since: its matches are nobody's. Locked, so that it is not removed under our hands.
            there: set[int] = set()
            for chunk in chunks(sorted({m.rule_id for m in matches})):
                held = select(alert_rules.c.id).where(alert_rules.c.id.in_(chunk)).order_by(alert_rules.c.id)
                there.update(c.execute(held.with_for_update(key_share=True, read=True)).scalars())
            rows = [
                {"rule_id": m.rule_id, "story_key": m.article_id, "article_id": m.article_id, "created_at": now, "state": "pending"}
                for m in sorted(matches, key=lambda m: (m.rule_id, m.article_id))
                if m.rule_id in there
            ]
            return self._db.insert_new(c, alert_events, rows)

    def events(self, limit: int) -> list[AlertEvent]:
        """The latest events, the newest first."""
        query = select(alert_events, alert_rules.c.name).join(alert_rules).order_by(alert_events.c.id.desc()).limit(limit)
        with self._db.read() as c:
            return [
                AlertEvent(
                    id=r.id, rule_id=r.rule_id, rule_name=r.name, article_id=r.article_id, story_key=r.story_key, state=r.state,
                    created_at=instant_of(r.created_at),
                )
                for r in c.execute(query)
            ]  # fmt: skip
