"""Stories: articles that are copies of one report, over all feeds and sites, within a window of time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from ingest.model import Copy
from ingest.state.batches import BatchRef, hold
from ingest.state.clusters import Clusters, Places
from ingest.state.database import Database, chunks, instant_of, milliseconds
from ingest.state.resemblance import KEYS, Known, keys, known, unpacked
from ingest.state.tables import copies, signature_keys, signatures

_TRIM_AT_ONCE = 1_000  # signatures deleted in one transaction: others wait for milliseconds


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """An article of a story."""

    article_id: str
    site: str
    published_at: datetime  # never later than it was seen
    first_seen_at: datetime


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """All copies of one report, those published first in front."""

    id: str  # `Article.story`: id of the article that was taken in first
    size: int
    sites: tuple[str, ...]  # each once; the first one published first
    members: tuple[Member, ...]


class Copies:
    """All reads and writes about stories."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def assign(self, ref: BatchRef, articles: Sequence[Copy], *, window_s: float) -> dict[str, str]:
        """The story of each article, by article id, one transaction for all; the same whatever their order.

        Run again it answers the same. An article that is known keeps its story, unless it is alone in it and has another text
        now. Raises LeaseLost.
        """
        ordered = sorted(articles, key=lambda a: (a.first_seen_at, a.published_at, a.article_id, a.signature.hashes))
        batch = {a.article_id: a for a in reversed(ordered)}
        with self._db.write() as c:
            hold(c, ref)
            self._db.take_turns(c, "stories")
            now = self._db.now(c)
            old = _rows(c, list(batch))
            fresh = [a for a in ordered if a is batch[a.article_id] and _is_new(old.get(a.article_id), a)]
            if fresh:
                self._place(c, fresh, old, now, round(window_s * 1000))
            return _story_ids(c, list(batch))

    def stories(self, article_ids: Sequence[str]) -> dict[str, Story]:
        """The story of each article that is in one, by article id; a story of one article is one too."""
        member, asked = copies.alias(), copies.alias()
        query = select(asked.c.article_id.label("asked"), member).join(member, member.c.story == asked.c.story)
        members: dict[str, list[Any]] = {}
        with self._db.read() as c:
            for chunk in chunks(sorted(set(article_ids))):
                for row in c.execute(query.where(asked.c.article_id.in_(chunk))):
                    members.setdefault(row.asked, []).append(row)
        return {article_id: _story(rows) for article_id, rows in members.items()}

    def trim(self, window_s: float) -> int:
        """Forget what articles older than the window are compared by; their number. Their stories stay."""
        number = 0
        while True:
            with self._db.write() as c:
                self._db.take_turns(c, "stories")
                limit = self._db.now(c) - round(window_s * 1000)
                old = select(signatures.c.copy_id, signatures.c.hashes).where(signatures.c.added_at < limit)
                rows = c.execute(old.order_by(signatures.c.added_at).limit(_TRIM_AT_ONCE)).all()
                _forget(c, {row.copy_id: row.hashes for row in rows})
            number += len(rows)
            if len(rows) < _TRIM_AT_ONCE:
                return number

    def _place(self, c: Connection, fresh: Sequence[Copy], old: dict[str, Any], now: int, window_ms: int) -> None:
        _forget(c, {row.id: row.hashes for a in fresh if (row := old.get(a.article_id)) is not None and row.hashes is not None})
        hashes = {a.article_id: keys(a.signature) for a in fresh}
        clusters = Clusters(_places(c, {value for values in hashes.values() for value in values}), window_ms)
        clusters.learn(_known(c, {copy_id for values in hashes.values() for copy_id in clusters.candidates(values)}))
        next_id = (c.execute(select(func.max(copies.c.id))).scalar() or 0) + 1
        rows: list[Known] = []
        for article in fresh:
            row = old.get(article.article_id)
            copy_id = row.id if row else next_id
            next_id += row is None
            mine = known(article, copy_id=copy_id, story=row.story if row else copy_id, first_seen_at=milliseconds(article.first_seen_at))
            if row is None or row.alone:
                mine = dataclasses.replace(mine, story=clusters.story_for(mine, hashes[article.article_id]) or copy_id)
            clusters.put(mine, hashes[article.article_id])
            rows.append(mine)
        self._write(c, fresh, rows, old, now)
        self._db.upsert(c, signature_keys, clusters.rows())

    def _write(self, c: Connection, articles: Sequence[Copy], rows: Sequence[Known], old: dict[str, Any], now: int) -> None:
        pairs = list(zip(articles, rows, strict=True))
        added = [
            {"id": k.copy_id, "article_id": a.article_id, "story": k.story, "site": a.site,
             "published_at": milliseconds(a.published_at), "first_seen_at": k.first_seen_at}
            for a, k in pairs if a.article_id not in old
        ]  # fmt: skip
        moved = [{"of": k.copy_id, "to": k.story} for a, k in pairs if (row := old.get(a.article_id)) and row.story != k.story]
        prints = [
            {"copy_id": k.copy_id, "added_at": now, "shingles": k.shingles, "hashes": a.signature.hashes, "title_key": k.title_key}
            for a, k in pairs
        ]  # fmt: skip
        if added:
            c.execute(insert(copies), added)
        if moved:
            c.execute(update(copies).where(copies.c.id == bindparam("of")).values(story=bindparam("to")), moved)
        c.execute(insert(signatures), prints)


def _rows(c: Connection, article_ids: Sequence[str]) -> dict[str, Any]:
    """What is known of the articles, by article id: their numbers, signature (None out of the window), whether alone in the story."""
    other = copies.alias()
    more = select(other.c.id).where(other.c.story == copies.c.story, other.c.id != copies.c.id).exists()
    query = select(copies.c.id, copies.c.article_id, copies.c.story, signatures.c.hashes, (~more).label("alone"))
    query = query.join(signatures, signatures.c.copy_id == copies.c.id, isouter=True)
    rows = (r for chunk in chunks(sorted(article_ids)) for r in c.execute(query.where(copies.c.article_id.in_(chunk))))
    return {row.article_id: row for row in rows}


def _is_new(row: Any | None, article: Copy) -> bool:
    return row is None or row.hashes != article.signature.hashes


def _story_ids(c: Connection, article_ids: Sequence[str]) -> dict[str, str]:
    first = copies.alias()
    query = select(copies.c.article_id, first.c.article_id.label("story")).join(first, first.c.id == copies.c.story)
    rows = (r for chunk in chunks(sorted(article_ids)) for r in c.execute(query.where(copies.c.article_id.in_(chunk))))
    return {row.article_id: row.story for row in rows}


def _places(c: Connection, hashes: Iterable[int]) -> Places:
    places: Places = {}
    for chunk in chunks(sorted(hashes)):
        for row in c.execute(select(signature_keys).where(signature_keys.c.hash.in_(chunk))):
            places.setdefault(row.hash, {})[row.story] = row.copy_id
    return places


def _known(c: Connection, copy_ids: Iterable[int]) -> dict[int, Known]:
    query = select(
        copies.c.id,
        copies.c.story,
        copies.c.site,
        signatures.c.title_key,
        copies.c.first_seen_at,
        signatures.c.shingles,
        signatures.c.hashes,
    ).join(signatures, signatures.c.copy_id == copies.c.id)
    found: dict[int, Known] = {}
    for chunk in chunks(sorted(copy_ids)):
        for row in c.execute(query.where(copies.c.id.in_(chunk))):
            found[row.id] = Known(*row[:-1], unpacked(row.hashes))
    return found


def _forget(c: Connection, hashes_of: dict[int, bytes]) -> None:
    """Delete signatures, and the places that lead to them."""
    places = [{"value": int(v), "of": copy_id} for copy_id, hashes in hashes_of.items() for v in unpacked(hashes)[:KEYS]]
    if places:
        c.execute(
            delete(signature_keys).where(signature_keys.c.hash == bindparam("value"), signature_keys.c.copy_id == bindparam("of")), places
        )
    for chunk in chunks(sorted(hashes_of)):
        c.execute(delete(signatures).where(signatures.c.copy_id.in_(chunk)))


def _story(rows: Sequence[Any]) -> Story:
    members = sorted((_member(row) for row in rows), key=lambda m: (m.published_at, m.first_seen_at, m.article_id))
    sites = tuple(dict.fromkeys(m.site for m in members))
    first = next((row.article_id for row in rows if row.id == row.story), members[0].article_id)
    return Story(id=first, size=len(members), sites=sites, members=tuple(members))


def _member(row: Any) -> Member:
    seen = instant_of(row.first_seen_at)
    published = instant_of(row.published_at)
    # Midnight is a date without a time, which would be first of its day; a time to come is a mistake.
    believed = seen if published.time() == time.min or published > seen else published
    return Member(article_id=row.article_id, site=row.site, published_at=believed, first_seen_at=seen)
