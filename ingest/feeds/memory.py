"""What is remembered of a feed between polls beside its validators: its rhythm, its hints, where it is moving, what was missed."""

from __future__ import annotations

import msgspec

from ingest.feeds.hints import Hints
from ingest.feeds.rhythm import Rhythm

NO_ITEMS = msgspec.Raw()  # only this one object, the default, is left out of the JSON: any other empty one would spoil it


class FeedMemory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Kept as JSON in the ledger; a field that a newer version adds reads as its default."""

    rhythm: Rhythm | None = None
    hints: Hints = Hints()
    polls: int = 0  # that brought an answer worth having
    format: str = ""
    site_url: str | None = None
    hub_url: str | None = None
    flags: tuple[str, ...] = ()  # of the document, and "guid_unstable"
    moved_to: str = ""  # where permanent redirects lead
    moved_polls: int = 0  # in a row
    gone_polls: int = 0  # in a row that ended with 404
    newest: float | None = None  # date of the newest item seen, seconds since 1970
    rollovers: int = 0  # polls that found nothing but new items
    items: msgspec.Raw = NO_ITEMS  # KnownItems of the document read last: only the parse of the next one looks into them
    missed: int = 0  # items that were shown between two polls and gone at the second, by the rate at the time


def remembered(stored: bytes | None) -> FeedMemory:
    """The memory as the ledger holds it; what cannot be read is begun anew, which costs some polls and no item."""
    try:
        return msgspec.json.decode(stored, type=FeedMemory) if stored else FeedMemory()
    except msgspec.DecodeError:
        return FeedMemory()
