"""From what a feed says, raw, to entries: cleaned, cut to size, identified. The same for XML and JSON feeds."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from ingest import urls
from ingest.feeds import identity
from ingest.feeds.dates import believable
from ingest.feeds.text import MARKUP_PER_CHAR, one_line, plain
from ingest.model import Entry

TITLE_CHARS = 500
NAME_CHARS = 200  # of one author or tag
SUMMARY_CHARS = 5_000
TEXT_CHARS = 200_000  # a feed with the full text; the page itself is read later
GUID_CHARS = 2_000
JUST_NOW = timedelta(seconds=60)  # an update as young as this is the generator's clock
SHARED_BY_AT_LEAST = 3  # entries; two may well be changed in the same second
MAX_NAMES = 50  # authors or tags of one entry
_LANGUAGE = re.compile(r"([a-z]{2,3})(?![a-z0-9])", re.IGNORECASE)
_OLDEST = datetime.min.replace(tzinfo=UTC)


class Passage(msgspec.Struct, frozen=True):
    """A text as the feed holds it."""

    source: str = ""
    is_html: bool = True

    def plain(self, limit: int) -> str:
        """The passage as plain text."""
        return plain(self.source if self.is_html else html.escape(self.source, quote=False), limit)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An entry before anything in it is believed. Links are relative or absolute; dates are strings."""

    links: tuple[str, ...] = ()  # best first
    guid: str = ""
    title: str = ""
    summary: Passage = Passage()
    text: Passage = Passage()
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    published: str | None = None
    updated: str | None = None
    language: str = ""
    images: tuple[str, ...] = ()


class Finished(msgspec.Struct, frozen=True):
    """Entries in the document's order, and the counts of what is not among them: together all that it holds."""

    entries: tuple[Entry, ...]
    over_limit: int
    no_identity: int
    duplicates: int
    flags: tuple[str, ...]
    each: tuple[Entry | None, ...] = ()  # what became of each item of the document; empty where only some were looked at


def finish(drafts: Sequence[Draft], *, base: str, limit: int, now: datetime) -> Finished:
    """The entries of a document at the address `base`, at most `limit`, the newest (rule F5)."""
    kept = _newest(drafts, limit, now)
    ticking = ticking_dates([draft.updated for draft in kept], now)
    each = [entry_of(draft, base, now, ticking) for draft in kept]
    guids = [draft.guid for draft in kept if draft.guid]
    return finished(each, guids, over_limit=len(drafts) - len(kept))


def finished(each: Sequence[Entry | None], guids: Sequence[str], *, over_limit: int) -> Finished:
    """The entries of a document, one of each key, where `each` says what became of each item and `guids` are theirs."""
    entries = [entry for entry in each if entry is not None]
    single = identity.distinct(entries)
    return Finished(
        entries=single,
        over_limit=over_limit,
        no_identity=len(each) - len(entries),
        duplicates=len(entries) - len(single),
        flags=("duplicate_guids",) if len(set(guids)) < len(guids) else (),
        each=() if over_limit else tuple(each),
    )


def language(declared: object) -> str | None:
    """The primary tag of a declared language: "en" of "en-US"; None where it is none."""
    match = _LANGUAGE.match(declared.strip()) if isinstance(declared, str) else None
    return match[1].lower() if match else None


def _newest(drafts: Sequence[Draft], limit: int, now: datetime) -> Sequence[Draft]:
    if len(drafts) <= limit:
        return drafts
    # Entries without a date rank last and, by the stable sort, in the document's order.
    dates = [believable(draft.published, now) or believable(draft.updated, now) or _OLDEST for draft in drafts]
    order = sorted(range(len(drafts)), key=lambda place: dates[place], reverse=True)
    return [drafts[place] for place in sorted(order[:limit])]


def ticking_dates(updates: Sequence[str | None], now: datetime) -> frozenset[str]:
    """Update dates that tell when the document was made, not when an entry changed: those of now, or one shared by most entries.

    They differ at each poll; in the fingerprint every entry would be fetched again each time.
    """
    counts = Counter(update for update in updates if update)
    return frozenset(
        update
        for update, count in counts.items()
        if (count >= SHARED_BY_AT_LEAST and 2 * count > len(updates))
        or ((instant := believable(update, now)) is not None and abs(now - instant) < JUST_NOW)
    )


def entry_of(draft: Draft, base: str, now: datetime, ticking: frozenset[str]) -> Entry | None:
    """The entry that `draft` makes; None where there is nothing to know it by. Dates in `ticking` are not in its fingerprint."""
    url = next((link for raw in draft.links if (link := urls.clean_link(raw, base))), None)
    guid = draft.guid.strip()
    title = one_line(draft.title, TITLE_CHARS)
    text = draft.text.plain(TEXT_CHARS)
    # feedparser takes the text for the summary where there is none. Of a longer source a summary would see the beginning only.
    same = draft.summary == draft.text and len(draft.text.source) <= SUMMARY_CHARS * MARKUP_PER_CHAR
    summary = text[:SUMMARY_CHARS].rstrip() if same else draft.summary.plain(SUMMARY_CHARS)
    key = identity.entry_key(url=url, guid=guid, title=title, text=text or summary)
    if key is None:
        return None
    updated_at = believable(draft.updated, now)
    return Entry(
        key=key,
        fingerprint=identity.fingerprint(title=title, text=text or summary, updated_at=None if draft.updated in ticking else updated_at),
        url=url,
        guid=one_line(guid, GUID_CHARS) or None,
        title=title,
        summary=summary,
        text=text,
        authors=_names(draft.authors),
        tags=_names(draft.tags),
        published_at=believable(draft.published, now) or updated_at,
        updated_at=updated_at,
        language=language(draft.language),
        image_url=next((link for raw in draft.images if (link := urls.clean_link(raw, base))), None),
    )


def _names(raw: Sequence[str]) -> tuple[str, ...]:
    names = (one_line(name, NAME_CHARS) for name in raw[:MAX_NAMES])
    return tuple(dict.fromkeys(name for name in names if name))
