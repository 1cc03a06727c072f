"""How often a feed publishes, and when: learned from the dates of its items, never from its bytes.

Two rates are kept, of the last weeks and of the last hours, both as counts that fade; the second is drawn to the first
where it rests on little. Hours of the day and days of the week have shares of their own, for which items that come
together count as one piece of evidence: a burst at night does not make the night an hour of publishing. Errors teach
nothing, so what was learned outlasts them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

HOUR_S, DAY_S = 3_600.0, 86_400.0
SLOW_S = 10 * DAY_S  # fading of the long-run rate: two weekends are in it
FAST_S = 2 * HOUR_S  # fading of the recent rate: breaking news shows within one poll or two
HABIT_S = 28 * DAY_S  # fading of hours and weekdays
PRIOR_SLOW = 0.005  # items, at one a month, that the long-run rate starts from
PRIOR_FAST = 2.5  # items at the long-run rate that the recent rate starts from
PRIOR_HOUR, PRIOR_DAY = 0.3, 8.0  # items in each hour, each weekday, before any was seen; in hours, more where they come together
TURNOVER_RELAX_S = 28 * DAY_S  # a window that once rolled over fast is believed slower again at this pace
_MONTH_S = 30 * DAY_S


class Rhythm(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a feed's publishing at `at` (seconds since 1970). Kept as JSON beside the feed."""

    at: float
    slow: float = 0.0  # items, fading with SLOW_S
    slow_s: float = 0.0  # the time that they came in, fading alike
    fast: float = 0.0
    fast_s: float = 0.0
    hours: tuple[float, ...] = (0.0,) * 24  # items by hour of the day, UTC
    days: tuple[float, ...] = (0.0,) * 7  # by day of the week, Monday first
    company: float = 0.0  # sum over these items of those that had come just before each, fading with FAST_S
    window: int = 0  # items that the feed showed last
    turnover_s: float | None = None  # in which all of them make room for new ones, at its fastest lately


def learn(rhythm: Rhythm | None, published: Sequence[float], *, window: Sequence[float], shown: int, now: float) -> Rhythm:
    """`rhythm` after a poll at `now` that found new items of the dates `published` among `shown` items in all.

    `window` has the dates of all shown items, where they have one. All are seconds since 1970. A first poll takes the whole window for news: what the
    feed published before anybody looked counts like the rest.
    """
    if rhythm is None:
        start = min((t for t in window if t <= now), default=now)
        rhythm = Rhythm(at=start)
        published = [t for t in window if t <= now]
    start, passed = min(rhythm.at, now), max(now - rhythm.at, 0.0)  # a clock may be set back
    exposure = habits(rhythm).at(start + passed / 2) if passed < HOUR_S else 1.0
    times = sorted(min(max(t, start), now) for t in published)
    slow, slow_s = _faded(rhythm.slow, rhythm.slow_s, times, now, passed, SLOW_S, 1.0)
    fast, fast_s = _faded(rhythm.fast, rhythm.fast_s, times, now, passed, FAST_S, exposure)
    fading = math.exp(-passed / HABIT_S)
    hours, days = [h * fading for h in rhythm.hours], [d * fading for d in rhythm.days]
    company = rhythm.company * fading + _company(rhythm.fast, times, start, now)
    for moment in published:
        weight = math.exp(-max(now - moment, 0.0) / HABIT_S)
        hours[int(moment // HOUR_S) % 24] += weight
        days[_weekday(moment)] += weight
    return Rhythm(
        at=now, slow=slow, slow_s=slow_s, fast=fast, fast_s=fast_s, hours=tuple(hours), days=tuple(days), company=company,
        window=shown, turnover_s=_turnover(rhythm, window, shown, passed),
    )  # fmt: skip


def per_second(rhythm: Rhythm) -> tuple[float, float]:
    """The long-run rate and the present one, in items a second, hours of the day left out."""
    slow = (rhythm.slow + PRIOR_SLOW) / (rhythm.slow_s + PRIOR_SLOW * _MONTH_S)
    return slow, (rhythm.fast + PRIOR_FAST) / (rhythm.fast_s + PRIOR_FAST / slow)


class Habits(NamedTuple):
    """How much more than on average a feed publishes in each hour of the day and on each day of the week: 1 is the average."""

    hours: tuple[float, ...]
    days: tuple[float, ...]

    def at(self, moment: float) -> float:
        return self.hours[int(moment // HOUR_S) % 24] * self.days[_weekday(moment)]


def habits(rhythm: Rhythm) -> Habits:
    """Hours are told apart as far as a day was watched, weekdays as far as a week was."""
    hours, days = rhythm.hours, rhythm.days
    total = sum(hours)
    prior = PRIOR_HOUR * (1 + rhythm.company / total) if total else PRIOR_HOUR
    smooth = (hours[h - 1] / 4 + hours[h] / 2 + hours[(h + 1) % 24] / 4 for h in range(24))
    by_hour, by_day = total / 24 + prior, sum(days) / 7 + PRIOR_DAY
    day, week = _watched(rhythm, DAY_S), _watched(rhythm, 7 * DAY_S)
    return Habits(
        tuple(1 + ((count + prior) / by_hour - 1) * day for count in smooth),
        tuple(1 + ((count + PRIOR_DAY) / by_day - 1) * week for count in days),
    )


def _watched(rhythm: Rhythm, cycle_s: float) -> float:
    """What part of a cycle was: 1 from one whole on."""
    return min(1.0, rhythm.slow_s / (SLOW_S * (1 - math.exp(-cycle_s / SLOW_S))))


def _weekday(moment: float) -> int:
    return int(moment // DAY_S + 3) % 7  # 1 January 1970 was a Thursday


def _faded(
    count: float, time_s: float, times: Sequence[float], now: float, passed: float, fading_s: float, exposure: float
) -> tuple[float, float]:
    fading = math.exp(-passed / fading_s)
    count = count * fading + sum(math.exp(-(now - t) / fading_s) for t in times)
    return count, time_s * fading + exposure * fading_s * (1 - fading)


def _company(fast: float, times: Sequence[float], start: float, now: float) -> float:
    """Of items at `times`, in order, where `fast` was the fading count at `start`."""
    company, at = 0.0, start
    for moment in times:
        fast, at = fast * math.exp(-(moment - at) / FAST_S), moment
        company += fast * math.exp(-(now - moment) / HABIT_S)
        fast += 1
    return company


def _turnover(rhythm: Rhythm, window: Sequence[float], shown: int, passed: float) -> float | None:
    """From the oldest to the newest date that the feed shows, unless it publishes in batches, where that says nothing."""
    before = rhythm.turnover_s and rhythm.turnover_s * math.exp(min(passed / TURNOVER_RELAX_S, 100))
    if shown < 3 or len({t // 60 for t in window}) * 2 < shown:
        return before
    span = max(window) - min(window)
    return span if before is None else min(span, before)
