"""The built-in finder of names: what is listed, what follows a title, what bears a legal form.

It knows no context, so it keeps to spans that are names almost always. A surname alone counts once the article has
named the person in full; inflected forms count for the form that is listed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.enrich import persons
from ingest.enrich.cues import (
    BARE_HEADS,
    ENGLISH_HEADS,
    FOR_HEADS,
    GERMAN_ORGANISATION_ENDINGS,
    LEGAL_FORMS,
    NOT_NAMES,
    OF_HEADS,
    TITLES,
)
from ingest.enrich.gazetteer import Gazetteer, load
from ingest.enrich.tokens import Token, tokenize
from ingest.model import Entity

MAX_ENTITIES = 200  # an article names a few dozen; a hostile page must not fill the index
MAX_OFFSETS = 100  # of one entity; its count goes on
MAX_LEGAL_WORDS = 3  # before "GmbH": longer names swallow the words around them
LISTED_JOINTS = ("/", " — ", ". ")  # within listed names only: "Bündnis 90/Die Grünen", "St. Petersburg"
TITLE_CASE = 0.7  # of a headline's words with capitals: there, a capital says nothing


class Span(NamedTuple):
    """A mention: tokens `first` up to `end`, and the name it stands for."""

    first: int
    end: int
    label: str
    name: str
    head: int = 0  # characters of the only token that count, 0: all ("NATO" of "NATO-Rat")


def find(text: str, language: str) -> tuple[Entity, ...]:
    """The entities of `text`, the most mentioned first; offsets are those of `text`."""
    tokens = tokenize(text)
    known = load(language)
    candidates = [*_listed(tokens, known), *_acronyms(tokens, known, text), *_organisations(tokens, language)]
    people = persons.find(tokens, known, language)
    candidates += [Span(p.first, p.end, "person", p.name) for p in people]
    return _entities(tokens, _disjoint(candidates))


def _listed(tokens: Sequence[Token], known: Gazetteer) -> Iterator[Span]:
    shouting = _title_case(tokens)
    for index, token in enumerate(tokens):
        if not token.capital:
            continue
        words = tuple(t.text for t in tokens[index : index + known.longest])
        for size in range(len(words), 0, -1):
            part = words[:size]
            label, name = (
                ("organisation", known.organisations.get(part)) if part in known.organisations else ("place", known.places.get(part))
            )
            if name is None or not all(t.joined or t.gap in LISTED_JOINTS for t in tokens[index : index + size - 1]):
                continue
            if label == "organisation" or index in shouting or not _within_a_name(tokens, index, index + size, known):
                yield Span(index, index + size, label, name)
            break


def _within_a_name(tokens: Sequence[Token], first: int, end: int, known: Gazetteer) -> bool:
    """A place between other capitals is part of something else: "Washington Post", "Bank of China", "Berliner Hamburg"."""
    if known.nouns_capital:
        return False
    after = tokens[end] if end < len(tokens) and tokens[end - 1].joined else None
    if after and after.capital and (after.text,) not in known.places and after.text.lower() not in TITLES and after.text not in known.given:
        return True
    before = tokens[first - 1] if first and tokens[first - 1].joined else None
    return bool(before and before.capital and not before.opens and before.text not in NOT_NAMES)


def _title_case(tokens: Sequence[Token]) -> frozenset[int]:
    """The indices of tokens in lines where nearly every word has a capital."""
    found: set[int] = set()
    line: list[int] = []
    for index, token in enumerate(tokens):
        line.append(index)
        if "\n" in token.gap or index == len(tokens) - 1:
            if len(line) > 2 and sum(tokens[i].capital for i in line) >= TITLE_CASE * len(line):
                found.update(line)
            line = []
    return frozenset(found)


def _acronyms(tokens: Sequence[Token], known: Gazetteer, text: str) -> Iterator[Span]:
    for index, token in enumerate(tokens):
        head = token.text.split("-")[0]
        if head in known.acronyms and not _all_capitals(text, token):
            yield Span(index, index + 1, "organisation", head, len(head))


def _all_capitals(text: str, token: Token) -> bool:
    """In a line of capitals, "UN" is an article and "WHO" a question."""
    before, after = text[max(0, token.start - 40) : token.start], text[token.end : token.end + 40]
    line = before.rsplit("\n", 1)[-1] + token.text + after.split("\n", 1)[0]
    return len(line) > len(token.text) + 3 and line.isupper()


def _organisations(tokens: Sequence[Token], language: str) -> Iterator[Span]:
    for index, token in enumerate(tokens):
        word = token.text
        if word in LEGAL_FORMS and (first := _names_before(tokens, index, MAX_LEGAL_WORDS)) < index:
            yield _organisation(tokens, first, index + 1)
        elif not token.capital:
            continue
        elif language == "de" and word.lower().endswith(GERMAN_ORGANISATION_ENDINGS) and word not in FOR_HEADS:
            yield Span(index, index + 1, "organisation", word.removesuffix("s") if word.endswith(("ums", "amts")) else word)
        elif word in BARE_HEADS and _name_at(tokens, index + 1) and token.joined:
            yield _organisation(tokens, index, index + 2)
        elif language == "en" and word in ENGLISH_HEADS and (first := _names_before(tokens, index, 2)) < index:
            yield _organisation(tokens, first, index + 1)
        if (language == "en" and word in OF_HEADS and _text(tokens, index + 1) == "of") or (
            word in FOR_HEADS and _text(tokens, index + 1) == "für"
        ):
            end = index + 2 + (_text(tokens, index + 2) == "the")
            if _name_at(tokens, end):
                more = _text(tokens, end + 1) == "und" and _name_at(tokens, end + 2)
                yield _organisation(tokens, index, end + (3 if more else 1))


def _organisation(tokens: Sequence[Token], first: int, end: int) -> Span:
    return Span(first, end, "organisation", " ".join(t.text for t in tokens[first:end]))


def _text(tokens: Sequence[Token], index: int) -> str:
    return tokens[index].text if index < len(tokens) and tokens[index - 1].joined else ""


def _name_at(tokens: Sequence[Token], index: int) -> bool:
    word = _text(tokens, index)
    return bool(word) and word[0].isupper() and word not in NOT_NAMES


def _names_before(tokens: Sequence[Token], index: int, most: int) -> int:
    first = index
    while (
        first > max(0, index - most) and tokens[first - 1].joined and tokens[first - 1].capital and tokens[first - 1].text not in NOT_NAMES
    ):
        first -= 1
    return first


def _disjoint(candidates: list[Span]) -> list[Span]:
    """The longest of those that overlap; of equally long ones the first kind: listed, acronym, organisation, person."""
    taken: set[int] = set()
    kept = []
    for span in sorted(candidates, key=lambda s: s.first - s.end):
        if taken.isdisjoint(range(span.first, span.end)):
            taken.update(range(span.first, span.end))
            kept.append(span)
    return sorted(kept)


def _entities(tokens: Sequence[Token], spans: list[Span]) -> tuple[Entity, ...]:
    counts: Counter[tuple[str, str]] = Counter()
    offsets: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for span in spans:
        key = span.label, span.name
        counts[key] += 1
        if len(offsets[key]) < MAX_OFFSETS:
            start = tokens[span.first].start
            offsets[key].append((start, start + span.head if span.head else tokens[span.end - 1].end))
    ranked = sorted(counts, key=lambda key: (-counts[key], offsets[key][0]))
    return tuple(
        Entity(name=name, label=label, count=counts[label, name], offsets=tuple(offsets[label, name]))
        for label, name in ranked[:MAX_ENTITIES]
    )
