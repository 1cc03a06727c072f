"""How a host is treated: when the next request may start, how many at once, how long it is left alone. Pure decisions.

What is known of a scope (a host, a site or an address, as `politeness_scope` says) is one `ScopeMemory`, kept where all
workers see it. Instants are milliseconds by that place's clock.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

REFUSED_S = 120.0  # a host that says 429 is left alone for at least this long, whatever its Retry-After says
REFUSED_CAP_S = 86_400.0  # and for no longer: who asks for more has made a mistake
DENIED_IN_A_ROW = 3  # so many 403 or 503 in a row are a host's way to say 429 (Reddit's, for one)
SLOW_STEP_S = 600.0  # a level of slowness is forgotten in this time
SLOW_MOST = 6.0  # levels: 64 times the interval
SLOW_LEAST_INTERVAL_S = 1.0  # what is doubled where no interval is set
SLOW_INTERVAL_CAP_S = 60.0
AHEAD_S = 1.0  # a turn is given out at most this long before it starts: what is held cannot be used by others
LOOK_AGAIN_S = 0.25  # how soon to ask again where others hold all turns
HOUR_MS = 3_600_000


class ScopeMemory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a scope."""

    next_ms: int = 0  # the earliest start of the next request
    turns: dict[str, int] = {}  # those under way, and when each ends at the latest
    slow: float = 0.0  # levels of slowness, at `slow_ms`; each doubles the interval
    slow_ms: int = 0
    blocked_ms: int = 0  # nothing is asked before
    refusals: int = 0  # 403 and 503 in a row
    hour: int = 0  # since 1970: to which `asked` belongs
    asked: int = 0  # requests that the hourly budget counts


class Rules(NamedTuple):
    """What the settings ask of us."""

    concurrency: int = 2
    interval_s: float = 0.5
    hourly: int = 0  # articles of a scope in an hour; 0: no limit
    turn_s: float = 60.0  # a turn that was not given back by then belongs to a worker that is gone


class Ask(NamedTuple):
    """A request that wants its turn."""

    id: str
    scope: str
    interval_s: float = 0.0  # as robots.txt asks; the longer of this and the rule's counts
    counted: bool = False  # by the hourly budget


class Left(NamedTuple):
    """A turn that is over, and what the host said."""

    id: str
    scope: str
    status: int = 0  # 0: no response
    retry_after_s: float | None = None


class Why(enum.StrEnum):
    """Why a turn is not given."""

    TURNS = "turns"  # others have them, or had one a moment ago
    BLOCKED = "blocked"  # the host asked to be left alone
    BUDGET = "budget"


class Answer(NamedTuple):
    """`why` None: the turn is given, and starts in `in_s` seconds. Else it is worth asking again by then."""

    in_s: float
    why: Why | None = None


def decide(
    memories: Mapping[str, ScopeMemory], asks: Sequence[Ask], left: Iterable[Left], rules: Rules, now_ms: int
) -> tuple[dict[str, ScopeMemory], dict[str, Answer]]:
    """Turns that are over, then those that are asked for, in their order: what is known afterwards, and an answer for each ask."""
    known = dict(memories)
    for turn in left:
        known[turn.scope] = leave(known.get(turn.scope, ScopeMemory()), turn, now_ms)
    answers: dict[str, Answer] = {}
    for ask in asks:
        known[ask.scope], answers[ask.id] = take(known.get(ask.scope, ScopeMemory()), ask, rules, now_ms)
    return known, answers


def take(memory: ScopeMemory, ask: Ask, rules: Rules, now_ms: int) -> tuple[ScopeMemory, Answer]:
    """The turn that is asked for, or when to ask again."""
    if memory.blocked_ms > now_ms:
        return memory, Answer((memory.blocked_ms - now_ms) / 1000, Why.BLOCKED)
    hour = now_ms // HOUR_MS
    asked = memory.asked if memory.hour == hour else 0
    if ask.counted and rules.hourly and asked >= rules.hourly:
        return memory, Answer(((hour + 1) * HOUR_MS - now_ms) / 1000, Why.BUDGET)
    slow = slowness(memory, now_ms)
    turns = {turn: end for turn, end in memory.turns.items() if end > now_ms}
    if len(turns) >= (1 if slow >= 1 else rules.concurrency):
        return memory, Answer(LOOK_AGAIN_S, Why.TURNS)
    start = max(now_ms, memory.next_ms)
    if start - now_ms > AHEAD_S * 1000:
        return memory, Answer((start - now_ms) / 1000 - AHEAD_S, Why.TURNS)
    spacing_ms = round(spacing_s(rules, slow, ask.interval_s) * 1000)
    known = msgspec.structs.replace(
        memory,
        next_ms=start + spacing_ms,
        turns=turns | {ask.id: start + round(rules.turn_s * 1000)},
        hour=hour,
        asked=asked + ask.counted,
    )
    return known, Answer((start - now_ms) / 1000)


def leave(memory: ScopeMemory, turn: Left, now_ms: int) -> ScopeMemory:
    """The turn is over, and the host may have said that it was one too many."""
    turns = {name: end for name, end in memory.turns.items() if name != turn.id and end > now_ms}
    refusals = memory.refusals + 1 if turn.status in {403, 503} else 0 if turn.status else memory.refusals
    memory = msgspec.structs.replace(memory, turns=turns, refusals=refusals)
    if turn.status not in {403, 429, 503}:
        return memory
    blocked_ms = memory.blocked_ms
    if turn.status == 429 or refusals >= DENIED_IN_A_ROW or (turn.status == 503 and turn.retry_after_s):
        wait_s = min(max(turn.retry_after_s or 0.0, REFUSED_S), REFUSED_CAP_S)
        blocked_ms = max(blocked_ms, now_ms + round(wait_s * 1000))
    slow = min(slowness(memory, now_ms) + 1, SLOW_MOST)
    return msgspec.structs.replace(memory, slow=slow, slow_ms=now_ms, blocked_ms=blocked_ms)


def slowness(memory: ScopeMemory, now_ms: int) -> float:
    """Levels of slowness at present: a level goes with every `SLOW_STEP_S` without a refusal."""
    passed_s = max(0, now_ms - memory.slow_ms) / 1000
    return max(0.0, memory.slow - passed_s / SLOW_STEP_S)


def spacing_s(rules: Rules, slow: float, asked_s: float = 0.0) -> float:
    """Least time between the starts of two requests."""
    plain = max(rules.interval_s, asked_s)
    if slow <= 0:
        return plain
    return max(plain, min(max(plain, SLOW_LEAST_INTERVAL_S) * math.pow(2.0, slow), SLOW_INTERVAL_CAP_S))
