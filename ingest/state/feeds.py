"""Feeds in the ledger: which are polled, when, by whom; and the entries that they showed."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from ingest import urls as url_names
from ingest.errors import InvalidUrl, LeaseLost
from ingest.model import Entry, Feed
from ingest.state.database import Database, chunks, instant
from ingest.state.feed_moves import FeedMoves
from ingest.state.feed_options import FeedOptions
from ingest.state.sightings import Shown, Stored, store
from ingest.state.tables import feed_aliases, feed_secrets, feeds, sightings

ENTRIES_AT_ONCE = 2000  # that one transaction stores, or those of one feed: nobody else can write to SQLite meanwhile


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PollEnd:
    """How a poll ended: validators, schedule, what was learned and what happened.

    After an error the validators stay. A retired feed is not polled until it is added again.
    """

    feed: Feed  # as it was claimed
    in_s: float
    poll_reason: str
    had_new: bool = False
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    title: str | None = None
    error: str | None = None
    memory: bytes | None = None
    events: Sequence[tuple[str, str]] = ()
    retire: bool = False


# Statements of every poll are made once: to make one takes longer than to run it.
_HELD = (
    select(feeds.c.id, feeds.c.lease_token).where(feeds.c.id.in_(bindparam("ids", expanding=True))).order_by(feeds.c.id).with_for_update()
)
_FINISH = (
    update(feeds)
    .where(feeds.c.id == bindparam("held_id"))
    .values(lease_owner=None, lease_expires_at=0, last_new_at=func.coalesce(bindparam("new_at"), feeds.c.last_new_at))
    .values({
        name: bindparam(name)
        for name in ("next_poll_at", "poll_reason", "last_polled_at", "last_error", "errors", "etag", "last_modified", "body_hash", "memory")
    })
)  # fmt: skip


class Feeds:
    """All reads and writes about feeds."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.moves = FeedMoves(database)
        self.options = FeedOptions(database, self.moves)

    def add(self, url: str, *, title: str = "", folder: str = "", tags: Sequence[str] = (), interval_s: float = 0.0) -> tuple[Feed, bool]:
        """Add a feed, due at once; (the feed, whether it is new). Raises InvalidUrl.

        Credentials in `url` are kept apart. A former address of a feed is that feed; one that was retired is polled again.
        """
        bare, userinfo = _split(url)
        clean = url_names.clean_link(bare)
        if clean is None:
            raise InvalidUrl(f"{url_names.redact(url)!r} is not an http or https URL: give one such as https://example.org/feed.xml")
        with self._db.write() as c:
            now = self._db.now(c)
            row = {
                "url": clean, "title": title, "folder": folder, "tags": list(tags), "enabled": True, "added_at": now,
                "shard_key": zlib.crc32(url_names.host(clean).encode()), "interval_s": interval_s, "next_poll_at": now,
                "poll_reason": "new", "errors": 0, "last_error": "", "lease_token": 0, "lease_expires_at": 0,
            }  # fmt: skip
            owner = c.execute(select(feed_aliases.c.feed_id).where(feed_aliases.c.url == clean)).scalar()
            created = owner is None and self._db.insert_new(c, feeds, [row]) == 1
            feed = c.execute(select(feeds).where(feeds.c.url == clean if owner is None else feeds.c.id == owner)).one()
            if not feed.enabled:
                c.execute(
                    update(feeds).where(feeds.c.id == feed.id).values(enabled=True, next_poll_at=now, poll_reason="resumed", errors=0)
                )
            if created or not feed.enabled:
                self.moves.note(c, feed.id, now, [("added" if created else "resumed", "")])
            if userinfo:
                c.execute(delete(feed_secrets).where(feed_secrets.c.feed_id == feed.id))
                c.execute(insert(feed_secrets).values(feed_id=feed.id, userinfo=userinfo))
        return _feed(feed), created

    def remove(self, url: str) -> bool:
        """Forget a feed and its sightings; its articles stay. False where there is none."""
        with self._db.write() as c:
            return bool(c.execute(delete(feeds).where(_named(url))).rowcount)

    def get(self, url: str) -> Feed | None:
        """The feed at `url`, or that was there before it moved."""
        with self._db.read() as c:
            row = c.execute(select(feeds).where(_named(url))).one_or_none()
        return _feed(row) if row else None

    def all(self) -> list[Feed]:
        """All feeds, by folder, title and URL."""
        with self._db.read() as c:
            return [_feed(row) for row in c.execute(select(feeds).order_by(feeds.c.folder, feeds.c.title, feeds.c.url))]

    def shows_any(self, feed_id: int, keys: Sequence[str]) -> bool:
        """Whether the feed has shown an entry with one of `keys`."""
        query = select(sightings.c.entry_key).where(sightings.c.feed_id == feed_id)
        with self._db.read() as c:
            return any(c.execute(query.where(sightings.c.entry_key.in_(chunk)).limit(1)).first() for chunk in chunks(keys))

    def secret(self, feed_id: int) -> str | None:
        """The credentials ("name:password") of a feed."""
        with self._db.read() as c:
            return c.execute(select(feed_secrets.c.userinfo).where(feed_secrets.c.feed_id == feed_id)).scalar()

    def secrets(self, feed_ids: Sequence[int]) -> dict[int, str]:
        """The credentials of those among the feeds that have any."""
        query = select(feed_secrets.c.feed_id, feed_secrets.c.userinfo)
        with self._db.read() as c:
            rows = [row for chunk in chunks(feed_ids) for row in c.execute(query.where(feed_secrets.c.feed_id.in_(chunk)))]
        return {row.feed_id: row.userinfo for row in rows}

    def claim_due(self, *, owner: str, lease_s: float, limit: int, shard: int = 0, shards: int = 1) -> list[Feed]:
        """Lease feeds of the shard that are due, the longest due first. Each feed goes to one worker only."""
        with self._db.write() as c:
            now = self._db.now(c)
            free = (feeds.c.lease_expires_at <= now) & feeds.c.enabled & (feeds.c.shard_key % shards == shard)
            due = (
                select(feeds.c.id).where(free, feeds.c.next_poll_at <= now)
                .order_by(feeds.c.next_poll_at, feeds.c.id).limit(limit).with_for_update(skip_locked=True)
            )  # fmt: skip
            ids = [row.id for row in c.execute(due)]
            if not ids:
                return []
            values = {"lease_owner": owner, "lease_token": feeds.c.lease_token + 1, "lease_expires_at": now + round(lease_s * 1000)}
            c.execute(update(feeds).where(feeds.c.id.in_(ids)).values(values))
            return [_feed(row) for row in c.execute(select(feeds).where(feeds.c.id.in_(ids)).order_by(feeds.c.next_poll_at, feeds.c.id))]

    def next_due_in_s(self, shard: int = 0, shards: int = 1) -> float | None:
        """Seconds until a feed of the shard may be claimed; None where there is no feed."""
        with self._db.read() as c:
            now = self._db.now(c)
            later = func.max(feeds.c.next_poll_at, feeds.c.lease_expires_at) if self._db.dialect == "sqlite" else func.greatest(
                feeds.c.next_poll_at, feeds.c.lease_expires_at
            )  # fmt: skip
            due = c.execute(select(func.min(later)).where(feeds.c.enabled, feeds.c.shard_key % shards == shard)).scalar()
        return None if due is None else max(0.0, (due - now) / 1000)

    def store_entries(self, feed: Feed, entries: Sequence[Entry], *, unchanged: AbstractSet[str] = frozenset()) -> Stored:
        """Record what one feed shows now. Raises LeaseLost."""
        for stored in self.store_shown([Shown(feed, entries, unchanged)]).values():
            return stored
        raise _lost(feed)

    def store_shown(self, shown: Sequence[Shown]) -> dict[int, Stored]:
        """Record what feeds show now; new and changed URLs go to the backlog. What came of each, by feed.

        Feeds that another worker has by now are left out. Where the ledger does not know an entry that is given as unchanged, with its
        fingerprint, nothing of that feed is stored and its result is `doubtful`.
        """
        stored: dict[int, Stored] = {}
        for some in _portions(shown):
            with self._db.write() as c:
                held = self._held(c, [show.feed for show in some])
                mine = [show for show in some if show.feed.id in held]
                results = store(self._db, c, mine, self._db.now(c))
            stored |= {show.feed.id: result for show, result in zip(mine, results, strict=True)}
        return stored

    def finish_poll(self, feed: Feed, **end: Any) -> None:
        """Write one `PollEnd` and release the lease. Raises LeaseLost."""
        if self.finish_polls([PollEnd(feed=feed, **end)]):
            raise _lost(feed)

    def finish_polls(self, ends: Sequence[PollEnd]) -> list[Feed]:
        """Write how polls ended and release their leases, in one transaction: a commit would cost most of a poll that found nothing.

        Returns the feeds that another worker has by now: nothing of theirs is written.
        """
        if not ends:
            return []
        with self._db.write() as c:
            now = self._db.now(c)
            held = self._held(c, [end.feed for end in ends])
            mine = [end for end in ends if end.feed.id in held]
            if mine:
                c.execute(_FINISH, [_finishing(end, now) for end in mine])
            for end in mine:
                if seldom := _seldom(end):
                    c.execute(update(feeds).where(feeds.c.id == end.feed.id).values(seldom))
                self.moves.note(c, end.feed.id, now, end.events)
        return [end.feed for end in ends if end.feed.id not in held]

    def release(self, held: Sequence[Feed]) -> None:
        """Give leases back as if the feeds had not been claimed; those that another worker has by now are left to it."""
        mine = feeds.c.id == bindparam("held_id"), feeds.c.lease_token == bindparam("held_token")
        if held:
            with self._db.write() as c:
                free = update(feeds).where(*mine).values(lease_owner=None, lease_expires_at=0)
                c.execute(free, [{"held_id": feed.id, "held_token": feed.token} for feed in sorted(held, key=lambda f: f.id)])

    def put_off(self, feed: Feed, *, in_s: float, poll_reason: str) -> None:
        """Release the lease without a poll; all else stays as it is. Raises LeaseLost."""
        with self._db.write() as c:
            self._hold(c, feed)
            later = {"next_poll_at": self._db.now(c) + round(in_s * 1000), "poll_reason": poll_reason}
            c.execute(update(feeds).where(feeds.c.id == feed.id).values(later | {"lease_owner": None, "lease_expires_at": 0}))

    def _hold(self, c: Connection, feed: Feed) -> None:
        if not self._held(c, [feed]):
            raise _lost(feed)

    def _held(self, c: Connection, claimed: Sequence[Feed]) -> set[int]:
        """Those of the feeds whose leases are still ours, and stay so until the transaction ends: the token is the fence."""
        tokens = {feed.id: feed.token for feed in claimed}
        # Sorted, so that two workers on PostgreSQL take the same locks in the same order.
        rows = (row for chunk in chunks(sorted(tokens)) for row in c.execute(_HELD, {"ids": chunk}))
        return {row.id for row in rows if row.lease_token == tokens[row.id]}


def _finishing(end: PollEnd, now: int) -> dict[str, Any]:
    feed, well = end.feed, end.error is None
    return {
        "held_id": feed.id, "next_poll_at": now + round(end.in_s * 1000), "poll_reason": end.poll_reason,
        "last_polled_at": now, "new_at": now if end.had_new else None, "last_error": end.error or "", "errors": 0 if well else feed.errors + 1,
        "etag": end.etag if well else feed.etag, "last_modified": end.last_modified if well else feed.last_modified,
        "body_hash": end.body_hash if well else feed.body_hash, "memory": feed.memory if end.memory is None else end.memory,
    }  # fmt: skip


def _seldom(end: PollEnd) -> dict[str, Any]:
    """What few polls change."""
    seldom: dict[str, Any] = {}
    if end.title and not end.feed.title:
        seldom["title"] = end.title
    if end.retire:
        seldom["enabled"] = False
    return seldom


def _portions(shown: Sequence[Shown]) -> Iterator[list[Shown]]:
    """Of about ENTRIES_AT_ONCE entries each, in order."""
    some: list[Shown] = []
    for show in shown:
        if some and sum(len(s.entries) for s in some) + len(show.entries) > ENTRIES_AT_ONCE:
            yield some
            some = []
        some.append(show)
    if some:
        yield some


def _lost(feed: Feed) -> LeaseLost:
    return LeaseLost(f"another worker polls {url_names.redact(feed.url)} now")


def _split(url: str) -> tuple[str, str | None]:
    try:
        return url_names.split_credentials(url)
    except ValueError:  # such as an unclosed "[" of an IPv6 address
        return "", None


def _bare(url: str) -> str:
    return url_names.clean_link(_split(url)[0]) or url


def _named(url: str) -> ColumnElement[bool]:
    bare = _bare(url)
    return (feeds.c.url == bare) | feeds.c.id.in_(select(feed_aliases.c.feed_id).where(feed_aliases.c.url == bare))


def _feed(row: Any) -> Feed:
    return Feed(
        id=row.id, url=row.url, title=row.title, folder=row.folder, tags=tuple(row.tags), enabled=row.enabled, etag=row.etag,
        last_modified=row.last_modified, body_hash=row.body_hash, interval_s=row.interval_s, next_poll_at=instant(row.next_poll_at),
        poll_reason=row.poll_reason, last_polled_at=instant(row.last_polled_at), last_new_at=instant(row.last_new_at),
        errors=row.errors, last_error=row.last_error, token=row.lease_token, memory=row.memory,
        verify_tls=row.verify_tls, obey_robots=row.obey_robots,
    )  # fmt: skip
