"""The outbox: messages written once, then sent at least once, under a lease with a fencing token.

Writing a message and sending it are two steps. `compose` decides what is said and notes it, in one transaction that one worker
at a time is in; from then on the message has a key of its own. A worker that dies between sending and `settle` leaves it to
the next one, which sends it again under the same key.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from ingest.errors import LeaseLost
from ingest.model import Delivery
from ingest.state.alerts import card_from, rule_from
from ingest.state.database import Database, chunks, instant, instant_of, milliseconds
from ingest.state.messages import ChannelState, DeadLetter, Draft, Lane, OutboxCounts, Outgoing, Told, Waiting
from ingest.state.tables import (
    alert_channel_secrets,
    alert_channels,
    alert_copies,
    alert_deliveries,
    alert_events,
    alert_messages,
    alert_rules,
)


class Outbox:
    """All reads and writes about messages."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def compose(self, decide: Callable[[ChannelState, datetime], Sequence[Draft]], *, window_s: float) -> int:
        """Write the messages that `decide` asks for, channel by channel; how many. The window is the one that storms are counted in."""
        written = 0
        with self._db.write() as c:
            self._db.take_turns(c, "alerts")
            now = self._db.now(c)
            for state in self._states(c, now - round(window_s * 1000)):
                for draft in decide(state, instant_of(now)):
                    written += self._write(c, state.channel_id, draft, now)
        return written

    def claim(self, *, owner: str, lease_s: float, limit: int, shown: int) -> list[Outgoing]:
        """Lease up to `limit` messages whose time has come, those tried least first; each with its first `shown` events."""
        with self._db.write() as c:
            now = self._db.now(c)
            outgoing = []
            for row in self._due(c, now, limit):
                token = row.lease_token + 1
                lease = {"lease_owner": owner, "lease_token": token, "lease_expires_at": now + round(lease_s * 1000)}
                c.execute(update(alert_messages).where(alert_messages.c.id == row.id).values(lease))
                total, told = self._told(c, row.id, shown)
                outgoing.append(
                    Outgoing(
                        id=row.id, token=token, key=row.key, kind=row.kind, channel_id=row.channel_id, channel=row.name, url=row.url,
                        created_at=instant_of(row.created_at), attempts=row.attempts, failures=row.failures, total=total, told=told,
                    )
                )  # fmt: skip
        return outgoing

    def sent(self, message: Outgoing) -> None:
        """The message is out; its channel works. Raises LeaseLost."""
        with self._db.write() as c:
            self._hold(c, message)
            done = {"state": "sent", "sent_at": self._db.now(c), "attempts": message.attempts + 1, "last_error": "", "lease_expires_at": 0}
            c.execute(update(alert_messages).where(alert_messages.c.id == message.id).values(done))
            works = {"failures": 0, "blocked_until": 0, "last_error": ""}
            c.execute(update(alert_channels).where(alert_channels.c.id == message.channel_id).values(works))

    def failed(self, message: Outgoing, reason: str, *, dead: bool, blocked_until: datetime | None) -> None:
        """The try failed for `reason` (no secret in it): the message waits or is given up, the channel rests. Raises LeaseLost."""
        with self._db.write() as c:
            self._hold(c, message)
            values: dict[str, Any] = {"attempts": message.attempts + 1, "last_error": reason, "lease_expires_at": 0}
            if dead:
                values["state"] = "dead"
            if blocked_until is not None:
                values["next_attempt_at"] = milliseconds(blocked_until)
                rest = {"failures": alert_channels.c.failures + 1, "blocked_until": milliseconds(blocked_until), "last_error": reason}
                c.execute(update(alert_channels).where(alert_channels.c.id == message.channel_id).values(rest))
            c.execute(update(alert_messages).where(alert_messages.c.id == message.id).values(values))

    def release(self, messages: Sequence[Outgoing]) -> None:
        """Let go of messages that were not tried."""
        with self._db.write() as c:
            for message in messages:
                mine = (alert_messages.c.id == message.id) & (alert_messages.c.lease_token == message.token)
                c.execute(update(alert_messages).where(mine, alert_messages.c.state == "waiting").values(lease_expires_at=0))

    def dead(self, limit: int = 100) -> list[DeadLetter]:
        """Messages that were given up, the latest first."""
        events = select(func.count()).where(alert_deliveries.c.message_id == alert_messages.c.id).scalar_subquery()
        query = (
            select(alert_messages, alert_channels.c.name.label("channel"), alert_rules.c.name.label("rule"), events.label("events"))
            .join(alert_channels).outerjoin(alert_rules, alert_rules.c.id == alert_messages.c.rule_id)
            .where(alert_messages.c.state == "dead").order_by(alert_messages.c.id.desc()).limit(limit)
        )  # fmt: skip
        with self._db.read() as c:
            return [
                DeadLetter(
                    id=r.id, channel=r.channel, rule_name=r.rule, kind=r.kind, events=r.events, created_at=instant_of(r.created_at),
                    attempts=r.attempts, reason=r.last_error,
                )
                for r in c.execute(query)
            ]  # fmt: skip

    def revive(self) -> int:
        """Put the dead letters back, as if they were new, and let all channels be tried at once; how many."""
        with self._db.write() as c:
            now = self._db.now(c)
            c.execute(update(alert_channels).values(failures=0, blocked_until=0))
            c.execute(update(alert_messages).where(alert_messages.c.state == "waiting").values(next_attempt_at=now))
            fresh = {"state": "waiting", "attempts": 0, "next_attempt_at": now, "lease_expires_at": 0}
            return c.execute(update(alert_messages).where(alert_messages.c.state == "dead").values(fresh)).rowcount

    def trim(self, keep_s: float) -> int:
        """Forget events of more than `keep_s` ago with their messages, but for what waits; how many events.

        A story that is forgotten is told again when it comes again.
        """
        with self._db.write() as c:
            limit = self._db.now(c) - round(keep_s * 1000)
            waits = (
                select(alert_deliveries.c.event_id)
                .outerjoin(alert_messages)
                .where(alert_deliveries.c.event_id == alert_events.c.id, func.coalesce(alert_messages.c.state, "waiting") == "waiting")
            )
            number = c.execute(delete(alert_events).where(alert_events.c.created_at < limit, ~waits.exists())).rowcount
            told = select(alert_deliveries.c.event_id).where(alert_deliveries.c.message_id == alert_messages.c.id)
            c.execute(delete(alert_messages).where(alert_messages.c.created_at < limit, ~told.exists()))
        return number

    def counts(self) -> OutboxCounts:
        """How the outbox stands."""
        with self._db.read() as c:
            by_state = select(alert_messages.c.state, func.count()).group_by(alert_messages.c.state)
            states: dict[str, int] = {row[0]: row[1] for row in c.execute(by_state)}
            held = c.execute(select(func.count()).where(alert_deliveries.c.message_id.is_(None))).scalar_one()
        return OutboxCounts(held=held, waiting=states.get("waiting", 0), sent=states.get("sent", 0), dead=states.get("dead", 0))

    def _due(self, c: Connection, now: int, limit: int) -> Sequence[Row[Any]]:
        free = (
            (alert_messages.c.state == "waiting") & (alert_messages.c.next_attempt_at <= now) & (alert_messages.c.lease_expires_at <= now)
        )
        query = (
            select(alert_messages, alert_channels.c.name, alert_channels.c.failures, alert_channel_secrets.c.url)
            .join(alert_channels, alert_channels.c.id == alert_messages.c.channel_id)
            .join(alert_channel_secrets, alert_channel_secrets.c.channel_id == alert_channels.c.id)
            .where(free, alert_channels.c.blocked_until <= now)
            .order_by(alert_messages.c.attempts, alert_messages.c.id)
            .limit(limit)
        )
        return c.execute(query.with_for_update(of=alert_messages, skip_locked=True)).all()

    def _states(self, c: Connection, since: int) -> list[ChannelState]:
        rows = c.execute(
            select(
                alert_deliveries.c.channel_id,
                alert_deliveries.c.event_id,
                alert_events.c.created_at,
                alert_rules.c.id.label("rule_id"),
                alert_rules.c.enabled,
                alert_rules.c.delivery,
            )
            .join(alert_events, alert_events.c.id == alert_deliveries.c.event_id)
            .join(alert_rules, alert_rules.c.id == alert_events.c.rule_id)
            .where(alert_deliveries.c.message_id.is_(None))
            .order_by(alert_deliveries.c.channel_id, alert_rules.c.id, alert_events.c.id)
        ).all()
        lanes: dict[int, dict[int, list[Any]]] = {}
        for row in rows:
            lanes.setdefault(row.channel_id, {}).setdefault(row.rule_id, []).append(row)
        states = []
        for channel, mine in lanes.items():
            past = self._past(c, channel, since)
            states.append(
                ChannelState(
                    channel_id=channel,
                    lanes=tuple(_lane(some, past) for some in mine.values()),
                    recent=sum(r.recent for r in past.values()),
                    storm_at=instant(past[None].storm_at) if None in past else None,
                )
            )
        return states

    def _past(self, c: Connection, channel: int, since: int) -> Mapping[int | None, Row[Any]]:
        """By rule (None: summaries over several): when it last spoke on the channel, how often lately, when it last summed up."""
        m = alert_messages.c
        storm = m.kind == "storm"
        lately = and_(m.created_at > since, ~storm)
        query = select(
            m.rule_id,
            func.max(m.created_at).label("last_at"),
            func.count().filter(lately).label("recent"),
            func.max(m.created_at).filter(storm).label("storm_at"),
        ).where(m.channel_id == channel)
        return {r.rule_id: r for r in c.execute(query.group_by(m.rule_id))}

    def _write(self, c: Connection, channel: int, draft: Draft, now: int) -> int:
        row = {
            "key": f"msg_{secrets.token_hex(16)}", "channel_id": channel, "rule_id": draft.rule_id, "kind": draft.kind, "state": "waiting",
            "created_at": now, "attempts": 0, "next_attempt_at": now, "last_error": "", "lease_token": 0, "lease_expires_at": 0,
        }  # fmt: skip
        key = c.execute(insert(alert_messages).values(row)).inserted_primary_key
        message = key[0] if key else 0
        for chunk in chunks(draft.events):
            mine = (alert_deliveries.c.channel_id == channel) & alert_deliveries.c.event_id.in_(chunk)
            c.execute(update(alert_deliveries).where(mine, alert_deliveries.c.message_id.is_(None)).values(message_id=message))
        return 1

    def _told(self, c: Connection, message: int, shown: int) -> tuple[int, tuple[Told, ...]]:
        mine = alert_deliveries.c.message_id == message
        total = c.execute(select(func.count()).select_from(alert_deliveries).where(mine)).scalar_one()
        rows = c.execute(
            select(alert_events.c.id.label("event_id"), alert_events.c.article_id, alert_events.c.card, alert_events.c.late, alert_rules)
            .join(alert_deliveries, alert_deliveries.c.event_id == alert_events.c.id).join(alert_rules, alert_rules.c.id == alert_events.c.rule_id)
            .where(mine).order_by(alert_events.c.id).limit(shown)
        ).all()  # fmt: skip
        sites: dict[int, list[str]] = {}
        for chunk in chunks([r.event_id for r in rows]):
            copies = (
                select(alert_copies.c.event_id, alert_copies.c.site)
                .where(alert_copies.c.event_id.in_(chunk))
                .order_by(alert_copies.c.created_at)
            )
            for copy in c.execute(copies):
                sites.setdefault(copy.event_id, []).append(copy.site)
        return total, tuple(
            Told(
                rule=rule_from(r, ()), article_id=r.article_id, card=card_from(r.card), late=r.late,
                copies=tuple(dict.fromkeys(sites.get(r.event_id, ()))),
            )
            for r in rows
        )  # fmt: skip

    def _hold(self, c: Connection, message: Outgoing) -> None:
        held = select(alert_messages.c.lease_token, alert_messages.c.state).where(alert_messages.c.id == message.id).with_for_update()
        row = c.execute(held).one_or_none()
        if row is None or row.lease_token != message.token or row.state != "waiting":
            raise LeaseLost(f"another worker has the message {message.key} now")


def _lane(rows: Sequence[Row[Any]], past: Mapping[int | None, Row[Any]]) -> Lane:
    rule, before = rows[0], past.get(rows[0].rule_id)
    return Lane(
        rule_id=rule.rule_id,
        enabled=rule.enabled,
        delivery=msgspec.convert(rule.delivery, Delivery),
        waiting=tuple(Waiting(r.event_id, instant_of(r.created_at)) for r in rows),
        last_at=instant(before.last_at) if before else None,
        recent=before.recent if before else 0,
        storm_at=instant(before.storm_at) if before else None,
    )
