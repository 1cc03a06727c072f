"""Sentences packed into windows that the model takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Window(NamedTuple):
    """Words `first` up to `end` of text number `text`."""

    text: int
    first: int
    end: int
    pieces: int


def pack(text: int, sentences: Sequence[tuple[int, int]], sizes: Sequence[int], wanted: int, most: int) -> Iterator[Window]:
    """Windows that cover the words of one text once: sentences together up to `wanted` pieces, one alone up to `most`.

    `sizes` holds the pieces of each word. A sentence of more pieces is cut between words; a word of more is left out.
    """
    first = end = pieces = 0
    for begin, stop in sentences:
        total = sum(sizes[begin:stop])
        if pieces and pieces + total > wanted:
            yield Window(text, first, end, pieces)
            first, pieces = begin, 0
        if not pieces:
            first = begin
        if total <= most:
            end, pieces = stop, pieces + total
            continue
        for word in range(begin, stop):
            if pieces + sizes[word] > most:
                if pieces:
                    yield Window(text, first, word, pieces)
                first, pieces = word, 0
                if sizes[word] > most:
                    first = word + 1
                    continue
            pieces += sizes[word]
        end = stop
    if pieces:
        yield Window(text, first, end, pieces)
