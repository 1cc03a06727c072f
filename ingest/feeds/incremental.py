"""Parse only the items that changed since the last poll. What feedparser would say of the others is known by the hash of their bytes.

The document is cut into its items without parsing it, the known ones are left out, and feedparser sees the rest: the
same head, the same ancestors, the new items. The result is that of the whole document, in its order; entries of known
items come without their texts, and `ParsedFeed.unchanged` names them. Any doubt gives None, and the caller parses the
whole: a markup that is not plain, a namespace that an item declares for others too, a date that may be believed later,
more items than are wanted, update dates that no longer mean the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from feedparser.mixin import _FeedParserMixin

from ingest.feeds.dates import believable
from ingest.feeds.draft import Draft, Finished, entry_of, finished, ticking_dates
from ingest.model import Entry

_TAG = rb"\b(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*+>"
_ROOT = re.compile(rb"<\?xml[^>]*>\s*(?:<!doctype[^<>\[]*>\s*)?<(?P<name>rss|rdf:RDF|feed)" + _TAG, re.IGNORECASE)
_CHANNEL = re.compile(rb"<channel" + _TAG)
# What hides markup is skipped as a whole, up to its end; what is left of it open ends the cutting.
_MARKS = {
    name: re.compile(rb"<(?:(?P<hides>!--|!\[CDATA\[|\?)|(?P<start>%b(?=[\s>/]))|(?P<end>/%b\s*>))" % (name, name))
    for name in (b"item", b"entry")
}
_ENDS = {b"!--": b"-->", b"![CDATA[": b"]]>", b"?": b"?>"}
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
# The value is only looked at: what looks like a declaration, in a text or a value, does not hide the next one.
_DECLARATION = re.compile(rb"\sxmlns(?::([\w.-]+))?\s*=\s*(?=\"([^\"<]*)\"|'([^'<]*)')")
# Looser, and much quicker in a long document: it begins with a literal.
_NAMED = re.compile(rb"xmlns:([\w.-]+)\s*=\s*(?=\"([^\"<]*)\"|'([^'<]*)')")
_NAMESPACES: Mapping[str, str] = {uri.lower(): prefix for uri, prefix in _FeedParserMixin.namespaces.items()}
_PREFIXES = frozenset(_NAMESPACES.values())


class KnownItem(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What the document as a whole needs to know of an item that was parsed before."""

    key: str  # empty: there is nothing to know it by
    fingerprint: str = ""
    guid: str = ""  # as the feed wrote it
    updated: str = ""  # as the feed wrote it
    ticking: bool = False  # `updated` tells when the document was made: it is not in the fingerprint
    published_at: datetime | None = None
    updated_at: datetime | None = None
    shown_guid: str | None = None


class KnownItems(msgspec.Struct, frozen=True):
    """Items by the hash of their bytes, valid below the ancestors with the hash `context`."""

    context: str = ""
    items: dict[str, KnownItem] = {}


class Pieces(msgspec.Struct, frozen=True):
    """A document cut into items: where each lies, and the hash of its bytes."""

    document: bytes
    context: str
    spans: tuple[tuple[int, int], ...]
    hashes: tuple[str, ...]
    ambiguous: frozenset[str]  # prefixes of namespaces, in lower case, that mean one thing here and another there

    def without(self, known: Collection[str]) -> bytes:
        """The document without the items whose hash is in `known`."""
        kept: list[bytes] = []
        position = 0
        for (start, end), digest in zip(self.spans, self.hashes, strict=True):
            if digest in known:
                kept.append(self.document[position:start])
                position = end
        return b"".join((*kept, self.document[position:]))


def cut(document: bytes, url: str) -> Pieces | None:
    """The items of `document`, UTF-8 after `without_prolog`, or None where it cannot be cut with certainty.

    Bytes that are not UTF-8 after all are found by the parser: what is known was in a document that it took.
    """
    root = _ROOT.match(document)
    if root is None:
        return None
    name = b"entry" if root["name"].lower() == b"feed" else b"item"
    spans = []
    start, position, search = -1, root.end(), _MARKS[name].search
    while mark := search(document, position):
        position = mark.end()
        if hides := mark["hides"]:
            end = _ENDS[hides]
            if (found := document.find(end, position)) < 0:
                return None
            position = found + len(end)
        elif mark["start"] and start < 0:
            start = mark.start()
        elif mark["end"] and start >= 0:
            spans.append((start, position))
            start = -1
        else:  # an item within an item, an end without a start
            return None
    channel = _CHANNEL.search(document, root.end(), spans[0][0] if spans else len(document))
    if start >= 0:
        return None
    ambiguous = _ambiguous(document)
    above = (document[: root.end()], channel[0] if channel else b"", url.encode(), *(prefix.encode() for prefix in sorted(ambiguous)))
    hashes = tuple(_hash(document[start:end]) for start, end in spans)
    return Pieces(document, _hash(b"\0".join(above)), tuple(spans), hashes, ambiguous)


def combine(
    pieces: Pieces, known: KnownItems, drafts: Sequence[Draft], *, base: str, limit: int, now: datetime
) -> tuple[Finished, frozenset[str]] | None:
    """What `finish` would say of the whole, where `drafts` are those of the items that `known` lacks, and the keys of unchanged entries.

    None where that is not sure.
    """
    if len(pieces.hashes) > limit or len(drafts) != sum(digest not in known.items for digest in pieces.hashes):
        return None
    rest = iter(drafts)
    parts: list[Draft | KnownItem] = [known.items.get(digest) or next(rest) for digest in pieces.hashes]
    ticking = ticking_dates([part.updated or None for part in parts], now)
    if any(isinstance(part, KnownItem) and part.ticking != (part.updated in ticking) for part in parts):
        return None
    each = [_bare(part) if isinstance(part, KnownItem) else entry_of(part, base, now, ticking) for part in parts]
    done = finished(each, [part.guid for part in parts if part.guid], over_limit=0)
    bare = {id(entry) for entry, part in zip(each, parts, strict=True) if isinstance(part, KnownItem)}
    return done, frozenset(entry.key for entry in done.entries if id(entry) in bare)


def remember(pieces: Pieces, known: KnownItems, drafts: Sequence[Draft], done: Finished, now: datetime) -> KnownItems | None:
    """What to know of the document at the next poll; None where what was parsed are not its items, one by one."""
    new = sum(digest not in known.items for digest in pieces.hashes)
    all_parsed = len(drafts) == len(pieces.hashes)
    if len(done.each) != len(pieces.hashes) or not (all_parsed or len(drafts) == new):
        return None
    rest = iter(drafts)
    parts = [next(rest) if all_parsed else known.items.get(digest) or next(rest) for digest in pieces.hashes]
    ticking = ticking_dates([part.updated or None for part in parts], now)
    items = {}
    for part, entry, digest, (start, end) in zip(parts, done.each, pieces.hashes, pieces.spans, strict=True):
        if isinstance(part, KnownItem):
            items[digest] = part
        elif _lasts(part, now) and not declares(pieces.document[start:end], pieces.ambiguous):
            about = (part.guid, part.updated or "", part.updated in ticking)
            items[digest] = (
                KnownItem(entry.key, entry.fingerprint, *about, entry.published_at, entry.updated_at, entry.guid)
                if entry
                else KnownItem("", "", *about)
            )
    return KnownItems(pieces.context, items)


def _bare(item: KnownItem) -> Entry | None:
    """The entry without its texts."""
    if not item.key:
        return None
    return Entry(
        key=item.key, fingerprint=item.fingerprint, guid=item.shown_guid, published_at=item.published_at, updated_at=item.updated_at
    )


def declares(item: bytes, ambiguous: frozenset[str]) -> bool:
    """Whether the item declares a namespace that means something for what follows it: feedparser never forgets one.

    One without a prefix does where it is that of a feed format. One with a prefix does where it is that, too; where the
    prefix is the customary one of another; and, if feedparser knows it, where the prefix is one of `ambiguous`.
    """
    if b"xmlns" not in item:
        return False
    for prefix, double, single in _DECLARATION.findall(_CDATA.sub(b"", item)):
        name, uri = prefix.decode(), (double or single).decode()
        customary = _NAMESPACES.get(uri.strip().lower())
        if "&" in uri or customary == "":  # references are not resolved here
            return True
        if name and name != customary and (name.lower() in _PREFIXES or (customary and name.lower() in ambiguous)):
            return True
    return False


def _ambiguous(document: bytes) -> frozenset[str]:
    meanings: dict[str, set[bytes]] = {}
    for prefix, double, single in _NAMED.findall(document):
        meanings.setdefault(prefix.decode().lower(), set()).add(double or single)
    return frozenset(prefix for prefix, uris in meanings.items() if len(uris) > 1)


def _lasts(draft: Draft, now: datetime) -> bool:
    """Whether the dates will be read alike at any later time: one of the future may be believed then."""
    return all(not raw or believable(raw, now) is not None for raw in (draft.published, draft.updated))


def _hash(data: bytes) -> str:
    return sha256(data).hexdigest()[:32]  # half of it is enough, and processors have it built in
