"""Counts from which the health of sources and workers is judged."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import case, func, select

from ingest import urls as url_names
from ingest.model import Stage
from ingest.state.database import Database, instant, instant_of, milliseconds
from ingest.state.tables import articles, feeds, sightings, urls

_HOUR_MS = 3_600_000


class FeedHours(msgspec.Struct, frozen=True, kw_only=True):
    """New entries of a feed, by hour since 1970."""

    feed_id: int
    name: str
    added_at: datetime
    error: str
    hours: dict[int, int]


class SitePages(msgspec.Struct, frozen=True, kw_only=True):
    """Pages of a host that ended since `recent_since`, and before; those that gave no text of them."""

    host: str
    recent: int
    recent_empty: int
    before: int
    before_empty: int


class SiteScores(msgspec.Struct, frozen=True, kw_only=True):
    """Articles of a host that were extracted since `recent_since`, and before; the means of their scores, 0 to 1."""

    host: str
    recent: int
    recent_mean: float
    before: int
    before_mean: float


class Health:
    """Reads only."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def feed_hours(self, since: datetime) -> list[FeedHours]:
        """Of every feed that is polled: entries first seen at or after `since`."""
        hour = (sightings.c.first_seen_at // _HOUR_MS).label("hour")
        counted = select(sightings.c.feed_id, hour, func.count().label("entries")).where(sightings.c.first_seen_at >= milliseconds(since))
        with self._db.read() as c:
            hours: dict[int, dict[int, int]] = {}
            for row in c.execute(counted.group_by(sightings.c.feed_id, hour)):
                hours.setdefault(row.feed_id, {})[int(row.hour)] = row.entries
            rows = c.execute(
                select(feeds.c.id, feeds.c.url, feeds.c.title, feeds.c.added_at, feeds.c.last_error).where(feeds.c.enabled)
            ).all()
        return [
            FeedHours(
                feed_id=r.id, name=r.title or url_names.redact(r.url), added_at=instant_of(r.added_at), error=r.last_error,
                hours=hours.get(r.id, {}),
            )
            for r in rows
        ]  # fmt: skip

    def site_pages(self, since: datetime, recent_since: datetime, empty_reasons: frozenset[str]) -> list[SitePages]:
        """Of every host: URLs that became an article, or ended for one of `empty_reasons`, at or after `since`."""
        recent = urls.c.done_at >= milliseconds(recent_since)
        empty = urls.c.reason.in_(sorted(empty_reasons))
        told = (urls.c.stage == Stage.DONE) & (urls.c.done_at >= milliseconds(since)) & ((urls.c.kind == "indexed") | empty)

        query = select(
            urls.c.host,
            func.sum(case((recent, 1), else_=0)).label("recent"),
            func.sum(case((recent & empty, 1), else_=0)).label("recent_empty"),
            func.sum(case((recent, 0), else_=1)).label("before"),
            func.sum(case((~recent & empty, 1), else_=0)).label("before_empty"),
        ).where(told)
        with self._db.read() as c:
            return [
                SitePages(
                    host=r.host, recent=int(r.recent), recent_empty=int(r.recent_empty), before=int(r.before), before_empty=int(r.before_empty),
                )
                for r in c.execute(query.group_by(urls.c.host))
            ]  # fmt: skip

    def site_scores(self, since: datetime, recent_since: datetime) -> list[SiteScores]:
        """Of every host with articles both at or after `recent_since` and between `since` and that."""
        score = articles.c.extraction_score
        recent = urls.c.done_at >= milliseconds(recent_since)
        query = (
            select(
                urls.c.host,
                func.sum(case((recent, 1), else_=0)).label("recent"),
                func.avg(case((recent, score))).label("recent_mean"),
                func.sum(case((recent, 0), else_=1)).label("before"),
                func.avg(case((~recent, score))).label("before_mean"),
            )
            .join(articles, articles.c.url_id == urls.c.id)
            .where(urls.c.kind == "indexed", urls.c.done_at >= milliseconds(since), score.is_not(None))
            .group_by(urls.c.host)
        )
        with self._db.read() as c:
            return [
                SiteScores(
                    host=r.host, recent=int(r.recent), recent_mean=float(r.recent_mean), before=int(r.before), before_mean=float(r.before_mean),
                )
                for r in c.execute(query)
                if r.recent and r.before
            ]  # fmt: skip

    def oldest_due(self) -> tuple[datetime | None, int]:
        """Since when the URL waits that waits longest to be taken up, and how many wait."""
        with self._db.read() as c:
            due = (urls.c.stage == Stage.DISCOVERED) & (urls.c.next_attempt_at <= self._db.now(c))
            row = c.execute(select(func.min(urls.c.next_attempt_at), func.count()).where(due)).one()
        return instant(row[0]), int(row[1])
