"""What changed between two texts."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cli.differences import Piece, changed_paragraphs, difference, plain


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param("the same\n\ntext", "the  same\ntext ", [], id="blanks are nothing"),
        pytest.param("ten were hurt", "twelve were hurt", ["[-ten-] {+twelve+} were hurt"], id="a word"),
        pytest.param("one\ntwo", "one\ntwo\nthree", ["{+three+}"], id="a new paragraph"),
        pytest.param("one\ntwo\nthree", "one\nthree", ["[-two-]"], id="a paragraph less"),
        pytest.param("", "one", ["{+one+}"], id="from nothing"),
        pytest.param("one", "", ["[-one-]"], id="to nothing"),
        pytest.param(
            " ".join(map(str, range(40))),
            " ".join("x" if n in (3, 30) else str(n) for n in range(40)),
            ["0 1 2 [-3-] {+x+} 4 5 6 7 8 9 10 11 … 22 23 24 25 26 27 28 29 [-30-] {+x+} 31 32 33 34 35 36 37 38 …"],
            id="words far from a change are left out",
        ),
    ],
)
def test_changes_are_shown_as_words(before: str, after: str, shown: list[str]) -> None:
    assert [plain(pieces) for pieces in changed_paragraphs(before, after)] == shown


@given(st.text(" ab\n", max_size=60), st.text(" ab\n", max_size=60))
def test_the_pieces_of_a_paragraph_give_both_texts(before: str, after: str) -> None:
    left, right = " ".join(before.split()), " ".join(after.split())
    pieces = difference(left, right)

    if not any(p.kind == "gap" for p in pieces):
        assert " ".join(p.text for p in pieces if p.kind != "added").split() == left.split()
        assert " ".join(p.text for p in pieces if p.kind != "removed").split() == right.split()
    assert all(isinstance(p, Piece) and p.text for p in pieces)
    assert bool(changed_paragraphs(before, after)) == (_lines(before) != _lines(after))


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("a b " * 100_000, "b a " * 100_000, id="a paragraph of 200,000 words"),
        pytest.param("a\n" * 50_000, "b\na\n" * 50_000, id="100,000 lines"),
        pytest.param("x " * 1_900, "y x " * 900, id="few words again and again"),
    ],
)
def test_hostile_texts_are_compared_in_seconds(before: str, after: str) -> None:
    started = time.perf_counter()

    assert changed_paragraphs(before, after)
    assert time.perf_counter() - started < 10
