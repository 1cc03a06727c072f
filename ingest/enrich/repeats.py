"""Names that are known, where the model did not see them: those that it saw elsewhere in the article, and listed places."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from ingest.enrich.mentions import Name, Stems, stems_of
from ingest.enrich.people import is_given
from ingest.names import organisations, places
from ingest.names.forms import stem

LEAST_SHARE = 0.3  # of a name's occurrences that the model saw: fewer, and the others are no names
SURE = 0.8  # a less confident label is not spread

_WORD = re.compile(r"[^\W_]+")
LONGEST_PLACE = 4  # words
_BETWEEN = frozenset({" ", "\u00a0", "-"})


def unseen(text: str, found: Sequence[Name], language: str) -> Iterator[Name]:
    """Where names that the model was sure of stand once more without its having seen them: "Putin" in "Biden-Putin-Gipfel"."""
    sure, seen = _known(found, language)
    by_first: defaultdict[str, list[Stems]] = defaultdict(list)
    for stems in sorted(sure, key=len, reverse=True):
        by_first[stems[0]].append(stems)
    again: defaultdict[Stems, list[Name]] = defaultdict(list)
    words = _free(text, found)
    index = 0
    while index < len(words):
        stems = _at(text, words, index, by_first, language)
        if stems:
            part = words[index : index + len(stems)]
            start, end = part[0].start(), part[-1].end()
            again[stems].append(Name(start, end, sure[stems].label, LEAST_SHARE, text[start:end], tuple(w.group() for w in part)))
        index += len(stems) or 1
    for stems, more in again.items():
        if seen[stems] >= LEAST_SHARE * (seen[stems] + len(more)):
            yield from more


def listed(text: str, found: Sequence[Name], language: str) -> Iterator[Name]:
    """Countries and what else the gazetteer has a name for in `language`, where no other capital stands beside it: "Ukraine-Konflikt";
    and acronyms of organisations.
    """
    words = _free(text, found)
    small = {word.group() for word in words if word.group().islower()}
    index = 0
    while index < len(words):
        if not words[index].group()[0].isupper():
            index += 1
            continue
        size = next((n for n in range(LONGEST_PLACE, 0, -1) if _is_place(text, words[index : index + n], n, language)), 0)
        if size == 1 and words[index].group().lower() in small:  # "Man" at the start of a sentence
            size = 0
        if size or _is_acronym(words[index].group(), language):
            start, end = words[index].start(), words[index + max(size, 1) - 1].end()
            label = "place" if size else "organisation"
            yield Name(start, end, label, LEAST_SHARE, text[start:end], tuple(w.group() for w in words[index : index + max(size, 1)]))
        index += size or 1


def _is_acronym(word: str, language: str) -> bool:
    return word.isupper() and len(word) > 2 and organisations.find((word,), language) is not None


def _is_place(text: str, part: Sequence[re.Match[str]], size: int, language: str) -> bool:
    first = part[0].group()
    if len(part) < size or is_given(first):
        return False
    start, end = part[0].start(), part[-1].end()
    if not places.named(text[start:end], language):
        return False
    # "Nouns have Capitals" in German; elsewhere one beside it makes it part of another name: "Bank of China", "Jordan River".
    before, after = text[max(0, start - 40) : start].split(" ")[-2:], text[end : end + 2]
    return language == "de" or not ((before[0][:1].isupper() and before[-1] == "") or (after[:1] in {" ", "-"} and after[1:].isupper()))


def _known(found: Sequence[Name], language: str) -> tuple[dict[Stems, Name], Counter[Stems]]:
    """Names worth looking for, a person's last word among them, and how often the model saw each."""
    sure: dict[Stems, Name] = {}
    seen: Counter[Stems] = Counter()
    for name in found:
        stems = stems_of(name, language)
        for part in {stems, stems[-1:]} if name.label == "person" else {stems}:
            seen[part] += 1
            if name.confidence >= SURE and (len(part) > 1 or len(part[0]) > 2 or name.written.isupper()):
                sure.setdefault(part, name)
    return sure, seen


def _free(text: str, found: Sequence[Name]) -> list[re.Match[str]]:
    """The words that are in no name yet."""
    taken = bytearray(len(text))
    for name in found:
        taken[name.start : name.end] = b"\1" * (name.end - name.start)
    return [word for word in _WORD.finditer(text) if not any(taken[word.start() : word.end()])]


def _at(text: str, words: Sequence[re.Match[str]], index: int, by_first: dict[str, list[Stems]], language: str) -> Stems:
    """The longest known name that begins with that word; () for none."""
    if not words[index].group()[0].isupper():
        return ()
    for stems in by_first.get(stem(words[index].group(), language), ()):
        part = words[index : index + len(stems)]
        apart = any(text[a.end() : b.start()] not in _BETWEEN for a, b in pairwise(part))
        if not apart and tuple(stem(w.group(), language) for w in part) == stems:
            return stems
    return ()
