"""Batches: URLs that one worker holds together, under a lease with a fencing token."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Self

import msgspec
from sqlalchemy import ColumnElement, Connection, String, bindparam, case, false, func, insert, select, update

from ingest import urls as url_names
from ingest.errors import LeaseLost, UsageError
from ingest.model import Claim, Entry, Outcome, OutcomeKind, Reason, Stage
from ingest.state.backlog import backlog, lock_urls, url_row
from ingest.state.database import Database, chunks, instant_of, milliseconds
from ingest.state.tables import articles, batches, feeds, sightings, urls

MOST_STOPPED = 4
CHANCES_ALONE = 2  # workers that a URL may stop once it is alone: one may have died of something else
_Sort = Literal["article", "none", "retry"]  # outcomes that are written alike


@dataclasses.dataclass(frozen=True, slots=True)
class BatchRef:
    """A batch under one lease. As text "id:token": all that travels between tasks."""

    id: str
    token: int

    def __str__(self) -> str:
        return f"{self.id}:{self.token}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The reverse of `str`. Raises UsageError."""
        name, _, token = text.rpartition(":")
        if not name or not (token.isascii() and token.isdecimal()):
            raise UsageError(f"{text!r} is not a batch: it reads ID:TOKEN, as plan prints it")
        return cls(name, int(token))


class Batches:
    """All reads and writes about batches."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def claim(
        self, *, owner: str, lease_s: float, size: int, limit: int, open_limit: int | None = None, most_stopped: int = MOST_STOPPED
    ) -> list[BatchRef]:
        """Lease up to `limit` batches: first those whose lease ran out, then new ones, the oldest URLs first.

        No new one is opened while `open_limit` are open, whoever holds them. A batch that has stopped `most_stopped` workers is divided
        into one of each URL, so that only the one that is to blame is given up (KILLED_WORKER) when it does so again.
        """
        with self._db.write() as c:
            now = self._db.now(c)
            expires = now + round(lease_s * 1000)
            self._divide(c, now, most_stopped)
            refs = self._abandoned(c, now, expires, owner, limit)
            room = limit - len(refs)
            if open_limit is not None:
                room = max(0, min(room, open_limit - self._open_ones(c)))
            ids = self._due_urls(c, now, size * room) if room else []
            for start in range(0, len(ids), size):
                mine = ids[start : start + size]
                refs.append(self._open(c, "ingest", now, expires, owner, len(mine)))
                for chunk in chunks(mine):
                    c.execute(update(urls).where(urls.c.id.in_(chunk)).values(stage=Stage.CLAIMED, batch_id=refs[-1].id, again=False))
            return refs

    def claims(self, ref: BatchRef) -> list[Claim]:
        """The unsettled URLs of the batch with what their feeds said, the oldest first."""
        with self._db.read() as c:
            mine = (urls.c.batch_id == ref.id) & (urls.c.stage == Stage.CLAIMED)
            rows = c.execute(select(urls).where(mine).order_by(urls.c.first_seen_at, urls.c.id)).all()
            seen = c.execute(
                select(
                    sightings.c.url_id, sightings.c.entry, feeds.c.id, feeds.c.url, feeds.c.title, feeds.c.verify_tls, feeds.c.obey_robots
                )
                .join(urls, urls.c.id == sightings.c.url_id).join(feeds, feeds.c.id == sightings.c.feed_id)
                .where(mine).order_by(sightings.c.first_seen_at, sightings.c.feed_id, sightings.c.entry_key)
            ).all()  # fmt: skip
        best: dict[str, tuple[Any, Entry]] = {}
        for sighting in seen:
            entry = msgspec.json.decode(sighting.entry, type=Entry)
            if sighting.url_id not in best or (entry.title and not best[sighting.url_id][1].title):
                best[sighting.url_id] = (sighting, entry)
        return [_claim(row, *best.get(row.id, (None, None))) for row in rows]

    def renew(self, ref: BatchRef, lease_s: float) -> None:
        """Hold the batch for `lease_s` more seconds, and have begun to work on it. Raises LeaseLost."""
        with self._db.write() as c:
            hold(c, ref)
            expires = self._db.now(c) + round(lease_s * 1000)
            c.execute(update(batches).where(batches.c.id == ref.id).values(lease_expires_at=expires, begun_token=ref.token))

    def release(self, ref: BatchRef) -> None:
        """Let the lease end now, which is not held against the batch: the next `claim` takes it up. Nothing where another worker has it."""
        with self._db.write() as c:
            mine = (batches.c.id == ref.id) & (batches.c.lease_token == ref.token) & (batches.c.state == "open")
            c.execute(update(batches).where(mine).values(lease_expires_at=self._db.now(c), begun_token=None))

    def settle(self, ref: BatchRef, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes; without a kind the URL goes back to the backlog. Idempotent. Raises LeaseLost."""
        with self._db.write() as c:
            kind = hold(c, ref)
            now = self._db.now(c)
            for chunk in chunks(sorted(outcome.url_id for outcome in outcomes)):
                lock_urls(c, urls.c.id.in_(chunk))
            for sort, some in _by_sort(outcomes).items():
                mine = (urls.c.batch_id == ref.id) & (urls.c.stage == Stage.CLAIMED)
                if kind == "replay":
                    mine |= _replayable(ref, sort)
                rows = [_row(outcome, now) for outcome in some]
                c.execute(update(urls).where(urls.c.id == bindparam("of_url"), mine).values(_values(ref, sort, now)), rows)
            announced = (urls.c.batch_id == ref.id) & urls.c.again & (urls.c.stage == Stage.DONE)
            c.execute(update(urls).where(announced).values(backlog(now) | {"attempts": 0}))

    def own_articles(self, ref: BatchRef, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
        """For (article id, URL id) pairs: which URL owns each article. The first to ask owns it for good. Raises LeaseLost."""
        with self._db.write() as c:
            hold(c, ref)
            now = self._db.now(c)
            first = dict(reversed(pairs))  # of two URLs in one batch the earlier
            self._db.insert_new(c, articles, [{"article_id": a, "url_id": first[a], "claimed_at": now} for a in sorted(first)])
            found: dict[str, str] = {}
            for chunk in chunks(sorted(first)):
                rows = c.execute(select(articles.c.article_id, articles.c.url_id).where(articles.c.article_id.in_(chunk)))
                found |= {row.article_id: row.url_id for row in rows}
        return found

    def note_scores(self, ref: BatchRef, scores: Mapping[str, float]) -> None:
        """How good the texts of articles are, by article id, 0 to 1; of one noted before, the present text's. Raises LeaseLost."""
        if not scores:
            return
        with self._db.write() as c:
            hold(c, ref)
            statement = update(articles).where(articles.c.article_id == bindparam("article")).values(extraction_score=bindparam("score"))
            c.execute(statement, [{"article": article, "score": scores[article]} for article in sorted(scores)])

    def finish(self, ref: BatchRef, also: Callable[[Connection], None] | None = None) -> None:
        """Close the batch; a URL that nobody settled goes back to the backlog. Idempotent. Raises LeaseLost.

        `also` writes in the same transaction: with the lease held, and all or nothing.
        """
        with self._db.write() as c:
            hold(c, ref)
            if also is not None:
                also(c)
            now = self._db.now(c)
            left = (urls.c.batch_id == ref.id) & (urls.c.stage == Stage.CLAIMED)
            lock_urls(c, left)
            c.execute(update(urls).where(left).values(backlog(now)))
            done = {"state": "done", "finished_at": now, "lease_owner": None, "lease_expires_at": 0}
            c.execute(update(batches).where(batches.c.id == ref.id, batches.c.state == "open").values(done))

    def create_replay(self, claims: Sequence[Claim], *, owner: str, lease_s: float) -> BatchRef:
        """A batch of archived pages. URLs never seen come into the ledger; all others keep their state until settled."""
        with self._db.write() as c:
            now = self._db.now(c)
            ref = self._open(c, "replay", now, now + round(lease_s * 1000), owner, len(claims))
            more = {"stage": Stage.CLAIMED, "batch_id": ref.id}
            rows = [url_row(x.url_id, x.url, milliseconds(x.first_seen_at), **more) for x in claims]
            self._db.insert_new(c, urls, sorted(rows, key=lambda row: str(row["id"])))
        return ref

    def _divide(self, c: Connection, now: int, most_stopped: int) -> None:
        query = select(batches.c.id, batches.c.size).where(_expired(now), most_stopped <= _STOPPED).order_by(batches.c.id)
        for batch, size in c.execute(query.with_for_update(skip_locked=True)).all():
            # What it has indexed may never have been matched: it is gone through once more.
            open_still = (urls.c.stage == Stage.CLAIMED) | ((urls.c.stage == Stage.DONE) & (urls.c.kind == OutcomeKind.INDEXED))
            left = (urls.c.batch_id == batch) & open_still
            lock_urls(c, left)
            ids = c.execute(select(urls.c.id).where(left).order_by(urls.c.id)).scalars().all()
            if size == 1:
                why = {"kind": OutcomeKind.QUARANTINED, "reason": Reason.KILLED_WORKER, "done_at": now, "stage": Stage.DONE}
                detail = f"{most_stopped} workers that had it in work were not heard of again"
                c.execute(update(urls).where(left).values(why | {"detail": detail}))
            else:
                for url in ids:
                    alone = self._open(c, "ingest", now, 0, "", 1, token=0, stopped=max(0, most_stopped - CHANCES_ALONE))
                    c.execute(update(urls).where(urls.c.id == url).values(backlog(now) | {"stage": Stage.CLAIMED, "batch_id": alone.id}))
            # The token moves on: the worker may still live.
            done = {"state": "done", "finished_at": now, "lease_owner": None, "lease_expires_at": 0}
            c.execute(update(batches).where(batches.c.id == batch).values(done | {"lease_token": batches.c.lease_token + 1}))

    def _abandoned(self, c: Connection, now: int, expires: int, owner: str, limit: int) -> list[BatchRef]:
        query = select(batches.c.id, batches.c.lease_token, _STOPPED).where(_expired(now)).order_by(batches.c.id).limit(limit)
        refs: list[BatchRef] = []
        for batch, token, stopped in c.execute(query.with_for_update(skip_locked=True)).all():
            refs.append(BatchRef(batch, token + 1))
            lease = {"lease_owner": owner, "lease_token": token + 1, "lease_expires_at": expires}
            c.execute(update(batches).where(batches.c.id == batch).values(lease | {"stopped": stopped}))
        return refs

    def _open_ones(self, c: Connection) -> int:
        mine = (batches.c.state == "open") & (batches.c.kind == "ingest")
        return int(c.execute(select(func.count()).select_from(batches).where(mine)).scalar_one())

    def _due_urls(self, c: Connection, now: int, size: int) -> list[str]:
        due = (urls.c.stage == Stage.DISCOVERED) & (urls.c.next_attempt_at <= now)
        query = select(urls.c.id).where(due).order_by(urls.c.first_seen_at, urls.c.id).limit(size)
        return list(c.execute(query.with_for_update(skip_locked=True)).scalars())

    def _open(
        self, c: Connection, kind: str, now: int, expires: int, owner: str, size: int, *, token: int = 1, stopped: int = 0
    ) -> BatchRef:
        ref = BatchRef(f"{datetime.fromtimestamp(now / 1000, UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}", token)
        row = {"id": ref.id, "kind": kind, "state": "open", "size": size, "created_at": now, "stopped": stopped}
        lease = {"lease_owner": owner, "lease_token": ref.token, "lease_expires_at": expires}
        c.execute(insert(batches).values(row | lease))
        return ref


# Workers that had the batch in work and were never heard of again. One that claimed it and did not come to it has no part in it.
_STOPPED = batches.c.stopped + case((batches.c.begun_token == batches.c.lease_token, 1), else_=0)


def _expired(now: int) -> ColumnElement[bool]:
    return (batches.c.state == "open") & (batches.c.kind == "ingest") & (batches.c.lease_expires_at <= now)


def hold(c: Connection, ref: BatchRef) -> str:
    """Keep the batch for the rest of the transaction; its kind. Raises LeaseLost where another worker has it."""
    row = c.execute(select(batches.c.kind, batches.c.lease_token).where(batches.c.id == ref.id).with_for_update()).one_or_none()
    if row is None or row.lease_token != ref.token:
        raise LeaseLost(f"another worker has the batch {ref.id} now")
    return str(row.kind)


def _by_sort(outcomes: Sequence[Outcome]) -> dict[_Sort, list[Outcome]]:
    sorts: dict[_Sort, list[Outcome]] = {}
    for outcome in sorted(outcomes, key=lambda outcome: outcome.url_id):
        sort: _Sort = "retry" if outcome.kind is None else "article" if outcome.kind is OutcomeKind.INDEXED else "none"
        sorts.setdefault(sort, []).append(outcome)
    return sorts


def _replayable(ref: BatchRef, sort: _Sort) -> ColumnElement[bool]:
    """Settled URLs that a replay may settle anew: it gives articles, and better reasons, but takes no article away."""
    settled = (urls.c.stage == Stage.DONE) & urls.c.batch_id.is_distinct_from(ref.id)
    if sort == "retry":
        return false()
    failed = (urls.c.kind == OutcomeKind.DROPPED) | (urls.c.kind == OutcomeKind.QUARANTINED)
    failed |= (urls.c.kind == OutcomeKind.DUPLICATE) & (bindparam("new_kind", type_=String) == OutcomeKind.DUPLICATE)  # still one
    return settled if sort == "article" else settled & failed


def _row(outcome: Outcome, now: int) -> dict[str, Any]:
    return {
        "of_url": outcome.url_id, "new_kind": outcome.kind, "new_reason": outcome.reason, "new_article": outcome.article_id,
        "new_duplicate": outcome.of, "new_detail": outcome.detail, "new_extractor": outcome.extractor,
        "retry_at": now + round(outcome.retry_in_s * 1000), "tries": int(outcome.tried),
    }  # fmt: skip


def _values(ref: BatchRef, sort: _Sort, now: int) -> dict[str, Any]:
    why: dict[str, Any] = {"reason": bindparam("new_reason"), "detail": bindparam("new_detail")}
    if sort == "retry":
        return backlog(now) | why | {"attempts": urls.c.attempts + bindparam("tries"), "next_attempt_at": bindparam("retry_at")}
    ends = {"stage": Stage.DONE, "batch_id": ref.id, "done_at": now, "kind": bindparam("new_kind")}
    # A page that was not read, or not indexed because a newer one is, leaves what made the present article.
    made_by: ColumnElement[str] = func.coalesce(bindparam("new_extractor"), urls.c.extractor)
    return ends | why | {"article_id": bindparam("new_article"), "duplicate_of": bindparam("new_duplicate"), "extractor": made_by}


def _claim(row: Any, sighting: Any | None, entry: Entry | None) -> Claim:
    return Claim(
        url_id=row.id,
        url=row.url,
        first_seen_at=instant_of(row.first_seen_at),
        attempt=row.attempts + 1,
        revision=row.revision,
        feed_id=sighting.id if sighting else None,
        feed_url=url_names.redact(sighting.url) if sighting else None,
        feed_title=sighting.title if sighting else "",
        entry=entry,
        # What an operator said of a feed's own host holds for no other that it links to.
        verify_tls=sighting is None or sighting.verify_tls or url_names.host(sighting.url) != row.host,
        obey_robots=sighting is None or sighting.obey_robots,
    )
