"""The pollers that `bench.polling` compares: ours as it is, and the formulas of five others as their sources give them.

Each is told of one poll and answers with the wait until the next, in seconds. No server hints are simulated: all formulas
that take them take the largest, as ours does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from ingest.feeds.rhythm import Rhythm, learn
from ingest.feeds.schedule import Pace, next_poll

MINUTE_S, HOUR_S, DAY_S = 60.0, 3_600.0, 86_400.0


class Poller(Protocol):
    """Decides for one feed."""

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        """Seconds to the next poll; `new` are dates that no poll saw before, `window` all dates that the feed shows."""


class Ours:
    """ingest.feeds.schedule, unchanged."""

    def __init__(self, key: str, pace: Pace) -> None:
        self._key, self._pace = key, pace
        self._rhythm: Rhythm | None = None

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        self._rhythm = learn(self._rhythm, new, window=window, shown=len(window), now=now)
        return next_poll(self._key, now=now, pace=self._pace, rhythm=self._rhythm).in_s


class MediaCloud:
    """rss-fetcher, fetcher/tasks.py: steps by the share of known stories."""

    def __init__(self) -> None:
        self._minutes = 360.0
        self._first = True
        self._last_new = -math.inf

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        if new:
            self._last_new = now
        if not self._first:
            known = 101.0 if not new else 100.0 * (len(window) - len(new)) / len(window)
            if not window:
                known = 102.0
            if known >= 67:
                quiet_days = (now - self._last_new) / DAY_S
                self._minutes = min(self._minutes + (10 if quiet_days <= 31 or known < 100 else 60), 1440)
            elif known < 33:
                self._minutes = max(360 if self._minutes > 360 else self._minutes - 60, 10)
        self._first = False
        return self._minutes * MINUTE_S


class Miniflux:
    """internal/model/feed.go, entry_frequency with its default factor and limits."""

    def __init__(self) -> None:
        self._seen: list[float] = []

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        del window
        self._seen = [t for t in (*self._seen, *new) if t >= now - 7 * DAY_S]
        weekly = 0
        if len(self._seen) > 1 and (spread := max(self._seen) - min(self._seen)) > 0:
            weekly = math.ceil(7 * DAY_S / (spread / (len(self._seen) - 1)))
        minutes = 1440.0 if weekly <= 0 else min(max(10_080 / weekly, 5), 1440)
        return minutes * MINUTE_S


class NewsBlur:
    """apps/rss_feeds/models.py for a feed with `subscribers`; its random addition at its mean."""

    def __init__(self, subscribers: float) -> None:
        self._subscribers = subscribers
        self._seen: list[float] = []
        self._last = -math.inf

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        self._last = max([self._last, *window])
        self._seen = [t for t in (*self._seen, *new) if t >= now - 30 * DAY_S]
        per_day, s = len(self._seen) / 30, self._subscribers
        if per_day >= 1:
            minutes = 6.0 if s >= 10 else 15.0 if s > 1 else 45.0
        elif per_day > 0:
            minutes = 60 - 60 * per_day if s > 1 else 360 - 360 * per_day
        else:
            months = (now - self._last) / (30 * DAY_S)
            minutes = (360 if s > 1 else 720 if s == 1 else 1440) * max(1.0, months)
        minutes = min(minutes, 240 if s >= 1 else 2880)
        return minutes * (1 + 0.5 / 4) * MINUTE_S


class StormCrawler:
    """AdaptiveScheduler; minutes as given. Its signature is of the raw bytes: with `ticks` they differ at each poll."""

    def __init__(self, *, start: float, least: float, most: float, faster: float, slower: float, ticks: bool = False) -> None:
        self._minutes, self._least, self._most, self._faster, self._slower = start, least, most, faster, slower
        self._ticks = ticks
        self._first = True

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        del now, window
        if self._first:
            self._first = False
        elif new or self._ticks:
            self._minutes = (1 - self._faster) * self._minutes + self._faster * self._least
        else:
            self._minutes = min(self._minutes * (1 + self._slower), self._most)
        return self._minutes * MINUTE_S


class CommaFeed:
    """FeedRefreshIntervalCalculator.java with its default limits of 5 and 240 minutes."""

    def after(self, now: float, new: Sequence[float], window: Sequence[float]) -> float:
        del new
        age_days = (now - max(window)) / DAY_S if window else math.inf
        if age_days >= 30:
            return 240 * MINUTE_S
        if age_days >= 14:
            return 120 * MINUTE_S
        if age_days >= 7 or len(window) < 2:
            return 60 * MINUTE_S
        gap = (max(window) - min(window)) / (len(window) - 1)
        return min(max(gap / 2, 5 * MINUTE_S), 60 * MINUTE_S)


def rivals() -> dict[str, Callable[[bool], Poller]]:
    """A maker of each rival's poller, by name; it is told whether the feed's bytes differ at each poll, whatever its items do.

    `…_by_items`: were the signature of the items only, which its sources do not have.
    """
    defaults = partial(StormCrawler, start=1440, least=60, most=20_160, faster=0.5, slower=0.5)
    news_crawl = partial(StormCrawler, start=720, least=90, most=129_600, faster=0.2, slower=0.5)
    return {
        "media_cloud": lambda _: MediaCloud(),
        "miniflux": lambda _: Miniflux(),
        "newsblur": lambda _: NewsBlur(1),
        "newsblur_10": lambda _: NewsBlur(10),
        "stormcrawler": lambda ticks: defaults(ticks=ticks),
        "stormcrawler_by_items": lambda _: defaults(),
        "news_crawl": lambda ticks: news_crawl(ticks=ticks),
        "news_crawl_by_items": lambda _: news_crawl(),
        "commafeed": lambda _: CommaFeed(),
    }
