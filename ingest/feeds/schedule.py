"""When is a feed polled next? A pure decision that says why.

A poll is due when the waiting of the items that will probably have come by then has added up: often where much is
published and at the hours when it is, seldom elsewhere. The server's hints push it later, a window that is about to
roll over earlier, Retry-After always holds. Where polls are scarce they go to busy feeds more, and windows roll over.
"""

from __future__ import annotations

import hashlib
import math

import msgspec

from ingest.feeds.hints import Hints
from ingest.feeds.rhythm import DAY_S, FAST_S, HOUR_S, Rhythm, habits, per_second

MAX_DOUBLINGS = 20  # beyond it the cap holds anyway
SPREAD = 0.1  # of the wait: feeds do not fall due together
EMPHASIS = 2.0  # how much more busy feeds and hours count than quiet ones; 1: least mean delay, 2: least mean of its logarithm
EMPHASIS_SCARCE = 3.0  # from a tenth of the polls of PLENTY_S on: near the least median, slow feeds wait
PLENTY_S = 900.0  # the slowest pace at which no feed has to stand back for others
SELDOM = 1 / 30  # items a day, below which no number is told
PUSHED = 4.0  # times the wait of a feed whose hub tells of news: a look whether the hub does
PUSHED_MAX_S = 6 * HOUR_S
_STEPS = 24 * 31  # hours looked ahead


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator asks for, in seconds."""

    fixed_s: float = 0.0  # every feed at this interval; 0: as it publishes
    hourly_s: float = PLENTY_S  # between two polls of a feed that publishes once an hour, all day
    floor_s: float = 120.0
    ceiling_s: float = DAY_S
    window_share: float = 0.5  # of the time in which a feed's items are all replaced: times `scarcity`: never later; 0: whatever it costs
    error_cap_s: float = DAY_S


class NextPoll(msgspec.Struct, frozen=True):
    """`in_s` seconds from now, because of `reason`, a phrase for people."""

    in_s: float
    reason: str


NO_HINTS = Hints()


def next_poll(
    key: str,
    *,
    now: float,
    pace: Pace,
    rhythm: Rhythm | None = None,
    hints: Hints = NO_HINTS,
    own_s: float = 0.0,
    errors: int = 0,
    error: str = "",
    pushed: bool = False,
) -> NextPoll:
    """The time to the next poll of the feed `key` after one at `now` (seconds since 1970).

    `errors` counts those in a row, `error` names the last: they double the wait up to `Pace.error_cap_s` and never stop
    a feed for good. `own_s` is an interval that its owner has set for this feed. `pushed`: a hub tells of its news.
    """
    fixed_s = own_s or pace.fixed_s
    if fixed_s:
        wait, reason = fixed_s, f"every {span(fixed_s)}, as set"
    else:
        wait, reason = _hinted(*_wanted(rhythm, now, pace), now, pace, hints)
        if pushed and wait < (limit := min(PUSHED_MAX_S, pace.ceiling_s)):
            wait, reason = min(wait * PUSHED, limit), f"its hub tells of news; {reason}, times {PUSHED:g}"
    wait *= 1 + (_spread(key) - 0.5) * SPREAD
    if not fixed_s:
        wait, reason = _within_window(wait, reason, rhythm, pace)
    if errors:
        wait = min(wait * 2.0 ** min(errors, MAX_DOUBLINGS), max(pace.error_cap_s, wait))
        reason = f"error {errors} in a row ({error}): wait {span(wait)}"
    if hints.retry_after_s > wait:
        wait, reason = hints.retry_after_s * (1 + _spread(key) * SPREAD), f"the server asks for {span(hints.retry_after_s)}"
    return NextPoll(wait, reason)


def _hinted(wait: float, reason: str, now: float, pace: Pace, hints: Hints) -> tuple[float, str]:
    hint, asks = max((hints.fresh_s, "the cache headers of its server ask"), (hints.ttl_s, "its ttl asks"))
    hint = min(hint, pace.ceiling_s)
    if wait < hint:
        wait, reason = hint, f"{asks} for {span(hint)}"
    return _past_skipped(wait, reason, now, hints)


def _wanted(rhythm: Rhythm | None, now: float, pace: Pace) -> tuple[float, str]:
    if rhythm is None:
        return min(max(pace.hourly_s, pace.floor_s), pace.ceiling_s), "nothing is known of it yet"
    wait = expected_wait(rhythm, now, pace)
    slow, fast = per_second(rhythm)
    rate = f"publishes {_number(slow * DAY_S)} a day" if slow * DAY_S >= SELDOM else "publishes less than once a month"
    if fast > 2 * slow:
        rate += f", {_number(fast * DAY_S)} at present"
    if wait <= pace.floor_s:
        return pace.floor_s, f"{rate}: as often as allowed, every {span(pace.floor_s)}"
    if wait >= pace.ceiling_s:
        return pace.ceiling_s, f"{rate}: as seldom as allowed, every {span(pace.ceiling_s)}"
    return wait, f"{rate}, by this hour and day: in {span(wait)}"


def scarcity(hourly_s: float) -> float:
    """How many times fewer polls `Pace.hourly_s` asks for than there have to be for every feed to get its share; at least 1."""
    return max(1.0, hourly_s / PLENTY_S)


def emphasis(hourly_s: float) -> float:
    """The power of its rate by which a feed counts: EMPHASIS where polls are plenty, up to EMPHASIS_SCARCE where they are scarce."""
    return min(EMPHASIS + math.log10(scarcity(hourly_s)), EMPHASIS_SCARCE)


def expected_wait(rhythm: Rhythm, now: float, pace: Pace) -> float:
    """Seconds until the expected waiting of what is published from `now` on has reached what `pace` allows; at most its ceiling."""
    (slow, fast), usual, power = per_second(rhythm), habits(rhythm), emphasis(pace.hourly_s)
    left = pace.hourly_s**2 / 2  # of a feed of one item an hour: its urgency is 1
    passed = pending = 0.0
    for _ in range(_STEPS):
        moment = now + passed
        step = HOUR_S - moment % HOUR_S
        rate = (slow + (fast - slow) * math.exp(-(passed + step / 2) / FAST_S)) * usual.at(moment)
        urgency = (rate * HOUR_S) ** power
        # `pending` items wait already: left = pending * t + urgency * t² / 2
        t = 2 * left / (pending + math.sqrt(pending * pending + 2 * urgency * left))
        if t <= step:
            return min(passed + t, pace.ceiling_s)
        left -= pending * step + urgency * step * step / 2
        pending += urgency * step
        passed += step
        if passed >= pace.ceiling_s:
            return pace.ceiling_s
    return pace.ceiling_s


def _within_window(wait: float, reason: str, rhythm: Rhythm | None, pace: Pace) -> tuple[float, str]:
    if rhythm is None or not rhythm.turnover_s or not pace.window_share:
        return wait, reason
    limit = max(rhythm.turnover_s * pace.window_share * scarcity(pace.hourly_s), pace.floor_s)
    if wait <= limit:
        return wait, reason
    scarce = " and polls are scarce" if limit > rhythm.turnover_s else ""
    return limit, f"its {rhythm.window} items may all be replaced within {span(rhythm.turnover_s)}{scarce}: in {span(limit)}"


def _past_skipped(wait: float, reason: str, now: float, hints: Hints) -> tuple[float, str]:
    """The first moment from `wait` on that the feed does not exclude; where it excludes every one, it is not believed."""
    moment = wanted = now + wait
    for _ in range(8 * 24):
        if int(moment // HOUR_S) % 24 in hints.skip_hours or int(moment // DAY_S + 3) % 7 in hints.skip_days:
            moment = (moment // HOUR_S + 1) * HOUR_S
            continue
        if moment == wanted:  # not by the waits: `moment - now` may be another float than `wait`
            return wait, reason
        return moment - now, f"the feed asks not to be read before, by skipHours or skipDays: in {span(moment - now)}"
    return wait, reason


def span(seconds: float) -> str:
    """A duration for people: "45 s", "15 min", "2 h", "3 d"."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return f"{round(seconds, 1):g} s"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def _spread(key: str) -> float:
    """0 to 1, the same for a feed at all times."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") / 2**32
