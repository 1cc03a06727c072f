"""A feed's history in the ledger, and what happens to it when its address changes."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, exists, insert, select, update

from ingest import urls as url_names
from ingest.errors import LeaseLost
from ingest.model import Feed, FeedEvent
from ingest.state.database import Database, instant_of
from ingest.state.tables import feed_aliases, feed_history, feed_secrets, feeds, sightings

HISTORY_KEPT = 500  # events of one feed


class FeedMoves:
    """History, former addresses, moves and merges."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def note(self, c: Connection, feed_id: int, now: int, events: Iterable[tuple[str, str]]) -> None:
        """Add to the feed's history, within a transaction of the caller; of a long one the end is kept."""
        rows = [{"feed_id": feed_id, "at": now, "event": event, "detail": detail} for event, detail in events]
        if not rows:
            return
        c.execute(insert(feed_history), rows)
        mine = feed_history.c.feed_id == feed_id
        last = c.execute(select(feed_history.c.id).where(mine).order_by(feed_history.c.id.desc()).offset(HISTORY_KEPT).limit(1)).scalar()
        if last is not None:
            c.execute(delete(feed_history).where(mine, feed_history.c.id <= last))

    def history(self, feed_id: int) -> list[FeedEvent]:
        """What happened to a feed, oldest first."""
        query = select(feed_history).where(feed_history.c.feed_id == feed_id).order_by(feed_history.c.at, feed_history.c.id)
        with self._db.read() as c:
            return [FeedEvent(at=instant_of(row.at), event=row.event, detail=row.detail) for row in c.execute(query)]

    def aliases(self, feed_id: int) -> list[str]:
        """Where the feed was before."""
        with self._db.read() as c:
            return list(
                c.execute(select(feed_aliases.c.url).where(feed_aliases.c.feed_id == feed_id).order_by(feed_aliases.c.url)).scalars()
            )

    def move(self, feed: Feed, url: str, *, why: str) -> Feed | None:
        """Give the leased `feed` the address `url`; the feed that is there already takes over its items and history instead.

        Returns the feed that was there (None: it has moved). Nothing happens where it has credentials and `url` is of
        another origin: they were given for this one. Raises LeaseLost.
        """
        with self._db.write() as c:
            token = c.execute(select(feeds.c.lease_token).where(feeds.c.id == feed.id).with_for_update()).scalar()
            if token != feed.token:
                raise LeaseLost(f"another worker polls {url_names.redact(feed.url)} now")
            secret = c.execute(select(feed_secrets.c.feed_id).where(feed_secrets.c.feed_id == feed.id)).scalar()
            if secret is not None and urlsplit(url)[:2] != urlsplit(feed.url)[:2]:
                return None
            now = self._db.now(c)
            other = c.execute(select(feeds).where(feeds.c.url == url, feeds.c.id != feed.id).with_for_update()).one_or_none()
            before, after = url_names.redact(feed.url), url_names.redact(url)
            c.execute(delete(feed_aliases).where(feed_aliases.c.url.in_([url, feed.url])))
            if other is None:
                shard = zlib.crc32(url_names.host(url).encode())
                c.execute(update(feeds).where(feeds.c.id == feed.id).values(url=url, shard_key=shard, etag=None, last_modified=None))
                c.execute(insert(feed_aliases).values(url=feed.url, feed_id=feed.id))
                self.note(c, feed.id, now, [("moved", f"from {before} to {after}: {why}")])
                return None
            self._merge(c, feed.id, other.id)
            c.execute(insert(feed_aliases).values(url=feed.url, feed_id=other.id))
            tags = list(dict.fromkeys([*other.tags, *feed.tags]))
            values = {"tags": tags, "title": other.title or feed.title, "folder": other.folder or feed.folder}
            c.execute(update(feeds).where(feeds.c.id == other.id).values(values))
            self.note(c, other.id, now, [("merged", f"with {before}, which leads to the same address: {why}")])
            c.execute(delete(feeds).where(feeds.c.id == feed.id))
            return Feed(id=other.id, url=other.url, title=other.title)

    def _merge(self, c: Connection, loser: int, winner: int) -> None:
        """Sightings that the winner lacks, history and former addresses change hands; the rest goes with the loser."""
        theirs = sightings.alias()
        known = exists().where(theirs.c.feed_id == winner, theirs.c.entry_key == sightings.c.entry_key)
        c.execute(update(sightings).where(sightings.c.feed_id == loser, ~known).values(feed_id=winner))
        c.execute(update(feed_history).where(feed_history.c.feed_id == loser).values(feed_id=winner))
        c.execute(update(feed_aliases).where(feed_aliases.c.feed_id == loser).values(feed_id=winner))
