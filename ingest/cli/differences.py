"""What changed between two texts, word by word within the paragraphs that changed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

CONTEXT_WORDS = 8  # left of and right of a change
# Pairs of equal items between two texts, with which the time of the comparison grows, at worst by the square. A report of
# 600 words against itself has some 8,000; beyond the limit, texts are told apart by their paragraphs as a whole.
_MAX_PAIRS = 100_000

Kind = Literal["same", "removed", "added", "gap"]


class Piece(NamedTuple):
    """Words that stayed, went or came; "gap": words that stayed are left out here."""

    kind: Kind
    text: str


def changed_paragraphs(before: str, after: str) -> list[tuple[Piece, ...]]:
    """The paragraphs that differ by more than blanks, in their order; none where the texts say the same."""
    old, new = ([" ".join(line.split()) for line in text.split("\n") if line.strip()] for text in (before, after))
    if old == new:
        return []
    if _pairs(old, new) > _MAX_PAIRS:
        gone, come = set(old) - set(new), set(new) - set(old)
        whole = [Piece("removed", line) for line in old if line in gone] + [Piece("added", line) for line in new if line in come]
        return [(piece,) for piece in whole] or [(Piece("gap", "the paragraphs are in another order or number"),)]
    changes: list[tuple[Piece, ...]] = []
    for tag, a, b, x, y in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            changes += [difference(left, right) for left, right in zip_longest(old[a:b], new[x:y], fillvalue="")]
    return changes


def difference(before: str, after: str) -> tuple[Piece, ...]:
    """One paragraph, or a title."""
    old, new = before.split(), after.split()
    if not old or not new or _pairs(old, new) > _MAX_PAIRS:
        return tuple(Piece(kind, text) for kind, text in (("removed", before), ("added", after)) if text)  # type: ignore[arg-type]
    return tuple(_pieces(old, new))


def _pairs(old: Sequence[str], new: Sequence[str]) -> int:
    """How many pairs of equal items there are."""
    left, right = Counter(old), Counter(new)
    return sum(number * right[item] for item, number in left.items())


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for number, (tag, a, b, x, y) in enumerate(steps):
        if tag == "equal":
            yield from _context(old[a:b], first=number == 0, last=number == len(steps) - 1)
            continue
        if b > a:
            yield Piece("removed", " ".join(old[a:b]))
        if y > x:
            yield Piece("added", " ".join(new[x:y]))


def _context(words: Sequence[str], *, first: bool, last: bool) -> Iterator[Piece]:
    """The words next to the changes before and after."""
    left = 0 if first else CONTEXT_WORDS
    right = 0 if last else CONTEXT_WORDS
    if len(words) <= left + right:
        yield Piece("same", " ".join(words))
        return
    if left:
        yield Piece("same", " ".join(words[:left]))
    yield Piece("gap", "…")
    if right:
        yield Piece("same", " ".join(words[-right:]))


def plain(pieces: Sequence[Piece]) -> str:
    """As `git diff --word-diff` writes it: [-gone-] {+new+}."""
    marks = {"removed": "[-{}-]", "added": "{{+{}+}}"}
    return re.sub(r"\s+", " ", " ".join(marks.get(piece.kind, "{}").format(piece.text) for piece in pieces))
