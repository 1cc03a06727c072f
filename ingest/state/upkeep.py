"""Housekeeping of the ledger."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update

from ingest.model import Stage
from ingest.state.backlog import backlog, lock_urls
from ingest.state.database import Database, chunks
from ingest.state.tables import articles, batches, feeds, sightings, urls


class Upkeep:
    """What expires, and what may be deleted elsewhere."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def release_expired(self) -> int:
        """Let go of feeds whose worker is gone, and undo replays that were never finished; how many.

        Batches of the crawl are not touched: `Batches.claim` resumes them where they stand.
        """
        with self._db.write() as c:
            now = self._db.now(c)
            stale = (feeds.c.lease_expires_at > 0) & (feeds.c.lease_expires_at <= now)
            released = c.execute(update(feeds).where(stale).values(lease_owner=None, lease_expires_at=0)).rowcount
            gone = (batches.c.kind == "replay") & (batches.c.state == "open") & (batches.c.lease_expires_at <= now)
            for batch in c.execute(select(batches.c.id).where(gone)).scalars().all():
                held = (urls.c.batch_id == batch) & (urls.c.stage == Stage.CLAIMED)
                lock_urls(c, held)
                # A feed has shown it meanwhile: the crawl fetches it.
                c.execute(update(urls).where(held, exists().where(sightings.c.url_id == urls.c.id)).values(backlog(now)))
                # Only this replay knew it: forgotten again, so that replaying anew finds it as it did.
                c.execute(delete(articles).where(articles.c.url_id.in_(select(urls.c.id).where(held))))
                c.execute(delete(urls).where(held))
                c.execute(
                    update(batches)
                    .where(batches.c.id == batch)
                    .values(state="done", finished_at=now, lease_token=batches.c.lease_token + 1)
                )
                released += 1
        return released

    def forget_batches(self, ids: Sequence[str]) -> None:
        """Drop finished batches whose files are gone; their URLs keep their outcomes."""
        with self._db.write() as c:
            for chunk in chunks(ids):
                c.execute(delete(batches).where(batches.c.id.in_(chunk), batches.c.state == "done"))

    def finished_batches(self, older_than_s: float) -> list[str]:
        """Ids of batches finished at least `older_than_s` seconds ago."""
        with self._db.read() as c:
            limit = self._db.now(c) - round(older_than_s * 1000)
            query = select(batches.c.id).where(batches.c.state == "done", batches.c.finished_at <= limit)
            return list(c.execute(query.order_by(batches.c.id)).scalars())
