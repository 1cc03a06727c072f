"""What the ledger knows of one URL, and the counts over all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, func, select

from ingest import urls as url_names
from ingest.errors import InvalidUrl
from ingest.model import Entry, Stage
from ingest.state.database import Database, instant, instant_of
from ingest.state.tables import batches, feeds, sightings, urls


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A feed showed the URL."""

    feed_url: str
    feed_title: str
    first_seen_at: datetime
    last_seen_at: datetime
    changes: int
    entry: Entry


class UrlRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Everything known of one URL."""

    url_id: str
    url: str
    first_seen_at: datetime
    stage: str
    attempts: int
    revision: int
    outcome: str | None
    reason: str | None
    detail: str
    article_id: str | None
    duplicate_of: str | None
    done_at: datetime | None
    next_attempt_at: datetime | None
    batch_id: str | None
    extractor: str | None
    sightings: tuple[Sighting, ...]


class Backlog(msgspec.Struct, frozen=True, kw_only=True):
    """URLs without an outcome, and the batches that hold some of them."""

    discovered: int
    waiting_retry: int
    claimed: int
    open_batches: int


class Urls:
    """Look-ups of single URLs."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def get(self, url_id: str) -> UrlRecord | None:
        """By its id."""
        return self._one(urls.c.id == url_id)

    def find(self, url: str) -> UrlRecord | None:
        """By the URL itself, in any of its spellings."""
        try:
            return self.get(url_names.url_id(url))
        except InvalidUrl:
            return None

    def find_article(self, prefix: str) -> UrlRecord | None:
        """The URL that owns the article whose id begins with `prefix` (4 hex digits or more)."""
        if len(prefix) < 4 or not set(prefix) <= set("0123456789abcdef"):
            return None
        # A range, which the index answers: "g" comes after every hex digit. LIKE would read the whole table.
        return self._one(urls.c.article_id.between(prefix, prefix + "g") & urls.c.duplicate_of.is_(None))

    def _one(self, condition: ColumnElement[bool]) -> UrlRecord | None:
        with self._db.read() as c:
            row = c.execute(select(urls).where(condition).order_by(urls.c.id).limit(1)).one_or_none()
            if row is None:
                return None
            seen = c.execute(
                select(sightings, feeds.c.url, feeds.c.title).join(feeds, feeds.c.id == sightings.c.feed_id)
                .where(sightings.c.url_id == row.id).order_by(sightings.c.first_seen_at, sightings.c.feed_id)
            ).all()  # fmt: skip
        return _record(row, tuple(_sighting(x) for x in seen))


class Counts:
    """Counts over all URLs: outcomes and backlog add up to the URLs discovered."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def outcomes(self) -> dict[tuple[str, str | None], int]:
        """URLs by (outcome, reason)."""
        query = select(urls.c.kind, urls.c.reason, func.count()).where(urls.c.stage == Stage.DONE).group_by(urls.c.kind, urls.c.reason)
        with self._db.read() as c:
            return {(kind, reason): number for kind, reason, number in c.execute(query)}

    def backlog(self) -> Backlog:
        """URLs that wait or are being worked on."""
        with self._db.read() as c:
            now = self._db.now(c)
            waits = (urls.c.stage == Stage.DISCOVERED) & (urls.c.next_attempt_at > now)
            due = (urls.c.stage == Stage.DISCOVERED) & (urls.c.next_attempt_at <= now)

            def count(condition: ColumnElement[bool]) -> int:
                return c.execute(select(func.count()).where(condition)).scalar_one()

            return Backlog(
                discovered=count(due),
                waiting_retry=count(waits),
                claimed=count(urls.c.stage == Stage.CLAIMED),
                open_batches=count(batches.c.state == "open"),
            )

    def total(self) -> int:
        """URLs ever discovered."""
        with self._db.read() as c:
            return c.execute(select(func.count()).select_from(urls)).scalar_one()

    def revisions(self) -> int:
        """Announced changes, over all URLs."""
        with self._db.read() as c:
            return int(c.execute(select(func.coalesce(func.sum(urls.c.revision), 0))).scalar_one())


def _record(row: Row[Any], seen: tuple[Sighting, ...]) -> UrlRecord:
    return UrlRecord(
        url_id=row.id, url=url_names.redact(row.url), first_seen_at=instant_of(row.first_seen_at), stage=row.stage,
        attempts=row.attempts, revision=row.revision, outcome=row.kind, reason=row.reason, detail=row.detail,
        article_id=row.article_id, duplicate_of=row.duplicate_of, done_at=instant(row.done_at),
        next_attempt_at=instant(row.next_attempt_at) if row.stage == Stage.DISCOVERED else None, batch_id=row.batch_id, extractor=row.extractor,
        sightings=seen,
    )  # fmt: skip


def _sighting(row: Row[Any]) -> Sighting:
    return Sighting(
        feed_url=url_names.redact(row.url), feed_title=row.title, first_seen_at=instant_of(row.first_seen_at),
        last_seen_at=instant_of(row.last_seen_at), changes=row.changes, entry=msgspec.json.decode(row.entry, type=Entry),
    )  # fmt: skip
