"""Entries that feeds show: which are new, which have changed, and what that puts into the backlog."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, select, text, update

from ingest import urls as url_names
from ingest.errors import InvalidUrl
from ingest.model import Entry, Feed, Stage
from ingest.state.backlog import backlog, lock_urls, url_row
from ingest.state.database import Database, chunks
from ingest.state.tables import sightings, urls

MAX_CHANGES = 24  # of one entry: a text that changes at every poll must not be fetched for ever (as lemon24/reader does)
TOUCHED_EVERY_MS = 10 * 60_000  # how exact it is kept when an entry was seen last
_KEY_OF_LINK = len("u:") + 64  # characters of a key that is made of the id of the entry's URL
GUIDS_LOOKED_AT = 20  # known entries of one poll whose GUID is compared with that of before


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """What a feed shows now. Entries with a key in `unchanged` come without their texts."""

    feed: Feed  # as it was claimed
    entries: Sequence[Entry]
    unchanged: AbstractSet[str] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Stored:
    """What came of it: URLs never seen before, URLs announced as changed, entries in all.

    A URL that several feeds show at once is new of the first.
    """

    new_urls: int
    changed: int
    seen: int
    new_keys: tuple[str, ...] = ()  # of entries that the feed never showed before
    doubtful: bool = False  # an entry given as unchanged is not known as such: nothing was stored
    guids_changed: bool = False  # most entries known by their link have another GUID than they had


# Statements of every poll are made once: to make one takes longer than to run it.
# Pairs of a feed and a key come as one value: a statement for each feed, with each key as a value of its own, takes twice as long. Written so
# that no planner reads all sightings: SQLite keeps to the order of CROSS JOIN, PostgreSQL takes a list for 100 pairs long.
_WHAT = "SELECT s.feed_id, s.entry_key, s.fingerprint, s.changes, s.last_seen_at"
_KNOWN = {
    "sqlite": text(
        f"{_WHAT} FROM json_each(:asked) AS shown CROSS JOIN sightings AS s"
        " WHERE s.feed_id = json_extract(shown.value, '$[0]') AND s.entry_key = json_extract(shown.value, '$[1]')"
    ),
    "postgresql": text(
        f"{_WHAT} FROM json_array_elements(CAST(:asked AS json)) AS shown(value) CROSS JOIN sightings AS s"
        " WHERE s.feed_id = CAST(shown.value ->> 0 AS INTEGER) AND s.entry_key = shown.value ->> 1"
    ),
}
_GUIDS = select(sightings.c.entry_key, sightings.c.entry).where(
    sightings.c.feed_id == bindparam("feed"), sightings.c.entry_key.in_(bindparam("keys", expanding=True))
)
_KNOWN_URLS = select(urls.c.id).where(urls.c.id.in_(bindparam("ids", expanding=True)))
_CHANGED = (
    update(sightings)
    .where(sightings.c.feed_id == bindparam("feed"), sightings.c.entry_key == bindparam("key"))
    .values(url_id=bindparam("link"), fingerprint=bindparam("print"), entry=bindparam("body"), changes=sightings.c.changes + 1)
)


@dataclasses.dataclass(frozen=True, slots=True)
class _News:
    """What is news of that which a feed shows."""

    shown: Shown
    known: Mapping[str, Any]  # rows of sightings, by key
    fresh: Sequence[Entry]
    changed: Sequence[Entry]
    links: Mapping[str, str | None]  # of news only, by key: ids of URLs; those of 2,000 known entries would take longer than all else

    @property
    def doubtful(self) -> bool:
        return any(entry.key in self.shown.unchanged for entry in chain(self.fresh, self.changed))

    @property
    def found(self) -> dict[str, str]:
        """URLs by their ids. A known entry may have moved to another link, where its key is not made of the link."""
        return {i: entry.url or "" for entry in chain(self.changed, self.fresh) if (i := self.links[entry.key])}

    @property
    def to_requeue(self) -> set[str]:
        return {i for entry in self.changed if self.known[entry.key].changes < MAX_CHANGES and (i := self.links[entry.key])}


def store(db: Database, c: Connection, shown: Sequence[Shown], now: int) -> list[Stored]:
    """Record what feeds show whose leases are held; new and changed URLs go to the backlog.

    For all of them together: to send a statement for each feed costs more than what it does.
    """
    known = _known(c, shown)
    read = [_news(show, known[show.feed.id]) for show in shown]
    sound = [news for news in read if not news.doubtful]
    new_urls = _discover(db, c, sound, now)
    db.insert_new(c, sightings, [_sighting(news, entry, now) for news in sound for entry in news.fresh])
    if changes := [_change(news, entry) for news in sound for entry in news.changed]:
        c.execute(_CHANGED, changes)
    # Before any is changed, so that two workers on PostgreSQL take the same locks in the same order.
    for chunk in chunks(sorted(set().union(*(news.to_requeue for news in sound)))):
        lock_urls(c, urls.c.id.in_(chunk))
    for news in sound:
        _touch(c, news, now)
    return [
        Stored(0, 0, 0, doubtful=True)
        if news.doubtful
        else Stored(
            new_urls[news.shown.feed.id],
            _requeue(c, news.to_requeue, now),
            len(news.shown.entries),
            tuple(entry.key for entry in news.fresh),
            guids_changed=_guids_changed(c, news),
        )
        for news in read
    ]


def _known(c: Connection, shown: Sequence[Shown]) -> Mapping[int, Mapping[str, Any]]:
    """Rows of sightings by feed and key, of what is shown."""
    known: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    asked = msgspec.json.encode([(show.feed.id, entry.key) for show in shown for entry in show.entries]).decode()
    for row in c.execute(_KNOWN[c.dialect.name], {"asked": asked}).all():
        known[row.feed_id][row.entry_key] = row
    return known


def _news(shown: Shown, known: Mapping[str, Any]) -> _News:
    fresh = [entry for entry in shown.entries if entry.key not in known]
    changed = [entry for entry in shown.entries if entry.key in known and known[entry.key].fingerprint != entry.fingerprint]
    return _News(shown, known, fresh, changed, {entry.key: _url_id(entry) for entry in chain(fresh, changed)})


def _discover(db: Database, c: Connection, all_news: Sequence[_News], now: int) -> Counter[int]:
    """How many new URLs each feed has brought, by feed."""
    found: dict[str, tuple[str, int]] = {}
    for news in all_news:
        for url_id, url in news.found.items():
            found.setdefault(url_id, (url, news.shown.feed.id))
    # Sorted, so that two workers on PostgreSQL take the same locks in the same order.
    known = {i for chunk in chunks(sorted(found)) for i in c.execute(_KNOWN_URLS, {"ids": chunk}).scalars()}
    rows = [url_row(i, found[i][0], now) for i in sorted(found) if i not in known]
    return Counter(found[i][1] for i in db.insert_new_of(c, urls.c.id, rows))


def _requeue(c: Connection, ids: Iterable[str], now: int) -> int:
    """Send settled URLs back; mark those in a batch, so that they come back after it. Those that wait anyhow stay as they are."""
    number = 0
    for chunk in chunks(sorted(ids)):
        mine, revision = urls.c.id.in_(chunk), urls.c.revision + 1
        held = update(urls).where(mine, urls.c.stage == Stage.CLAIMED).values(again=True, revision=revision)
        back = update(urls).where(mine, urls.c.stage == Stage.DONE)
        number += c.execute(held).rowcount
        number += c.execute(back.values(backlog(now) | {"attempts": 0, "detail": "", "revision": revision})).rowcount
    return number


def _touch(c: Connection, news: _News, now: int) -> None:
    """To the minute would mean to write most of what a feed shows at every poll."""
    for chunk in chunks([key for key, row in news.known.items() if row.last_seen_at < now - TOUCHED_EVERY_MS]):
        mine = sightings.c.feed_id == news.shown.feed.id, sightings.c.entry_key.in_(chunk)
        c.execute(update(sightings).where(*mine).values(last_seen_at=now))


def _guids_changed(c: Connection, news: _News) -> bool:
    """Rule F1: of entries known by their link most have another GUID. Those that are unchanged were compared before."""
    entries = [entry for entry in news.shown.entries if entry.key in news.known]
    asked = {e.key: e.guid for e in entries[:GUIDS_LOOKED_AT] if e.guid and e.key.startswith("u:")}
    doubtful = [key for key in asked if key not in news.shown.unchanged]
    if 2 * len(doubtful) <= len(asked):
        return False
    rows = c.execute(_GUIDS, {"feed": news.shown.feed.id, "keys": doubtful})
    was = {row.entry_key: msgspec.json.decode(row.entry, type=_Guid).guid for row in rows}
    return 2 * sum(asked[key] != guid for key, guid in was.items()) > len(asked)


class _Guid(msgspec.Struct):
    """The one field of a stored Entry that is compared."""

    guid: str | None = None


def _sighting(news: _News, entry: Entry, now: int) -> dict[str, object]:
    return {
        "feed_id": news.shown.feed.id, "entry_key": entry.key, "url_id": news.links[entry.key], "fingerprint": entry.fingerprint,
        "first_seen_at": now, "last_seen_at": now, "changes": 0, "entry": msgspec.json.encode(entry),
    }  # fmt: skip


def _change(news: _News, entry: Entry) -> dict[str, object]:
    return {
        "feed": news.shown.feed.id, "key": entry.key, "link": news.links[entry.key], "print": entry.fingerprint,
        "body": msgspec.json.encode(entry),
    }  # fmt: skip


def _url_id(entry: Entry) -> str | None:
    if len(entry.key) == _KEY_OF_LINK and entry.key.startswith("u:"):
        return entry.key[2:]
    try:
        return url_names.url_id(entry.url) if entry.url else None
    except InvalidUrl:
        return None
