"""Alert rules, and what they raise: one event for each rule and story, once."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, func, insert, select, tuple_, update

from ingest.errors import UsageError
from ingest.model import Card, Delivery, Rule
from ingest.state.channels import channel_ids
from ingest.state.database import Database, chunks, instant_of
from ingest.state.tables import (
    alert_channels,
    alert_copies,
    alert_deliveries,
    alert_events,
    alert_messages,
    alert_rule_channels,
    alert_rules,
)


class AlertEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A rule fired for a story."""

    id: int
    rule_id: int
    rule_name: str
    article_id: str
    story_key: str
    state: str
    created_at: datetime
    late: bool
    card: Card
    copies: int  # further articles of the story that fit the rule
    told: tuple[str, ...]  # for each channel: held, waiting, sent or dead


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """An article that fits a rule, as `ingest.alerts.arrival` has judged it."""

    rule_id: int
    article_id: str
    story_key: str
    card: Card
    late: bool = False
    too_old: bool = False


class Alerts:
    """All reads and writes about rules and events."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add_rule(
        self,
        name: str,
        query: str,
        channels: Sequence[str] = (),
        *,
        delivery: Delivery = Delivery(),  # noqa: B008  # frozen
        flags: Sequence[str] = (),
        kind: str = "query",
    ) -> Rule:
        """Save a rule that speaks on the channels of these names. Raises UsageError: the name is taken, a channel is not there."""
        with self._db.write() as c:
            if c.execute(select(alert_rules.c.id).where(alert_rules.c.name == name)).scalar() is not None:
                raise UsageError(f"there is a rule {name!r} already: edit it, or take another name")
            row = {
                "name": name, "kind": kind, "query": query, "enabled": True, "delivery": msgspec.to_builtins(delivery),
                "flags": list(flags), "created_at": self._db.now(c),
            }  # fmt: skip
            key = c.execute(insert(alert_rules).values(row)).inserted_primary_key
            _link_all(c, [(key[0] if key else 0, channels)])
        rule = self.rule(name)
        assert rule is not None
        return rule

    def change_rule(self, rule: Rule) -> None:
        """Write the rule's query, channels, delivery, flags and whether it is enabled. Raises UsageError where it is gone."""
        with self._db.write() as c:
            if not c.execute(update(alert_rules).where(alert_rules.c.id == rule.id).values(_rule_row(rule))).rowcount:
                raise UsageError(f"there is no rule {rule.name!r} any more")
            c.execute(delete(alert_rule_channels).where(alert_rule_channels.c.rule_id == rule.id))
            _link_all(c, [(rule.id, rule.channels)])

    def put_rules(self, rules: Sequence[Rule], *, remove_others: bool = False) -> tuple[int, int, int]:
        """Add the rules, by name, or change those that are there, all or none: how many were added, changed, removed.

        Their ids do not count. Raises UsageError where a channel is not there.
        """
        with self._db.write() as c:
            now = self._db.now(c)
            known = {r.name: r for r in _rules(c, c.execute(select(alert_rules).where(alert_rules.c.kind == "query")).all())}
            others = set(c.execute(select(alert_rules.c.name).where(alert_rules.c.kind != "query")).scalars())
            if taken := sorted(others & {rule.name for rule in rules}):
                raise UsageError(f"{taken[0]!r} watches Newsflow itself: take another name")
            fresh = [rule for rule in rules if rule.name not in known]
            rows = [_rule_row(rule) | {"name": rule.name, "kind": "query", "created_at": now} for rule in fresh]
            self._db.insert_new(c, alert_rules, rows)
            altered = [(known[r.name].id, r) for r in rules if r.name in known and _said(r) != _said(known[r.name])]
            for rule_id, rule in altered:
                c.execute(update(alert_rules).where(alert_rules.c.id == rule_id).values(_rule_row(rule)))
                c.execute(delete(alert_rule_channels).where(alert_rule_channels.c.rule_id == rule_id))
            ids = {r.name: r.id for r in c.execute(select(alert_rules.c.id, alert_rules.c.name))}
            _link_all(c, [(ids[r.name], r.channels) for r in fresh] + [(i, r.channels) for i, r in altered])
            for rule in rules:
                known.pop(rule.name, None)
            gone = [r.id for r in known.values()] if remove_others else []
            for chunk in chunks(gone):
                c.execute(delete(alert_rules).where(alert_rules.c.id.in_(chunk)))
        return len(fresh), len(altered), len(gone)

    def rules(self, *, enabled_only: bool = True, kind: str | None = "query") -> list[Rule]:
        """The rules of a kind, or of all, by name."""
        query = select(alert_rules).order_by(alert_rules.c.name)
        query = query if kind is None else query.where(alert_rules.c.kind == kind)
        with self._db.read() as c:
            rows = c.execute(query.where(alert_rules.c.enabled) if enabled_only else query).all()
            return _rules(c, rows)

    def rules_on(self, channel_id: int) -> list[Rule]:
        """The rules that speak on a channel, of any kind, paused or not, by name."""
        query = select(alert_rules).join(alert_rule_channels).where(alert_rule_channels.c.channel_id == channel_id)
        with self._db.read() as c:
            return _rules(c, c.execute(query.order_by(alert_rules.c.name)).all())

    def rule(self, name: str) -> Rule | None:
        """The rule of that name, of any kind."""
        with self._db.read() as c:
            return next(iter(_rules(c, c.execute(select(alert_rules).where(alert_rules.c.name == name)).all())), None)

    def remove_rule(self, name: str) -> bool:
        """Delete a rule, its events and what waits to be said of them. False where there is none."""
        with self._db.write() as c:
            return bool(c.execute(delete(alert_rules).where(alert_rules.c.name == name)).rowcount)

    def record(self, firings: Sequence[Firing]) -> int:
        """Put events into the outbox, one per rule and story however often it is called; how many are new."""
        with self._db.write() as c:
            return self.record_in(c, firings)

    def record_in(self, c: Connection, firings: Sequence[Firing]) -> int:
        """`record` as a part of the transaction of `c`."""
        now = self._db.now(c)
        # A rule that was removed since: its matches are nobody's. Locked, so that it is not removed under our hands.
        there: set[int] = set()
        for chunk in chunks(sorted({f.rule_id for f in firings})):
            held = select(alert_rules.c.id).where(alert_rules.c.id.in_(chunk)).order_by(alert_rules.c.id)
            there.update(c.execute(held.with_for_update(key_share=True, read=True)).scalars())
        mine = [f for f in sorted(firings, key=lambda f: f.too_old) if f.rule_id in there]
        first = {(f.rule_id, f.story_key): f for f in reversed(mine)}
        known = self._events_of(c, list(first))
        fresh = [first[key] for key in sorted(first.keys() - known.keys())]
        created = self._db.insert_new(c, alert_events, [_event_row(f, now) for f in fresh])
        new = [f for f in fresh if not f.too_old]
        # A story that was too old to be told of, and now is not: some paper has published it again.
        again = [first[key] for key, event in known.items() if event.state == "too_old" and not first[key].too_old]
        for firing in again:
            row = _event_row(firing, now)
            c.execute(update(alert_events).where(alert_events.c.id == known[firing.rule_id, firing.story_key].id).values(row))
        known = self._events_of(c, list(first))
        self._copies(c, known, mine, now)
        # Another worker may have raised the story between the two looks: then the event is its own, and it delivers.
        told = [e.id for f in (*new, *again) if (e := known[f.rule_id, f.story_key]).article_id == f.article_id]
        for chunk in chunks(sorted(told)):
            to = (
                select(alert_events.c.id.label("event_id"), alert_rule_channels.c.channel_id)
                .join(alert_rule_channels, alert_rule_channels.c.rule_id == alert_events.c.rule_id)
                .where(alert_events.c.id.in_(chunk))
            )
            self._db.insert_new(
                c, alert_deliveries, [{"event_id": r.event_id, "channel_id": r.channel_id, "message_id": None} for r in c.execute(to)]
            )
        return created + len(again)

    def _events_of(self, c: Connection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], Row[Any]]:
        found: dict[tuple[int, str], Row[Any]] = {}
        for start in range(0, len(keys), 200):
            some = tuple_(alert_events.c.rule_id, alert_events.c.story_key).in_(keys[start : start + 200])
            query = select(
                alert_events.c.id, alert_events.c.rule_id, alert_events.c.story_key, alert_events.c.article_id, alert_events.c.state
            ).where(some)
            found |= {(r.rule_id, r.story_key): r for r in c.execute(query)}
        return found

    def _copies(self, c: Connection, events: Mapping[tuple[int, str], Row[Any]], firings: Sequence[Firing], now: int) -> None:
        """Note articles that fit a rule which their story has raised already."""
        rows = [
            {"event_id": event.id, "article_id": f.article_id, "site": f.card.site, "created_at": now}
            for f in firings
            if (event := events[f.rule_id, f.story_key]).article_id != f.article_id
        ]
        self._db.insert_new(c, alert_copies, sorted(rows, key=lambda r: (r["event_id"], r["article_id"])))

    def events(self, limit: int, *, rule: str | None = None) -> list[AlertEvent]:
        """The latest events, of one rule or of all, the newest first."""
        copies = select(func.count()).where(alert_copies.c.event_id == alert_events.c.id).scalar_subquery()
        query = select(alert_events, alert_rules.c.name, copies.label("copies")).join(alert_rules)
        if rule is not None:
            query = query.where(alert_rules.c.name == rule)
        with self._db.read() as c:
            rows = c.execute(query.order_by(alert_events.c.id.desc()).limit(limit)).all()
            told = _told(c, [r.id for r in rows])
        return [
            AlertEvent(
                id=r.id, rule_id=r.rule_id, rule_name=r.name, article_id=r.article_id, story_key=r.story_key, state=r.state,
                created_at=instant_of(r.created_at), late=r.late, card=card_from(r.card), copies=r.copies, told=told.get(r.id, ()),
            )
            for r in rows
        ]  # fmt: skip


def _told(c: Connection, events: Sequence[int]) -> dict[int, tuple[str, ...]]:
    states: dict[int, tuple[str, ...]] = {}
    query = select(alert_deliveries.c.event_id, alert_messages.c.state).outerjoin(alert_messages).order_by(alert_deliveries.c.channel_id)
    for chunk in chunks(events):
        for row in c.execute(query.where(alert_deliveries.c.event_id.in_(chunk))):
            states[row.event_id] = (*states.get(row.event_id, ()), row.state or "held")
    return states


def card_from(stored: object) -> Card:
    """A stored card; events of before there were any have none."""
    return msgspec.convert(stored or {"title": "", "url": ""}, Card)


def rule_from(row: Row[Any], channels: Sequence[str]) -> Rule:
    """A row of alert_rules."""
    return Rule(
        id=row.id, name=row.name, query=row.query, kind=row.kind, enabled=row.enabled, channels=tuple(channels),
        delivery=msgspec.convert(row.delivery, Delivery), flags=tuple(row.flags), created_at=instant_of(row.created_at),
    )  # fmt: skip


def _said(rule: Rule) -> tuple[object, ...]:
    """What a person decides about a rule."""
    return rule.query, rule.enabled, rule.delivery, rule.flags, tuple(sorted(rule.channels))


def _rules(c: Connection, rows: Sequence[Row[Any]]) -> list[Rule]:
    names: dict[int, list[str]] = {}
    linked = select(alert_rule_channels.c.rule_id, alert_channels.c.name).join(alert_channels).order_by(alert_channels.c.name)
    for chunk in chunks([r.id for r in rows]):
        for link in c.execute(linked.where(alert_rule_channels.c.rule_id.in_(chunk))):
            names.setdefault(link.rule_id, []).append(link.name)
    return [rule_from(r, names.get(r.id, ())) for r in rows]


def _rule_row(rule: Rule) -> dict[str, Any]:
    return {"query": rule.query, "enabled": rule.enabled, "delivery": msgspec.to_builtins(rule.delivery), "flags": list(rule.flags)}


def _link_all(c: Connection, links: Sequence[tuple[int, Sequence[str]]]) -> None:
    """Let rules speak on channels by name. Raises UsageError where one is not there."""
    names = list(dict.fromkeys(name for _, channels in links for name in channels))
    ids = dict(zip(names, channel_ids(c, names), strict=True))
    rows = [{"rule_id": rule_id, "channel_id": ids[name]} for rule_id, channels in links for name in dict.fromkeys(channels)]
    if rows:
        c.execute(insert(alert_rule_channels), rows)


def _event_row(firing: Firing, now: int) -> dict[str, Any]:
    return {
        "rule_id": firing.rule_id, "story_key": firing.story_key, "article_id": firing.article_id, "created_at": now,
        "state": "too_old" if firing.too_old else "pending", "late": firing.late, "card": msgspec.to_builtins(firing.card),
    }  # fmt: skip
