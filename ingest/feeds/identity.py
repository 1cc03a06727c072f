"""What makes two entries one, over polls and within a document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime

from ingest import urls
from ingest.errors import InvalidUrl
from ingest.model import Entry

_COUNTER = re.compile(
    r"\b\d{1,9} (?:comments?|points?|likes?|views?|replies|votes?|kommentare?|aufrufe|commentaires?|comentarios?)\b"
    r"|\b(?:comments?|points|likes|views|replies|votes|kommentare): ?\d{1,9}\b",
    re.IGNORECASE,
)
# What every match of _COUNTER has in it. They begin with what is rare and looked for much faster: a digit, a colon.
_MAY_COUNT = re.compile(r"\d (?:comment|point|like|view|repl|vote|kommentar|aufruf)", re.IGNORECASE)
_MAY_NAME = re.compile(r":(?<=(?i:[ste]):) ?\d")


def entry_key(*, url: str | None, guid: str | None, title: str, text: str) -> str | None:
    """The key under which an entry is known, None where it has nothing to be known by (rules F1 to F3).

    The link comes first: publishers change GUIDs at each poll, or give one to all entries, more often than they move
    pages. Position in the document plays no part.
    """
    if url is not None:
        try:
            return f"u:{urls.url_id(url)}"
        except InvalidUrl:
            pass  # what follows still tells it
    if guid:
        return f"g:{_digest(guid)}"
    if title or text:
        return f"t:{_digest(title, text)}"
    return None


def fingerprint(*, title: str, text: str, updated_at: datetime | None) -> str:
    """Changes when a reader would see a change. Tags, images, the order of entries and counters such as "12 comments" do not count."""
    if _MAY_COUNT.search(text) or _MAY_NAME.search(text):
        text = _COUNTER.sub("", text)
    return _digest(title, text, updated_at.isoformat() if updated_at else "")


def distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """One entry of each key, in the order of first appearance.

    Of several the latest stays, and where dates do not tell, the one with the greatest fingerprint: the choice depends
    on what the entries say, never on their order.
    """
    kept: dict[str, Entry] = {}
    for entry in entries:
        other = kept.get(entry.key)
        if other is None or _rank(entry) > _rank(other):
            kept[entry.key] = entry
    return tuple(kept.values())


def _rank(entry: Entry) -> tuple[float, str, str]:
    latest = entry.updated_at or entry.published_at
    return (latest.timestamp() if latest else 0.0, entry.fingerprint, entry.guid or "")


def _digest(*parts: str) -> str:
    # The separator occurs in no part: `text` drops control characters, and a GUID stands alone.
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
