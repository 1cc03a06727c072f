"""What is odd about the pipeline itself: pure decisions over counts, each source against its own history."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

HISTORY = timedelta(days=28)  # four of each weekday: what a source does on Sundays is known
MIN_HISTORY = timedelta(days=7)
SILENT_TIMES = 3  # times its longest silence in the history
SILENT_LEAST = timedelta(days=1)
SILENT_ENTRIES = 20  # a source with fewer has no rhythm to fall out of
FLOOD_TIMES = 5  # times its busiest hour in the history
FLOOD_LEAST = 50  # entries within an hour
QUALITY_TIMES = 3  # times the share of pages without text in the history
QUALITY_LEAST = 0.3  # of the pages of a day
DRIFT_SHARE = 0.7  # of the mean score before: single articles scatter as much, means of ten do not
QUALITY_PAGES = 10  # of the last day; of the history three times as many
BACKLOG_AGE = timedelta(minutes=30)  # a URL is fetched within seconds, when workers keep up
_HOUR = timedelta(hours=1)

# Ends of a page that was fetched, and gave no article.
WITHOUT_TEXT = frozenset({"no_text", "too_short", "consent_wall", "empty", "not_html", "timeout_parse", "out_of_memory", "crashed"})


class Condition(StrEnum):
    """What a pipeline rule can watch."""

    SILENT = "silent"  # a source has shown nothing new for longer than it ever does
    FLOODING = "flooding"  # a source shows far more than it ever does
    QUALITY = "quality"  # pages of a site give no text any more
    BACKLOG = "backlog"  # work waits
    ENGINE = "engine"  # the search engine does not answer


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """`key` is the same as long as it is the same trouble: people are told once."""

    condition: Condition
    key: str
    title: str
    text: str
    site: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Rhythm:
    """New entries of a feed by hour: hours since 1970, only those that have some, within HISTORY."""

    feed_id: int
    name: str
    added_at: datetime
    hours: Mapping[int, int]
    error: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Pages:
    """Pages of a site that were fetched: of the last day, and of the history before; how many of them gave no text."""

    site: str
    recent: int
    recent_empty: int
    before: int
    before_empty: int


@dataclasses.dataclass(frozen=True, slots=True)
class Scores:
    """Articles of a site, of the last day and of the history before, and the means of their extractions' scores, 0 to 1."""

    site: str
    recent: int
    recent_mean: float
    before: int
    before_mean: float


def of_feed(feed: Rhythm, now: datetime) -> list[Finding]:
    """Silence or a flood."""
    # What a feed shows when it is first polled is its past, not its rhythm.
    start = _hour(feed.added_at + _HOUR) + 1
    hours = {hour: count for hour, count in feed.hours.items() if hour >= start}
    if not hours or now - feed.added_at < MIN_HISTORY:
        return []
    return [finding for finding in (_silence(feed, hours, now), _flood(feed, hours, now)) if finding]


def _silence(feed: Rhythm, hours: Mapping[int, int], now: datetime) -> Finding | None:
    known = sorted(hours)
    gaps = [later - earlier for earlier, later in itertools.pairwise(known)]
    if sum(hours.values()) < SILENT_ENTRIES or not gaps:
        return None
    silent = timedelta(hours=_hour(now) - known[-1])
    if silent < max(SILENT_LEAST, SILENT_TIMES * timedelta(hours=max(gaps))):
        return None
    why = f" Its last poll failed: {feed.error}." if feed.error else " It is polled without errors."
    return Finding(
        Condition.SILENT,
        f"silent:{feed.feed_id}:{known[-1]}",
        f"{feed.name} has shown nothing new for {_days(silent)}",
        f"In the four weeks before it was never silent for longer than {_days(timedelta(hours=max(gaps)))}.{why}",
    )


def _flood(feed: Rhythm, hours: Mapping[int, int], now: datetime) -> Finding | None:
    this = _hour(now)
    recent = max(hours.get(this, 0), hours.get(this - 1, 0))
    busiest = max((count for hour, count in hours.items() if hour < this - 1), default=0)
    if recent < FLOOD_LEAST or recent <= FLOOD_TIMES * busiest:
        return None
    return Finding(
        Condition.FLOODING,
        f"flooding:{feed.feed_id}:{now:%Y-%m-%d}",
        f"{feed.name} floods: {recent} new entries within an hour",
        f"Its busiest hour in the four weeks before had {busiest}.",
    )


def of_site(pages: Pages, now: datetime) -> list[Finding]:
    """Whether far more of its pages than before give no text."""
    if pages.recent < QUALITY_PAGES or pages.before < 3 * QUALITY_PAGES:
        return []
    share, usual = pages.recent_empty / pages.recent, pages.before_empty / pages.before
    if share < QUALITY_LEAST or share < QUALITY_TIMES * usual:
        return []
    return [
        Finding(
            Condition.QUALITY,
            f"quality:{pages.site}:{now:%Y-%m-%d}",
            f"{pages.site}: {share:.0%} of the pages of the last day gave no text",
            f"In the four weeks before it was {usual:.0%}. The site may have changed its pages, or put up a wall.",
            pages.site,
        )
    ]


def of_scores(scores: Scores, now: datetime) -> list[Finding]:
    """Whether the texts of a whole site have become far worse: its pages have changed, and extraction takes their margins."""
    if scores.recent < QUALITY_PAGES or scores.before < 3 * QUALITY_PAGES or scores.recent_mean > DRIFT_SHARE * scores.before_mean:
        return []
    return [
        Finding(
            Condition.QUALITY,
            f"score:{scores.site}:{now:%Y-%m-%d}",
            f"{scores.site}: the texts of the last day are far worse than before",
            f"Their score is {scores.recent_mean:.2f} on average; in the four weeks before it was {scores.before_mean:.2f}. The site may have changed its pages.",
            scores.site,
        )
    ]


def of_backlog(oldest_due: datetime | None, waiting: int, now: datetime) -> list[Finding]:
    """Whether work waits that should have been done."""
    if oldest_due is None or now - oldest_due < BACKLOG_AGE:
        return []
    minutes = int((now - oldest_due).total_seconds() // 60)
    return [
        Finding(
            Condition.BACKLOG,
            f"backlog:{now:%Y-%m-%d}",
            f"{waiting:,} URLs wait, the oldest for {minutes} minutes",
            "Workers do not keep up, or none runs: newsflow status shows the backlog.",
        )
    ]


def of_engine(error: str, now: datetime) -> list[Finding]:
    """`error`: why the engine did not answer; empty where it did."""
    if not error:
        return []
    return [Finding(Condition.ENGINE, f"engine:{now:%Y-%m-%dT%H}", "The search engine does not answer", error)]


def conditions_of(text: str) -> tuple[Condition, ...]:
    """Of "silent, engine", as a pipeline rule stores them; unknown ones are passed over."""
    known = {c.value: c for c in Condition}
    return tuple(known[word] for word in text.replace(",", " ").split() if word in known)


def show(conditions: Sequence[Condition]) -> str:
    """The reverse of `conditions_of`."""
    return ", ".join(dict.fromkeys(conditions))


def _hour(instant: datetime) -> int:
    return int(instant.timestamp() // 3_600)


def _days(span: timedelta) -> str:
    hours = int(span.total_seconds() // 3_600)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"
