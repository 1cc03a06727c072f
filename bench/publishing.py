"""Publication times for `bench.polling`: the captured feeds continued, and feeds made up."""

from __future__ import annotations

import hashlib
import json
import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import msgspec

from ingest.errors import FeedRejected
from ingest.feeds.dates import believable
from ingest.feeds.parse import FeedBytes, parse_feed

HOUR_S, DAY_S, WEEK_S = 3_600.0, 86_400.0, 7 * 86_400.0
CAPTURED_AT = datetime(2026, 2, 18, 2, tzinfo=UTC).timestamp()  # when the feeds were fetched: just after the newest item
SHIFT_S = 20 * 60.0  # each repetition of an item comes up to that much earlier or later
TOGETHER_S = 300.0  # items this close are one act of publishing, and stay together
HALVES = ("train", "report")
MADE_UP = 8  # feeds of each kind in each half


class Source(msgspec.Struct, frozen=True):
    """A feed: when it publishes, in order, and how many items it shows. The first `window` times are its past at the start."""

    name: str
    times: tuple[float, ...]
    window: int
    start: float
    ticks: bool = False  # its document differs at each poll, whatever its items do: it tells when it was made


def sources(half: str, root: Path, days: float) -> list[Source]:
    """The feeds of one of HALVES over `days`. Constants are chosen on "train" only; "report" is what is told.

    A captured feed is in the half that the hash of its file's name says; made-up ones are drawn from the half's own seed.
    """
    return [*captured(half, root, days), *synthetic(half, days)]


def half_of(name: str) -> str:
    """Which of HALVES the captured feed in the file `name` belongs to, for good."""
    return HALVES[hashlib.sha256(name.encode()).digest()[0] % 2]


def captured(half: str, root: Path, days: float) -> list[Source]:
    """The captured feeds of one of HALVES over `days`, by rate. What each shows, from its oldest item to its capture, is repeated.

    At the same hour where that is more than a day, on the same weekday where it is more than a week; each act of publishing shifted at random. The
    simulation begins somewhere in the repetition.
    """
    found = []
    for feed in json.loads((root / "INDEX.json").read_text()):
        if half_of(feed["file"]) != half:
            continue
        try:
            body = (root / feed["file"]).read_bytes()
            entries = parse_feed(FeedBytes(body=body, url=feed["url"], now=datetime.fromtimestamp(CAPTURED_AT, UTC))).entries
        except FeedRejected:
            continue
        times = sorted(e.published_at.timestamp() for e in entries if e.published_at and e.published_at.timestamp() <= CAPTURED_AT)
        if times:
            found.append(msgspec.structs.replace(_repeated(feed["file"], times, days), ticks=made_when_asked(body)))
    return sorted(found, key=lambda s: (len(s.times) - s.window, s.name))


def made_when_asked(document: bytes) -> bool:
    """Whether a captured document bears the time of its capture (lastBuildDate, updated): asked a minute later, it would be other bytes."""
    feed = feedparser.parse(document, sanitize_html=False, resolve_relative_uris=False).feed
    raw = (dict.get(feed, name) for name in ("updated", "published"))
    dates = (believable(date, datetime.fromtimestamp(CAPTURED_AT + DAY_S, UTC)) for date in raw if isinstance(date, str))
    return any(date.timestamp() > CAPTURED_AT for date in dates if date)


def synthetic(half: str, days: float) -> list[Source]:
    """Feeds that the captured ones lack, MADE_UP of each kind: bursts, office hours, dead ones."""
    start, end = CAPTURED_AT, CAPTURED_AT + days * DAY_S
    feeds = []
    for kind, rate, window in (("burst", _burst, 30), ("office", _office, 40), ("dead", None, 10)):
        for number in range(MADE_UP):
            rng = random.Random(f"{half}: {kind} {number}")  # noqa: S311  # the same feeds at each run
            times = sorted(_thinned(rng, rate(rng), start - 20 * DAY_S, end)) if rate else [start - 400 * DAY_S]
            past = [t for t in times if t < start][-window:]
            feeds.append(Source(f"{kind} {number}", (*past, *(t for t in times if t >= start)), len(past), start))
    return feeds


def _repeated(name: str, times: list[float], days: float) -> Source:
    rng = random.Random(name)  # noqa: S311
    period = max(CAPTURED_AT - times[0], HOUR_S)
    for unit in (WEEK_S, DAY_S):
        if period >= unit:
            period = math.ceil(period / unit) * unit
            break
    start = CAPTURED_AT + rng.random() * period
    acts: list[list[float]] = []
    for t in times:
        if acts and t - acts[-1][-1] < TOGETHER_S:
            acts[-1].append(t)
        else:
            acts.append([t])
    out = []
    for turn in range(math.ceil((start + days * DAY_S - times[0]) / period) + 1):
        for act in acts:
            shift = rng.uniform(-SHIFT_S, SHIFT_S) + turn * period
            out += [t + shift for t in act]
    out.sort()
    past = [t for t in out if t < start][-len(times) :]
    return Source(name, (*past, *(t for t in out if start <= t < start + days * DAY_S)), len(times), start)


def _thinned(rng: random.Random, rate: Callable[[float], float], start: float, end: float) -> Iterator[float]:
    """A Poisson process whose rate changes: items an hour as a function of time."""
    most = 80.0
    moment = start
    while (moment := moment + rng.expovariate(most) * HOUR_S) < end:
        if rng.random() * most < rate(moment):
            yield moment


def _burst(rng: random.Random) -> Callable[[float], float]:
    begins = [CAPTURED_AT + rng.uniform(-20, 40) * DAY_S for _ in range(24)]
    return lambda t: 25.0 if any(0 <= t - b < 1.5 * HOUR_S for b in begins) else 0.06


def _office(rng: random.Random) -> Callable[[float], float]:
    opens, rate = rng.choice((6, 8, 13)), rng.uniform(1.5, 5)
    return lambda t: rate if opens <= t // HOUR_S % 24 < opens + 9 and (t // DAY_S + 3) % 7 < 5 else 0.02
