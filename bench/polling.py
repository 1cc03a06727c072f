"""When to poll: ours beside Media Cloud, Miniflux, NewsBlur, StormCrawler, news-crawl and CommaFeed.

Four weeks on the publication times of the captured feeds and of made-up ones; the first week is not counted. The feeds are split
(bench.publishing.sources): the constants of ours are chosen on one half, the figures are of the other.

`ratio_…` is the better of our delay by a rival's at no more polls, and our polls by a rival's at no more delay; then what ours missed there and its
95th percentile by the rival's. `lossless_ratio_…` takes only settings of ours that lose no item which that rival caught.
"""

from __future__ import annotations

import argparse
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec

from bench.corpora import ROOT
from bench.pollers import Ours, Poller, rivals
from bench.publishing import DAY_S, Source, sources
from bench.report import Figures, parser, run
from ingest.feeds.schedule import Pace

DAYS, WARM_UP_DAYS = 28.0, 7.0
# Settings of ours that are tried to find it with a rival's number of polls, or its delay: the same ones for all feeds.
PACES_S = tuple(300.0 * 1.4**n for n in range(15))
FLOORS = (0.3, 0.4)  # of the pace: the busiest feeds are not polled more often than the median needs
WINDOW_SHARES = (0.5, 0.9, 0)
CEILING_S = 14 * DAY_S  # StormCrawler's
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


def _ours(pace: Pace) -> Callable[[Source], Poller]:
    return lambda source: Ours(source.name, pace)


def _each(make: Callable[[], Poller]) -> Callable[[Source], Poller]:
    return lambda _: make()


def _dials() -> Iterator[Pace]:
    for pace, floor, share in product(PACES_S, FLOORS, WINDOW_SHARES):
        yield Pace(hourly_s=pace, floor_s=pace * floor, ceiling_s=CEILING_S, window_share=share)


def _beside(rival: Result, curve: Sequence[Result]) -> tuple[Result | None, float]:
    """What of ours compares best, and its ratio: our delay by the rival's with at most its polls, or our polls by its with at most its delay."""
    found: tuple[Result | None, float] = None, math.inf
    for ours in curve:
        polls, delay = ours.per_day / rival.per_day, ours.quantile(0.5) / rival.quantile(0.5)
        ratio = min(delay if polls <= 1 else math.inf, polls if delay <= 1 else math.inf)
        if ratio < found[1]:
            found = ours, ratio
    return found


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
    curve = [simulate(chosen, _ours(dial)) for dial in _dials()]
    for name, result in results.items():
        best, ratio = _beside(result, curve)
        _, lossless = _beside(result, [c for c in curve if c.missed <= result.missed])
        figures |= {f"ratio_{name}": ratio, f"lossless_ratio_{name}": lossless}
        if best:
            figures |= {f"missed_beside_{name}": len(best.missed), f"p95_ratio_{name}": best.quantile(0.95) / result.quantile(0.95)}
    return figures


if __name__ == "__main__":
    options = parser("polling", __doc__)
    options.add_argument("--feeds", type=Path, default=CORPUS, help="folder of captured feeds")
    options.add_argument("--train", action="store_true", help="figures of the half that the constants were chosen on")
    options.add_argument("--only", choices=("captured", "synthetic"), help="one kind of feeds")
    run("polling", measure, options)
