"""Earlier texts of articles that changed after they were published. The latest is in the index, the earlier ones are here.

Here and not in the archive: extracting an old page again gives what today's extractor makes of it, and archives may be
trimmed. Only articles that did change take room, a third of their text each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import zstandard
from sqlalchemy import Connection, delete, select

from ingest.errors import StateError
from ingest.model import Revision
from ingest.state.batches import BatchRef, hold
from ingest.state.database import Database, chunks, instant_of, milliseconds
from ingest.state.tables import articles, batches, revisions


class Revisions:
    """All reads and writes about earlier texts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def seen_before(self, ref: BatchRef, article_ids: Sequence[str]) -> set[str]:
        """Those that an earlier batch has taken in, so that another text of them may be in the index."""
        older = articles.c.claimed_at < select(batches.c.created_at).where(batches.c.id == ref.id).scalar_subquery()
        with self._db.read() as c:
            return {
                article_id
                for chunk in chunks(sorted(article_ids))
                for article_id in c.execute(select(articles.c.article_id).where(articles.c.article_id.in_(chunk), older)).scalars()
            }

    def keep(self, ref: BatchRef, earlier: Sequence[Revision], *, limit: int) -> None:
        """Store earlier texts; of one article the first and the latest, `limit` in all. Idempotent. Raises LeaseLost."""
        if not earlier:
            return
        with self._db.write() as c:
            hold(c, ref)
            self._db.insert_new(c, revisions, [_row(r) for r in sorted(earlier, key=lambda r: (r.article_id, r.fetched_at))])
            for chunk in chunks(sorted({r.article_id for r in earlier})):
                _prune(c, chunk, limit)

    def of(self, article_id: str) -> list[Revision]:
        """The earlier texts of an article, the first one first. Raises StateError where one cannot be read."""
        with self._db.read() as c:
            rows = c.execute(select(revisions).where(revisions.c.article_id == article_id).order_by(revisions.c.fetched_at)).all()
        return [_revision(row) for row in rows]


def _prune(c: Connection, article_ids: Sequence[str], limit: int) -> None:
    query = select(revisions.c.article_id, revisions.c.fetched_at).where(revisions.c.article_id.in_(article_ids))
    rows = c.execute(query.order_by(revisions.c.article_id, revisions.c.fetched_at.desc())).all()
    first = {row.article_id: row.fetched_at for row in rows}  # the last one of each: the oldest
    taken: Counter[str] = Counter()
    for row in rows:
        oldest = row.fetched_at == first[row.article_id]
        taken[row.article_id] += not oldest
        if limit <= 0 or (not oldest and taken[row.article_id] > limit - 1):
            c.execute(delete(revisions).where(revisions.c.article_id == row.article_id, revisions.c.fetched_at == row.fetched_at))


def _row(revision: Revision) -> dict[str, object]:
    return {
        "article_id": revision.article_id,
        "fetched_at": milliseconds(revision.fetched_at),
        "title": revision.title,
        "text": zstandard.ZstdCompressor().compress(revision.text.encode("utf-8", "replace")),
    }


def _revision(row: Any) -> Revision:
    try:
        text = zstandard.ZstdDecompressor().decompress(row.text).decode()
    except (zstandard.ZstdError, UnicodeDecodeError) as error:
        raise StateError(f"an earlier text of the article {row.article_id[:12]} cannot be read: {error}") from error
    return Revision(article_id=row.article_id, fetched_at=instant_of(row.fetched_at), title=row.title, text=text)
