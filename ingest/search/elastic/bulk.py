"""Bulk writes: every document gets one fate, whatever the server answers.

======================================  =========================================================================
what came back for a document           its fate
======================================  =========================================================================
200, 201                                indexed
409 version conflict                    stale: a newer version is there
400 and other 4xx                       refused: this document cannot be indexed; the others of the batch are
413, or alone too large                 the batch is halved; a document too large by itself is refused
429, 502, 503, 504                      tried again with growing waits, then EngineUnavailable: the batch comes back later
429 or 403 blocked, disk nearly full    EngineUnavailable at once: waiting in here does not free a disk
403 blocked, index is being replaced    its place is looked up anew, tried again
404 no such index                       the index is made, tried again
401, 403                                EngineRefused: the operator must act
no or half an answer                    unknown, so tried again: ids and versions make a second write harmless
======================================  =========================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any, NamedTuple, Protocol

import elastic_transport
import elasticsearch
import msgspec
import stamina

from ingest.errors import EngineRefused, EngineUnavailable
from ingest.search.elastic.connection import BUSY
from ingest.search.elastic.portions import halves, portions
from ingest.search.engine import Disposition, Status

CHUNK_DOCUMENTS = 200
WAIT_S = 0.5  # before the second try, less for the impatient; doubled for each further one, and spread by chance
WAIT_MAX_S = 20.0
_DISK_FULL = "flood-stage"

Json = dict[str, Any]


class Write(NamedTuple):
    """One document to be written."""

    place: int  # in the batch
    article_id: str
    month: str
    version: int
    body: bytes


class Fate(Enum):
    """What an answer means for a document that is not done yet."""

    AGAIN = "again"
    MOVED = "moved"  # look for its index again first


class Target(Protocol):
    """Where documents go."""

    def send(self, lines: Sequence[bytes], *, wait: bool) -> Json:
        """The answer to one bulk request; with `wait` it comes when the documents are found. Raises what the client raises."""
        ...

    def index_of(self, month: str) -> str:
        """The index that holds a month, made where there is none."""
        ...

    def forget(self) -> None:
        """The indices have changed: look again."""
        ...

    def fault(self, error: Exception) -> Exception:
        """The client's error in ours."""
        ...


class _Unfinished(Exception):  # no failure yet
    """Some documents are to be tried again."""


def write(target: Target, writes: Sequence[Write], patience_s: float) -> dict[int, Disposition]:
    """Dispositions by place in the batch. Raises EngineUnavailable after `patience_s` of tries, EngineRefused at once."""
    done: dict[int, Disposition] = {}
    pending = list(writes)
    last: Exception | str = "no answer"
    first_s = min(WAIT_S, patience_s / 20)
    tries = stamina.retry_context(
        on=_Unfinished, attempts=None, timeout=patience_s, wait_initial=first_s, wait_max=WAIT_MAX_S, wait_jitter=2 * first_s
    )
    try:
        for attempt in tries:
            with attempt:
                last = _round(target, pending, done) or last
                pending = [w for w in pending if w.place not in done]
                if pending:
                    raise _Unfinished(str(last))  # noqa: TRY301  # how a try asks for another
    except _Unfinished as error:
        message = f"{len(pending)} of {len(writes)} documents could not be written within {patience_s:g} s: {last}"
        raise EngineUnavailable(message) from error
    return done


def _round(target: Target, pending: Sequence[Write], done: dict[int, Disposition]) -> Exception | str | None:
    """Try each document once; why the last one that must be tried again was not written."""
    why: Exception | str | None = None
    # By month, so that few requests have to wait: the refresh that shows the last documents of an index shows those before them.
    # The smallest last: what is too large, and so shows nothing, comes before.
    ordered = sorted(pending, key=lambda w: (w.month, -len(w.body)))
    chunks = list(portions(ordered, lambda w: len(w.body), CHUNK_DOCUMENTS))[::-1]
    while chunks:
        chunk = chunks.pop()
        wait = not chunks or chunks[-1][0].month != chunk[0].month
        try:
            answer = target.send([line for w in chunk for line in (_action(target.index_of(w.month), w), w.body)], wait=wait)
        except (elasticsearch.ApiError, elastic_transport.TransportError) as error:
            if isinstance(error, elasticsearch.ApiError) and error.status_code == 413:
                chunks += _halves(chunk, done)
                continue
            why = target.fault(error)
            if not isinstance(why, EngineUnavailable):
                raise why from error
            if _DISK_FULL in str(why):
                raise why from error
            continue
        for w, item in zip(chunk, answer.get("items", ()), strict=False):
            fate = disposition(w.article_id, next(iter(item.values())))
            if isinstance(fate, Disposition):
                done[w.place] = fate
                continue
            why = reason(next(iter(item.values())))
            if fate is Fate.MOVED:
                target.forget()
    return why


def _halves(chunk: list[Write], done: dict[int, Disposition]) -> list[list[Write]]:
    """What to send instead of a chunk that was too large, in reverse order."""
    if len(chunk) == 1:
        detail = f"cannot be indexed: with {len(chunk[0].body):,} bytes it is larger than the server takes"
        done[chunk[0].place] = Disposition(article_id=chunk[0].article_id, status=Status.REFUSED, detail=detail)
        return []
    first, second = halves(chunk)
    return [second, first]


def _action(index: str, w: Write) -> bytes:
    return msgspec.json.encode({"index": {"_index": index, "_id": w.article_id, "version": w.version, "version_type": "external_gte"}})


def disposition(article_id: str, item: Json) -> Disposition | Fate:
    """What an item of a bulk answer means. Raises EngineRefused, EngineUnavailable where it means the same for all documents."""
    status = int(item.get("status", 0))
    kind = str((item.get("error") or {}).get("type", ""))
    if status in (200, 201):
        return Disposition(article_id=article_id, status=Status.INDEXED)
    if status == 409:
        return Disposition(article_id=article_id, status=Status.STALE, detail="a newer version is in the index")
    if kind == "cluster_block_exception":
        if _DISK_FULL in reason(item) or "read-only" in reason(item):
            raise EngineUnavailable(
                f"the cluster takes no writes, its disk is nearly full: {reason(item)}; free space and it goes on by itself"
            )
        return Fate.MOVED
    if status == 404 or kind == "index_not_found_exception":
        return Fate.MOVED
    if status in (401, 403):
        raise EngineRefused(f"the search server does not permit writing: {reason(item)}; `newsflow setup` makes a role that may")
    if status in BUSY or status >= 500:
        return Fate.AGAIN
    return Disposition(article_id=article_id, status=Status.REFUSED, detail=f"cannot be indexed ({status}): {reason(item)}"[:300])


def reason(item: Json) -> str:
    """Why an item failed, in the server's words."""
    error = item.get("error") or {}
    inner = error.get("caused_by") or {}
    return " ".join(filter(None, (str(error.get("reason", "")), str(inner.get("reason", "")))))[:300] or f"status {item.get('status')}"
