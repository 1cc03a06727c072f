"""Documents with far more items than are wanted: the others are left out before feedparser sees them.

feedparser needs a fifth of a second for a thousand short items, so that it would not end with 100,000 (rule F5). Which are
the newest is read from the bytes of each item, by the elements that hold dates in RSS, Atom and Dublin Core.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ingest.feeds.dates import believable
from ingest.feeds.incremental import Pieces, declares
from ingest.feeds.prolog import is_utf8

_PUBLISHED = re.compile(rb"<(?:pubDate|published|issued|created|dc:date)\b[^<>]*>\s*([^<>]{1,100}?)\s*<", re.IGNORECASE)
_UPDATED = re.compile(rb"<(?:\w+:)?(?:updated|modified)\b[^<>]*>\s*([^<>]{1,100}?)\s*<", re.IGNORECASE)
_OLDEST = datetime.min.replace(tzinfo=UTC)


def thinned(pieces: Pieces, limit: int, now: datetime) -> tuple[bytes, int] | None:
    """The document with the `limit` newest of its items, and how many were left out; None where that is not needed or not safe.

    Items without a date that can be believed count as the oldest, and of those the first in the document stay.
    """
    if len(pieces.spans) <= limit or not is_utf8(pieces.document):
        return None
    dates = [_date(pieces.document[start:end], now) for start, end in pieces.spans]
    order = sorted(range(len(dates)), key=lambda place: dates[place], reverse=True)
    kept: list[bytes] = []
    position = 0
    for place in sorted(order[limit:]):
        start, end = pieces.spans[place]
        if declares(pieces.document[start:end], pieces.ambiguous):
            return None
        kept.append(pieces.document[position:start])
        position = end
    return b"".join((*kept, pieces.document[position:])), len(order) - limit


def _date(item: bytes, now: datetime) -> datetime:
    for kind in (_PUBLISHED, _UPDATED):
        if (match := kind.search(item)) and (date := believable(match[1].decode("utf-8", "replace"), now)):
            return date
    return _OLDEST
