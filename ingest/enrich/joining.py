"""Mentions of one article, joined: which of them name the same person, organisation or place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ingest.enrich import people
from ingest.enrich.mentions import LABELS, Name, Span, Stems, names, stems_of
from ingest.enrich.repeats import listed, unseen
from ingest.model import Entity
from ingest.names import organisations, places
from ingest.names.forms import alike, stem
from ingest.names.spelling import key

MAX_ENTITIES = 200  # an article names a few dozen; a hostile page must not fill the index
MAX_OFFSETS = 100  # of one entity; its count goes on
COUNTRY_VOTE = 1.0  # what a gazetteer's word weighs beside the model's, whose confidence is 1 at most
CITY_VOTE = 0.5


def join(text: str, spans: Iterable[Span], language: str) -> tuple[Entity, ...]:
    """The entities of `text`, the most mentioned first. A span is start, end, PER or ORG or LOC, and a confidence of 0 to 1."""
    found = vote(_begun(text, names(text, spans, language), language), language)
    found = sorted([*found, *unseen(text, found, language)])
    found = vote(sorted([*found, *listed(text, found, language)]), language)
    groups = [group for label in LABELS.values() for group in _group([n for n in found if n.label == label], language)]
    entities = [_entity(group, language) for group in groups]
    entities.sort(key=lambda e: (-e.count, e.offsets[0]))
    return tuple(entities[:MAX_ENTITIES])


def _begun(text: str, found: Sequence[Name], language: str) -> list[Name]:
    """Without the first word of a sentence before a known surname: "Words of Smith" in a language without "of"."""
    firsts: defaultdict[str, set[str]] = defaultdict(set)
    for name in found:
        if name.label == "person" and len(name.words) > 1:
            firsts[stem(name.words[-1], language)].add(stem(name.words[0], language))
    cut = []
    for name in found:
        alone = name.label != "person" or len(name.words) != 2 or len(firsts[stem(name.words[-1], language)]) == 1
        if not alone and not people.is_given(name.words[0]) and text[: name.start].rstrip(" ")[-1:] in {"", "\n", ".", "!", "?"}:
            start = name.start + name.written.index(name.words[-1], len(name.words[0]))
            cut.append(name._replace(start=start, written=text[start : name.end], words=name.words[-1:]))
        else:
            cut.append(name)
    return cut


def vote(found: Sequence[Name], language: str) -> list[Name]:
    """One label for all mentions that are written alike; a full name speaks for its last word, the gazetteer for places."""
    votes: defaultdict[Stems, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name in found:
        votes[stems_of(name, language)][name.label] += name.confidence
    spoken_for: set[Stems] = set()
    for stems, labels in list(votes.items()):
        if len(stems) > 1 and stems[-1:] in votes:
            for label in {"person", "organisation"} & labels.keys():
                votes[stems[-1:]][label] += labels[label]
                spoken_for.add(stems[-1:])
    for stems, name in {stems_of(n, language): n for n in found}.items():
        hit = places.find(name.written, language)
        if hit and (hit.place.country or stems not in spoken_for):
            votes[stems]["place"] += COUNTRY_VOTE if hit.place.country else CITY_VOTE
    best = {stems: max(labels, key=lambda label: labels[label]) for stems, labels in votes.items()}
    return [name._replace(label=best[stems_of(name, language)]) for name in found]


def _group(found: Sequence[Name], language: str) -> list[list[Name]]:
    """Mentions of one label by what they name; longer names first, so that shorter ones find them."""
    groups: list[list[Name]] = []
    for name in sorted(found, key=lambda n: (-len(n.words), n.start)):
        homes = [group for group in groups if _same(name, group[0], language)]
        if not homes and name.label != "place":
            homes = [group for group in groups if _part(name, group[0], language)]
        if len(homes) == 1:
            homes[0].append(name)
        else:
            groups.append([name])
    return groups


def _same(one: Name, other: Name, language: str) -> bool:
    if len(one.words) == len(other.words) and all(alike(a, b, language) for a, b in zip(one.words, other.words, strict=True)):
        return True
    if one.label == "person":
        return len(one.words) > 1 and key(one.written) == key(other.written)
    return _id(one, language) is not None and _id(one, language) == _id(other, language)


def _id(name: Name, language: str) -> str | None:
    if name.label == "place":
        hit = places.find(name.written, language)
        return hit.place.english if hit else None
    known = organisations.find(name.words, language)
    return known[0] if known else None


def _part(short: Name, full: Name, language: str) -> bool:
    """A person by some of the name's words, an organisation by its first or its last."""
    if len(short.words) >= len(full.words):
        return False
    if short.label == "organisation":
        return len(short.words) == 1 and any(alike(short.words[0], word, language) for word in (full.words[0], full.words[-1]))
    rest = iter(full.words)
    return all(any(alike(word, other, language) for other in rest) for word in short.words)


def _entity(group: Sequence[Name], language: str) -> Entity:
    longest = max(len(name.words) for name in group)
    full = sorted(n for n in group if len(n.words) == longest)
    shown = min((n.written for n in full if stems_of(n, language) == stems_of(full[0], language)), key=len)
    filed, ident = shown, ""
    label = group[0].label
    if label == "place" and (hit := next(filter(None, (places.find(n.written, language) for n in full)), None)):
        shown, filed, ident = hit.shown, hit.place.english, hit.place.id
    elif label == "organisation" and (known := next(filter(None, (organisations.find(n.words, language) for n in full)), None)):
        filed, shown = known[0], shown if shown.casefold() == known[1].casefold() else known[1]
    elif label == "person" and longest > 1:
        filed = shown = people.nominative([n.written for n in full], language) or shown
    offsets = sorted((name.start, name.end) for name in group)
    return Entity(name=shown, label=label, key=key(filed), id=ident, count=len(offsets), offsets=tuple(offsets[:MAX_OFFSETS]))
