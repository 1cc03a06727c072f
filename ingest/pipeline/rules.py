"""Rules before they are saved: what is odd about them, and what they would have found."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ingest.errors import EngineError
from ingest.pipeline.context import Context
from ingest.search.breadth import is_selective
from ingest.search.engine import MAX_SIZE, Engine, Hit, SearchRequest, Sort
from ingest.search.query import parse

ENOUGH = 200  # articles in the index, before a share of them says anything
MOST = 5_000  # hits that a backtest looks at


@contextmanager
def judging(ctx: Context) -> Iterator[Callable[[str], tuple[str, ...]]]:
    """A function that says what is odd about a rule with a query, in words; empty where nothing is. It raises QueryError.

    Where the engine cannot be reached rules are judged by their words alone.
    """
    with ExitStack() as stack:
        engine: Engine | None = None
        articles = 0
        with suppress(EngineError):
            opened = stack.enter_context(ctx.engine())
            articles = opened.count()
            engine = opened if articles >= ENOUGH else None
        yield lambda query: _flags(engine, articles, query, ctx.settings.alert_share)


def _flags(engine: Engine | None, articles: int, query: str, most: float) -> tuple[str, ...]:
    parsed = parse(query)
    flags = []
    if not is_selective(parsed.root):
        flags.append("no word or name must be in every article that fits, so it is tried on each: add one if matching gets slow")
    if engine is not None:
        share = engine.search(SearchRequest(query=parsed, size=1)).total / articles
        if share > most:
            flags.append(f"it finds {share:.0%} of the articles in the index: make it narrower, or let it speak by --digest")
    return tuple(flags)


@dataclasses.dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule would have raised."""

    since: datetime
    articles: int
    stories: int
    days: tuple[tuple[date, int], ...]  # alerts a day, oldest first, days without any too
    hits: tuple[Hit, ...]  # the newest
    cut: bool  # there are more than MOST: the oldest are not counted


def backtest(
    ctx: Context, query: str, *, since: datetime, until: datetime, zone: ZoneInfo, every_copy: bool = False, shown: int = 10
) -> Backtest:
    """By the articles published from `since` to `until` that the index holds; days are those of `zone`. Raises QueryError."""
    hits: list[Hit] = []
    days: Counter[date] = Counter()
    stories: dict[str, date] = {}
    articles = 0
    with ctx.engine() as engine:
        for hit in _newest(engine, query, since):
            articles += 1
            hits += [hit] if len(hits) < shown else []
            day = hit.article.published_at.astimezone(zone).date()
            # Newest first: the last one seen of a story is the one that would have raised the alert.
            stories[hit.article.id if every_copy else hit.article.story or hit.article.id] = day
            if articles >= MOST:
                break
    days.update(stories.values())
    first, last = since.astimezone(zone).date(), until.astimezone(zone).date()
    span = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    return Backtest(since, articles, len(stories), tuple((day, days[day]) for day in span), tuple(hits), articles >= MOST)


def _newest(engine: Engine, query: str, since: datetime) -> Iterator[Hit]:
    cursor: str | None = None
    while True:
        page = engine.search(SearchRequest(query=parse(query), since=since, sort=Sort.NEWEST, size=MAX_SIZE, after=cursor))
        yield from page.hits
        cursor = page.next_cursor
        if cursor is None:
            return
