"""Gold sentences as raw text, and how what is found in it compares."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from ingest.enrich.ner.tagger import Mention

Span = tuple[int, int, str]
_NO_SPACE_BEFORE = frozenset(".,;:!?)]}%…»”")
_NO_SPACE_AFTER = frozenset("([{«„“¿¡")


class Sentence(NamedTuple):
    """`places` are the characters of the tokens; `names` are first token, end token, label."""

    text: str
    places: list[tuple[int, int]]
    names: set[Span]


def sentences(path: Path) -> list[Sentence]:
    """All sentences of a file of tokens and BIO tags."""
    rows = (json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines())
    return [Sentence(*_spaced(row["tokens"]), _names(row["tags"])) for row in rows]


def _spaced(tokens: Sequence[str]) -> tuple[str, list[tuple[int, int]]]:
    """A blank before each token but closing marks, elided endings, and what follows an opening mark; every second '"' closes."""
    text, places, open_quote = "", [], False
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else ""
        glued = not index or token in _NO_SPACE_BEFORE or before in _NO_SPACE_AFTER or (token[0] in "'’" and len(token) > 1)  # noqa: RUF001
        if token == '"':
            glued, open_quote = glued or open_quote, not open_quote
        elif before == '"' and open_quote:
            glued = True
        text += "" if glued else " "
        places.append((len(text), len(text) + len(token)))
        text += token
    return text, places


def _names(tags: Iterable[str]) -> set[Span]:
    found: set[Span] = set()
    label, first = "", 0
    for index, tag in enumerate([*tags, "O"]):
        if label and tag != f"I-{label}":
            found.add((first, index, label))
            label = ""
        if tag != "O" and not label:
            label, first = tag[2:], index
    return found


def found_names(sentence: Sentence, mentions: Sequence[Mention]) -> set[Span]:
    """Mentions as spans of tokens: a token belongs to the mention that covers its first character."""
    tags = []
    last: Mention | None = None
    for start, _ in sentence.places:
        here = next((m for m in mentions if m.start <= start < m.end), None)
        tags.append("O" if here is None else f"I-{here.label}" if here is last else f"B-{here.label}")
        last = here
    return _names(tags)


def f1(right: int, found: int, gold: int) -> float:
    """Of counts."""
    return 2 * right / (found + gold)
