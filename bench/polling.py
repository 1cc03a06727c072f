"""When to poll: ours beside Media Cloud, Miniflux, NewsBlur, StormCrawler, news-crawl and CommaFeed.

StormCrawler and news-crawl by the raw bytes, as they are, and as though they went by the items (`…_by_items`).

Four weeks on the publication times of the captured feeds and of made-up ones; the first week is not counted. The feeds are split
(bench.publishing.sources): the constants of ours are chosen on one half, the figures are of the other.

One dial is turned to stand beside each rival, NEWSFLOW_POLL_PACE_S; the others stay where `_dial` has them. `ratio_…` is the better of our delay by a
rival's at no more polls, and our polls by a rival's at no more delay; then the pace in seconds that gave it, what ours missed there, what of it that rival
caught (`lost_to_…`) and what that rival missed and ours caught (`won_from_…`), and the 95th percentile by the rival's. `lossless_ratio_…` is the same with
windows watched as by default, however scarce the polls, and without losing an item which that rival caught. `hindsight_ratio_…` is the least delay that
can be had at that rival's polls, by its delay (bench.hindsight).
"""

from __future__ import annotations

import argparse
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import msgspec

from bench.corpora import ROOT
from bench.hindsight import by_hour_of_week, least_median_s
from bench.pollers import Ours, Poller, rivals
from bench.publishing import DAY_S, Source, sources
from bench.report import Figures, parser, run
from ingest.feeds.schedule import Pace, scarcity

DAYS, WARM_UP_DAYS = 28.0, 7.0
PACES_S = tuple(round(100 * 1.03**n) for n in range(220))  # steps small enough to meet a rival's number of polls
FLOOR = 0.3  # of the pace, for NEWSFLOW_POLL_MIN_S: the busiest feeds are not polled more often than the median needs
CEILING_S = 14 * DAY_S  # NEWSFLOW_POLL_MAX_S: StormCrawler's
CORPUS = ROOT / "feeds" / "captured"


class Result(msgspec.Struct):
    """Sums over feeds."""

    feeds: int = 0
    polls: int = 0
    delays: list[float] = msgspec.field(default_factory=list)
    missed: set[tuple[str, float]] = msgspec.field(default_factory=set)

    @property
    def per_day(self) -> float:
        """Polls per feed and day."""
        return self.polls / self.feeds / (DAYS - WARM_UP_DAYS)

    def quantile(self, share: float) -> float:
        """Of the delays, in minutes."""
        ordered = sorted(self.delays)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] / 60


def simulate(feeds: Sequence[Source], make: Callable[[Source], Poller]) -> Result:
    """Poll all `feeds`, each with a poller of its own."""
    result = Result(feeds=len(feeds))
    for source in feeds:
        _one(source, make(source), result)
    return result


def _one(source: Source, poller: Poller, result: Result) -> None:
    times, now, known = source.times, source.start, 0
    counted, end = source.start + WARM_UP_DAYS * DAY_S, source.start + DAYS * DAY_S
    while now < end:
        count = bisect_right(times, now)
        oldest = max(0, count - source.window)
        fresh = times[max(known, oldest) : count]
        if now >= counted:
            result.polls += 1
            result.delays += [now - t for t in fresh if t >= counted]
            result.missed |= {(source.name, t) for t in times[known:oldest] if t >= counted}
        wait = poller.after(now, fresh, times[oldest:count])
        known = count
        now += wait


def _each(make: Callable[[bool], Poller]) -> Callable[[Source], Poller]:
    return lambda source: make(source.ticks)


def _ours(pace: Pace) -> Callable[[Source], Poller]:
    return lambda source: Ours(source.name, pace)


Dial = Callable[[int], Result]


def _dial(chosen: Sequence[Source], *, lossless: bool) -> Dial:
    """Ours at a step of PACES_S, each simulated once; `lossless`: windows are watched as closely as with the default settings."""

    @cache
    def at(step: int) -> Result:
        pace = PACES_S[step]
        share = Pace().window_share / (scarcity(pace) if lossless else 1)
        return simulate(chosen, _ours(Pace(hourly_s=pace, floor_s=pace * FLOOR, ceiling_s=CEILING_S, window_share=share)))

    return at


def _first(holds: Callable[[int], bool]) -> int:
    """The first step of PACES_S that `holds`, which those after it are taken to do as well; the last where none does."""
    return bisect_left(range(len(PACES_S) - 1), 1, key=lambda step: int(holds(step)))


def _beside(rival: Result, dial: Dial) -> tuple[int, float]:
    """The step of ours that compares best, and its ratio: our delay by the rival's at its number of polls, or our polls by its at its delay."""
    by_polls = _first(lambda step: dial(step).per_day <= rival.per_day)
    by_delay = max(0, _first(lambda step: dial(step).quantile(0.5) > rival.quantile(0.5)) - 1)
    delay, polls = dial(by_polls).quantile(0.5) / rival.quantile(0.5), dial(by_delay).per_day / rival.per_day
    return (by_polls, delay) if delay < polls else (by_delay, polls)


def _lossless(rival: Result, dial: Dial) -> float:
    """The same, without losing an item which the rival caught."""
    step, ratio = _beside(rival, dial)
    if dial(step).missed <= rival.missed:
        return ratio
    too_seldom = _first(lambda step: dial(step).quantile(0.5) > rival.quantile(0.5) or not dial(step).missed <= rival.missed)
    return dial(max(0, too_seldom - 1)).per_day / rival.per_day


def measure(arguments: argparse.Namespace) -> Figures:
    """Polls per feed and day, delays in minutes, items missed; then what ours needs beside each rival."""
    chosen = sources("train" if arguments.train else "report", arguments.feeds, DAYS)
    if arguments.only:
        chosen = [s for s in chosen if (" " in s.name) == (arguments.only == "synthetic")]
    figures: dict[str, float] = {"feeds": len(chosen)}
    ours = simulate(chosen, _ours(Pace()))
    results = {name: simulate(chosen, _each(make)) for name, make in rivals().items()}
    for name, result in {"ours": ours, **results}.items():
        figures |= {
            f"{name}_polls": result.per_day, f"{name}_median_min": result.quantile(0.5), f"{name}_p95_min": result.quantile(0.95),
            f"{name}_missed": len(result.missed),
        }  # fmt: skip
    figures["ours_missed_that_a_rival_caught"] = len({m for m in ours.missed if any(m not in r.missed for r in results.values())})
    weeks = [by_hour_of_week(t for t in s.times if t >= s.start + WARM_UP_DAYS * DAY_S) for s in chosen]
    dial, lossless = _dial(chosen, lossless=False), _dial(chosen, lossless=True)
    for name, result in results.items():
        step, ratio = _beside(result, dial)
        best = dial(step)
        figures |= {
            f"ratio_{name}": ratio, f"pace_s_beside_{name}": PACES_S[step], f"missed_beside_{name}": len(best.missed),
            f"lost_to_{name}": len(best.missed - result.missed), f"won_from_{name}": len(result.missed - best.missed),
            f"hindsight_ratio_{name}": least_median_s(weeks, result.per_day * len(chosen) * 7) / 60 / result.quantile(0.5),
            f"p95_ratio_{name}": best.quantile(0.95) / result.quantile(0.95), f"lossless_ratio_{name}": _lossless(result, lossless),
        }  # fmt: skip
    return figures


if __name__ == "__main__":
    options = parser("polling", __doc__)
    options.add_argument("--feeds", type=Path, default=CORPUS, help="folder of captured feeds")
    options.add_argument("--train", action="store_true", help="figures of the half that the constants were chosen on")
    options.add_argument("--only", choices=("captured", "synthetic"), help="one kind of feeds")
    run("polling", measure, options)
