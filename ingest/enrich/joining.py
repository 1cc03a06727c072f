"""Mentions of one article, joined: which of them name the same person, organisation or place."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ingest.enrich.forms import alike, stem
from ingest.model import Entity

LABELS = {"PER": "person", "ORG": "organisation", "LOC": "place"}
MAX_ENTITIES = 200  # an article names a few dozen; a hostile page must not fill the index
MAX_OFFSETS = 100  # of one entity; its count goes on

_WORD = re.compile(r"[^\W_]+")
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
_POSSESSIVE = re.compile(r"['’]s?$")  # noqa: RUF001 - the typographic apostrophe is meant


class Name(NamedTuple):
    """A mention as joining sees it: `words` are those of `written`."""

    start: int
    end: int
    label: str  # of Entity
    confidence: float
    written: str
    words: tuple[str, ...]


def join(text: str, mentions: Iterable[tuple[int, int, str, float]], language: str) -> tuple[Entity, ...]:
    """The entities of `text`, the most mentioned first. A mention is start, end, PER or ORG or LOC, and a confidence of 0 to 1."""
    names = [name for mention in mentions if (name := _clean(text, *mention))]
    names = _vote(names, language)
    groups: list[list[Name]] = []
    for label in LABELS.values():
        groups += _group([n for n in names if n.label == label], language)
    entities = [_entity(group) for group in groups]
    entities.sort(key=lambda e: (-e.count, e.offsets[0]))
    return tuple(entities[:MAX_ENTITIES])


def _clean(text: str, start: int, end: int, label: str, confidence: float) -> Name | None:
    """The mention without what stands around a name; None where no name is left."""
    written = text[start:end]
    lead = _EDGE.match(written)
    start += lead.end() if lead and lead.start() == 0 else 0
    written = text[start:end]
    written = _POSSESSIVE.sub("", written)
    while written and not written[-1].isalnum() and not (written[-1] == "." and len(written) > 2 and written[-2].isupper()):
        written = written[:-1]
    words = tuple(_WORD.findall(written))
    if not words or written == written.lower() != written.upper():
        return None
    return Name(start, start + len(written), LABELS[label], confidence, written, words)


def _vote(names: Sequence[Name], language: str) -> list[Name]:
    """One label for all mentions that are written alike: that of the greatest confidence in all."""
    votes: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for name in names:
        votes[_stems(name, language)][name.label] += name.confidence  # type: ignore[assignment]  # Counter of floats
    return [name._replace(label=votes[_stems(name, language)].most_common(1)[0][0]) for name in names]


def _stems(name: Name, language: str) -> tuple[str, ...]:
    return tuple(stem(word, language) for word in name.words)


def _group(names: Sequence[Name], language: str) -> list[list[Name]]:
    """Mentions of one label by what they name; longer names first, so that shorter ones find them."""
    groups: list[list[Name]] = []
    for name in sorted(names, key=lambda n: (-len(n.words), n.start)):
        homes = [group for group in groups if _same(name, group[0], language)]
        if not homes and name.label == "person":
            homes = [group for group in groups if _part(name, group[0], language)]
        if len(homes) == 1:
            homes[0].append(name)
        else:
            groups.append([name])
    return groups


def _same(one: Name, other: Name, language: str) -> bool:
    return len(one.words) == len(other.words) and all(alike(a, b, language) for a, b in zip(one.words, other.words, strict=True))


def _part(short: Name, full: Name, language: str) -> bool:
    """The words of `short` stand in `full`, in their order."""
    rest = iter(full.words)
    return len(short.words) < len(full.words) and all(any(alike(word, other, language) for other in rest) for word in short.words)


def _entity(group: Sequence[Name]) -> Entity:
    longest = max(len(name.words) for name in group)
    shown = min((n.written for n in group if len(n.words) == longest), key=len)
    offsets = sorted((name.start, name.end) for name in group)
    return Entity(name=shown, label=group[0].label, count=len(offsets), offsets=tuple(offsets[:MAX_OFFSETS]))
