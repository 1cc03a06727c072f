"""Windows cover every word that fits and break between sentences where they can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.ner.windows import Window, pack

PACKED = {
    # sentences as lists of pieces per word, pieces wanted in a window, the windows as (first, end, pieces); 12 is the most
    "short ones share a window": ([[1, 1], [2], [3]], 10, [(0, 4, 7)]),
    "a full window is closed at a sentence": ([[3, 3], [3, 3], [3]], 10, [(0, 2, 6), (2, 5, 9)]),
    "one that fits exactly": ([[5, 5], [5, 5]], 10, [(0, 2, 10), (2, 4, 10)]),
    "a longer sentence has a window of its own": ([[2], [4, 4, 4], [2]], 10, [(0, 1, 2), (1, 4, 12), (4, 5, 2)]),
    "a sentence that is too long is cut between words": ([[4, 4, 4, 4]], 10, [(0, 3, 12), (3, 4, 4)]),
    "a word that is too long is left out": ([[1, 13, 2]], 10, [(0, 1, 1), (2, 3, 2)]),
    "words without pieces": ([[0, 0]], 10, []),
    "none": ([], 10, []),
}


def packed(shape: list[list[int]], wanted: int, most: int = 12) -> list[Window]:
    sizes = [size for sentence in shape for size in sentence]
    bounds, at = [], 0
    for sentence in shape:
        bounds.append((at, at + len(sentence)))
        at += len(sentence)
    return list(pack(7, bounds, sizes, wanted, most))


@pytest.mark.parametrize(("shape", "most", "expected"), PACKED.values(), ids=PACKED.keys())
def test_sentences_are_packed(shape: list[list[int]], most: int, expected: list[tuple[int, int, int]]) -> None:
    assert packed(shape, most) == [Window(7, *window) for window in expected]


@given(st.lists(st.lists(st.integers(0, 14), min_size=1, max_size=8), max_size=12), st.integers(1, 30))
def test_every_word_that_fits_is_in_one_window(shape: list[list[int]], most: int) -> None:
    sizes = [size for sentence in shape for size in sentence]
    windows = packed(shape, min(10, most), most)
    covered = [word for w in windows for word in range(w.first, w.end)]
    assert covered == sorted(set(covered))
    assert {word for word, size in enumerate(sizes) if 0 < size <= most} <= set(covered)
    assert all(0 < w.pieces == sum(sizes[w.first : w.end]) <= most for w in windows)
