"""Channels of alerts. Their URLs hold secrets: they lie in a table of their own and leave it only to be sent to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from ingest.errors import UsageError
from ingest.state.database import Database, instant_of
from ingest.state.tables import alert_channel_secrets, alert_channels, alert_rule_channels


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as people may see it."""

    id: int
    name: str
    shown: str
    rules: int  # that speak on it
    failures: int  # in a row
    blocked_until: datetime | None
    last_error: str


class Channels:
    """All reads and writes about channels, but for the success of sending."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def add(self, url: str, *, shown: str, name: str = "") -> str:
        """The name of the channel `url`; it is made where there is none. `shown`: what people may see of it.

        Raises UsageError where `name` is taken by another URL.
        """
        with self._db.write() as c:
            known = select(alert_channels.c.name).join(alert_channel_secrets).where(alert_channel_secrets.c.url == url)
            found = c.execute(known).scalar()
            if found is not None and name in ("", found):
                return str(found)
            if found is not None:
                raise UsageError(f"this URL is the channel {found!r} already: use it by that name")
            if name and c.execute(select(alert_channels.c.id).where(alert_channels.c.name == name)).scalar() is not None:
                raise UsageError(f"there is a channel {name!r} already: remove it first, or take another name")
            name = name or self._free_name(c, shown)
            row = {"name": name, "shown": shown, "created_at": self._db.now(c), "failures": 0, "blocked_until": 0, "last_error": ""}
            key = c.execute(insert(alert_channels).values(row)).inserted_primary_key
            c.execute(insert(alert_channel_secrets).values(channel_id=key[0] if key else 0, url=url))
        return name

    def all(self) -> list[Channel]:
        """All channels, by name."""
        rules = select(func.count()).where(alert_rule_channels.c.channel_id == alert_channels.c.id).scalar_subquery()
        with self._db.read() as c:
            now = self._db.now(c)
            return [
                Channel(
                    id=r.id, name=r.name, shown=r.shown, rules=r.rules, failures=r.failures,
                    blocked_until=instant_of(r.blocked_until) if r.blocked_until > now else None, last_error=r.last_error,
                )
                for r in c.execute(select(alert_channels, rules.label("rules")).order_by(alert_channels.c.name))
            ]  # fmt: skip

    def remove(self, name: str) -> bool:
        """Forget a channel and what waits for it; rules stay. False where there is none."""
        with self._db.write() as c:
            return bool(c.execute(delete(alert_channels).where(alert_channels.c.name == name)).rowcount)

    def url(self, name: str) -> str | None:
        """The URL in full, to send to."""
        with self._db.read() as c:
            wanted = select(alert_channel_secrets.c.url).join(alert_channels).where(alert_channels.c.name == name)
            return c.execute(wanted).scalar()

    def _free_name(self, c: Connection, shown: str) -> str:
        taken = set(c.execute(select(alert_channels.c.name).where(alert_channels.c.name.startswith(shown, autoescape=True))).scalars())
        names = (shown if number == 1 else f"{shown} ({number})" for number in range(1, len(taken) + 2))
        return next(name for name in names if name not in taken)


def channel_ids(c: Connection, names: Sequence[str]) -> list[int]:
    """The ids of channels by name. Raises UsageError where one is not there."""
    ids = []
    for name in dict.fromkeys(names):
        found = c.execute(select(alert_channels.c.id).where(alert_channels.c.name == name)).scalar()
        if found is None:
            raise UsageError(f"there is no channel {name!r}: newsflow alerts channels list shows them")
        ids.append(found)
    return ids
