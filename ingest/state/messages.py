"""What the outbox hands out and takes: lanes that wait, messages under way, dead letters. Plain data."""

from __future__ import annotations

from datetime import datetime

import msgspec

from ingest.model import Card, Delivery, Rule


class Waiting(msgspec.Struct, frozen=True):
    """An event that no message on the channel tells of yet."""

    event_id: int
    at: datetime


class Lane(msgspec.Struct, frozen=True, kw_only=True):
    """A rule on one channel: what waits, in order, and what was said before."""

    rule_id: int
    enabled: bool
    delivery: Delivery
    waiting: tuple[Waiting, ...]
    last_at: datetime | None
    recent: int  # messages within the window, summaries not counted
    storm_at: datetime | None


class ChannelState(msgspec.Struct, frozen=True, kw_only=True):
    """All lanes of one channel on which something waits."""

    channel_id: int
    lanes: tuple[Lane, ...]
    recent: int
    storm_at: datetime | None


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A message to write."""

    kind: str
    rule_id: int | None
    events: tuple[int, ...]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An event as a message tells it."""

    rule: Rule
    article_id: str
    card: Card
    late: bool
    copies: tuple[str, ...]  # sites of further articles of the story that fit the rule


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message that this worker holds."""

    id: int
    token: int
    key: str
    kind: str
    channel_id: int
    channel: str
    url: str  # in full: never to be logged
    created_at: datetime
    attempts: int
    failures: int  # of the channel, in a row
    total: int  # events
    told: tuple[Told, ...]  # the first of them


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was given up."""

    id: int
    channel: str
    rule_name: str | None
    kind: str
    events: int
    created_at: datetime
    attempts: int
    reason: str


class OutboxCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How the outbox stands."""

    held: int  # events on a channel that wait for their time
    waiting: int  # messages written and not sent
    sent: int
    dead: int
