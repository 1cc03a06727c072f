"""Mentions as the model gives them, cut to the names in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.enrich import people
from ingest.names import organisations, places
from ingest.names.forms import stem
from ingest.names.organisations import words_of

LABELS = {"PER": "person", "ORG": "organisation", "LOC": "place"}
_LINKS = frozenset(["de", "du", "des", "del", "della", "dello", "di", "da", "do", "dos", "of", "für", "for", "van", "voor"])
_POSSESSIVE = re.compile(r"['’]s?$")  # noqa: RUF001 - the typographic apostrophe is meant
_WORD = re.compile(r"[^\W_]+")

_CAPITALS = frozenset({"de", "en", "nl", "pl"})  # where an organisation's last word has a capital
Span = tuple[int, int, str, float]
Stems = tuple[str, ...]


class Name(NamedTuple):
    """A mention as joining sees it: `words` are those of `written`."""

    start: int
    end: int
    label: str  # of Entity
    confidence: float
    written: str
    words: tuple[str, ...]


def stems_of(name: Name, language: str) -> Stems:
    """What all forms of the name share."""
    return tuple(stem(word, language) for word in name.words)


def names(text: str, spans: Iterable[Span], language: str) -> list[Name]:
    """The names in `text`; a span is start, end, PER or ORG or LOC, and a confidence of 0 to 1."""
    cleaned = (name for span in _linked(text, spans) for part in _parts(text, span, language) if (name := _clean(text, part, language)))
    return _listed(text, list(cleaned), language)


def _linked(text: str, spans: Iterable[Span]) -> Iterator[Span]:
    """An organisation that ends in "de" takes the place after it: "Fédération hospitalière de", "France"."""
    held: Span | None = None
    for span in spans:
        if held and held[2] == "ORG" and text[held[0] : held[1]].split()[-1:] and _dangling(text, held, span):
            held = (held[0], span[1], "ORG", held[3])
            continue
        if held:
            yield held
        held = span
    if held:
        yield held


def _dangling(text: str, held: Span, span: Span) -> bool:
    return text[held[1] : span[0]] == " " and text[held[0] : held[1]].rsplit(maxsplit=1)[-1] in _LINKS


def _parts(text: str, span: Span, language: str) -> Iterator[Span]:
    """A slash stands between names; a German compound of an acronym ends one: "EU-Vormacht Deutschland"."""
    start, end, label, confidence = span
    written = text[start:end]
    if "/" in written and not organisations.find(words_of(written), language):
        at = start
        for part in written.split("/"):
            yield at, at + len(part), label, confidence
            at += len(part) + 1
        return
    compound = re.match(r"([^\W\d_]{2,6})-[^\W\d_]+ (?=\S)", written) if language == "de" else None
    if compound and compound[1].isupper():
        yield start, start + len(compound[1]), "ORG", confidence
        yield start + compound.end(), end, label, confidence
        return
    yield span


def _clean(text: str, span: Span, language: str) -> Name | None:
    """The mention without titles and marks around the name; None where no name is left."""
    start, end, kind, confidence = span
    label = LABELS[kind]
    while start < end and not text[start].isalnum():
        start += 1
    written = _POSSESSIVE.sub("", text[start:end])
    while written and not written[-1].isalnum() and not (written[-1] == "." and len(written) > 2 and written[-2].isupper()):
        written = written[:-1]
    if label == "organisation" and language in _CAPITALS:
        written = _small_tail(written)
    if label == "person":
        for word in _WORD.finditer(written):
            if not people.is_title(word.group(), language):
                start, written = start + word.start(), written[word.start() :]
                break
        else:
            return None
    words = tuple(_WORD.findall(written))
    if not words or written == written.lower() != written.upper() or (len(words) == 1 and people.is_title(words[0], language)):
        return None
    if organisations.find(words, language):
        label = "organisation"
    elif label == "organisation" and (found := places.find(written, language)) and found.place.country and confidence < 0.9:
        label = "place"
    return Name(start, start + len(written), label, confidence, written, words)


def _small_tail(written: str) -> str:
    """Without the words at the end that have no capital."""
    words = written.split(" ")
    while len(words) > 1 and words[-1].islower():
        words.pop()
    return " ".join(words)


def _listed(text: str, found: list[Name], language: str) -> list[Name]:
    """A mention within a listed organisation's name stands for the whole of it: "Die Grünen" for "Bündnis 90/Die Grünen"."""
    longest = organisations.longest(language)
    whole: list[Name] = []
    for name in found:
        if whole and name.start < whole[-1].end:
            continue
        whole.append(
            _extended(text, name, language, longest) if name.label != "person" and organisations.within(name.words, language) else name
        )
    return whole


def _extended(text: str, name: Name, language: str, longest: int) -> Name:
    before = list(_WORD.finditer(text, max(0, name.start - 60), name.start))[-longest:]
    after = list(_WORD.finditer(text, name.end, name.end + 60))[:longest]
    starts = [w.start() for w in before] + [name.start]
    ends = [name.end, *(w.end() for w in after)]
    for start in starts:
        for end in reversed(ends):
            if (end - start) > (name.end - name.start) and "\n" not in text[start:end]:
                words = words_of(text[start:end])
                if len(words) <= longest and organisations.find(words, language):
                    return Name(start, end, "organisation", name.confidence, text[start:end], words)
    return name
