"""Windows cover every word that fits, break between sentences where they can, and travel with others of their length."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.ner.windows import Window, batches, pack

PACKED = {
    # sentences as lists of pieces per word, the longest window, the windows as (first, end, pieces)
    "short ones share a window": ([[1, 1], [2], [3]], 10, [(0, 4, 7)]),
    "a full window is closed at a sentence": ([[3, 3], [3, 3], [3]], 10, [(0, 2, 6), (2, 5, 9)]),
    "one that fits exactly": ([[5, 5], [5, 5]], 10, [(0, 2, 10), (2, 4, 10)]),
    "a long sentence is cut between words": ([[4, 4, 4, 4]], 10, [(0, 2, 8), (2, 4, 8)]),
    "a long one after a short one": ([[2], [4, 4, 4]], 10, [(0, 1, 2), (1, 3, 8), (3, 4, 4)]),
    "a word that is too long is left out": ([[1, 11, 2]], 10, [(0, 1, 1), (2, 3, 2)]),
    "words without pieces": ([[0, 0]], 10, []),
    "none": ([], 10, []),
}


def packed(shape: list[list[int]], most: int) -> list[Window]:
    sizes = [size for sentence in shape for size in sentence]
    bounds, at = [], 0
    for sentence in shape:
        bounds.append((at, at + len(sentence)))
        at += len(sentence)
    return list(pack(7, bounds, sizes, most))


@pytest.mark.parametrize(("shape", "most", "expected"), PACKED.values(), ids=PACKED.keys())
def test_sentences_are_packed(shape: list[list[int]], most: int, expected: list[tuple[int, int, int]]) -> None:
    assert packed(shape, most) == [Window(7, *window) for window in expected]


@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=8), max_size=12), st.integers(1, 30))
def test_every_word_that_fits_is_in_one_window(shape: list[list[int]], most: int) -> None:
    sizes = [size for sentence in shape for size in sentence]
    windows = packed(shape, most)
    covered = [word for w in windows for word in range(w.first, w.end)]
    assert covered == sorted(set(covered))
    assert {word for word, size in enumerate(sizes) if 0 < size <= most} <= set(covered)
    assert all(0 < w.pieces == sum(sizes[w.first : w.end]) <= most for w in windows)


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 300))
def test_batches_hold_every_window_and_stay_below_their_size(lengths: list[int], most: int) -> None:
    windows = [Window(0, n, n + 1, pieces) for n, pieces in enumerate(lengths)]
    made = list(batches(windows, most))
    assert sorted(w for batch in made for w in batch) == windows
    assert all(len(batch) == 1 or len(batch) * (max(w.pieces for w in batch) + 2) <= most for batch in made)
