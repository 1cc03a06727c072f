"""Whole articles written for these tests, their names marked by hand: `{p Putin=Wladimir Putin}` is a mention of a person.

The first line of a file is the title. The kind is p, o or l (place); after "=" stands the name as a reader would file it,
where the mention differs from it. Names of places within names of organisations are not marked.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

SEEN = Path(__file__).with_name("judged")  # the rules of joining were made with these in view
HELD_OUT = Path(__file__).with_name("heldout")  # written and judged before anything read them; nothing is tuned on them
_MARK = re.compile(r"\{([pol]) ([^={}]+)(?:=([^{}]+))?\}")
_LABELS = {"p": "person", "o": "organisation", "l": "place"}


class Judged(NamedTuple):
    """An article; `mentions` are start, end, label and the name filed, in characters of title, two line breaks, text."""

    name: str
    language: str
    title: str
    text: str
    mentions: tuple[tuple[int, int, str, str], ...]

    @property
    def entities(self) -> frozenset[tuple[str, str]]:
        """Label and name of each entity."""
        return frozenset((label, name) for _, _, label, name in self.mentions)


def read(path: Path) -> Judged:
    """The article of one file, its marks taken out."""
    marked = path.read_text()
    plain: list[str] = []
    mentions: list[tuple[int, int, str, str]] = []
    at = length = 0
    for mark in _MARK.finditer(marked):
        kind, written, name = mark.groups()
        plain += [marked[at : mark.start()], written]
        length += mark.start() - at
        mentions.append((length, length + len(written), _LABELS[kind], name or written))
        length += len(written)
        at = mark.end()
    plain.append(marked[at:].rstrip("\n"))
    title, text = "".join(plain).split("\n\n", 1)
    return Judged(path.stem, path.stem[:2], title, text, tuple(mentions))


def judged(folder: Path = SEEN) -> list[Judged]:
    """All articles of a folder, by name."""
    return [read(path) for path in sorted(folder.glob("*.txt"))]
