"""Sentences packed into windows that the model takes, and windows into batches of like length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Window(NamedTuple):
    """Words `first` up to `end` of text number `text`."""

    text: int
    first: int
    end: int
    pieces: int


def pack(text: int, sentences: Sequence[tuple[int, int]], sizes: Sequence[int], most: int) -> Iterator[Window]:
    """Windows of at most `most` pieces that cover the words of one text once, cut between sentences where these fit.

    `sizes` holds the pieces of each word; a word of more than `most` pieces is left out.
    """
    first = end = pieces = 0
    for begin, stop in sentences:
        total = sum(sizes[begin:stop])
        if pieces and pieces + total > most:
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


def batches(windows: Sequence[Window], most: int) -> Iterator[list[Window]]:
    """All windows, the longest first, in batches of at most `most` pieces with padding."""
    batch: list[Window] = []
    for window in sorted(windows, key=lambda w: -w.pieces):
        if batch and (len(batch) + 1) * (batch[0].pieces + 2) > most:
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch
