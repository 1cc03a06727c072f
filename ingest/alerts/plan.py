"""What is said now: which events become which message, and which wait. Pure: everything comes in as plain data, with `now`.

For each rule on a channel, in this order:

1. paused, or within quiet hours: wait
2. a digest: wait for its time, then all in one message
3. throttled: wait until the last message is old enough, then all in one message
4. held since quiet hours: all in one message
5. else a message for each event, as far as the storm caps allow; what is over goes into one summary for each rule, or for
   the channel where the channel's cap is reached; further ones wait until an hour has passed since the last summary
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from ingest.alerts.schedule import Digest, Quiet, zone_of
from ingest.model import Delivery

STORM_WINDOW = timedelta(hours=1)  # over which the storm caps count


class Kind(StrEnum):
    """What a message is."""

    ALERT = "alert"  # one story
    GATHERED = "gathered"  # several stories that had to wait
    DIGEST = "digest"
    STORM = "storm"  # a summary of what was over the cap


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """An event that no message on this channel tells of yet."""

    event_id: int
    at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Lane:
    """A rule on one channel: what waits, and what was said before."""

    rule_id: int
    delivery: Delivery
    waiting: tuple[Waiting, ...]  # in order of their instants
    enabled: bool = True
    last_at: datetime | None = None  # of the latest message, whatever its kind
    recent: int = 0  # messages within STORM_WINDOW, summaries not counted
    storm_at: datetime | None = None  # of the latest summary of this rule


@dataclasses.dataclass(frozen=True, slots=True)
class Past:
    """What the channel carried within STORM_WINDOW, over all rules."""

    recent: int = 0
    storm_at: datetime | None = None  # of the latest summary over several rules


@dataclasses.dataclass(frozen=True, slots=True)
class Planned:
    """One message to write. `rule_id` None: a summary over several rules."""

    kind: Kind
    rule_id: int | None
    events: tuple[int, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Caps:
    """Messages an hour: of one rule on one channel, and of one channel."""

    rule: int
    channel: int


def plan(lanes: Sequence[Lane], past: Past, caps: Caps, now: datetime) -> list[Planned]:
    """The messages to write now on one channel; events that are in none of them wait."""
    messages: list[Planned] = []
    left = max(0, caps.channel - past.recent)
    over: dict[int, list[int]] = {}
    for lane in lanes:
        kind = due(lane, now)
        if kind is None:
            continue
        ids = [w.event_id for w in lane.waiting]
        if kind is not Kind.ALERT:
            if left:
                left -= 1
                messages.append(Planned(kind, lane.rule_id, tuple(ids)))
            else:
                over[lane.rule_id] = ids
            continue
        single = min(len(ids), left, max(0, caps.rule - lane.recent))
        left -= single
        messages += [Planned(Kind.ALERT, lane.rule_id, (i,)) for i in ids[:single]]
        rest = ids[single:]
        if not rest:
            continue
        if not left:
            over[lane.rule_id] = rest
        elif _quiet_since(lane.storm_at, now):
            messages.append(Planned(Kind.STORM, lane.rule_id, tuple(rest)))
    return messages + _channel_summary(over, past, now)


def due(lane: Lane, now: datetime) -> Kind | None:
    """How what waits in the lane is said now; None: it waits on. ALERT stands for one message for each event."""
    if not lane.waiting or not lane.enabled:
        return None
    delivery, zone = lane.delivery, zone_of(lane.delivery)
    quiet = Quiet.parse(delivery.quiet) if delivery.quiet else None
    if quiet is not None and quiet.holds(now, zone):
        return None
    if delivery.digest:
        return Kind.DIGEST if Digest.parse(delivery.digest).after(lane.waiting[0].at, zone) <= now else None
    if delivery.throttle_s and lane.last_at and now < lane.last_at + timedelta(seconds=delivery.throttle_s):
        return None
    several = len(lane.waiting) > 1
    held = quiet is not None and any(quiet.holds(w.at, zone) for w in lane.waiting)
    return Kind.GATHERED if several and (delivery.throttle_s or held) else Kind.ALERT


def _channel_summary(over: Mapping[int, Iterable[int]], past: Past, now: datetime) -> list[Planned]:
    events = tuple(sorted(event for events in over.values() for event in events))
    if not events or not _quiet_since(past.storm_at, now):
        return []
    return [Planned(Kind.STORM, next(iter(over)) if len(over) == 1 else None, events)]


def _quiet_since(storm_at: datetime | None, now: datetime) -> bool:
    return storm_at is None or now - storm_at >= STORM_WINDOW
