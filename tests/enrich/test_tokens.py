# ruff: noqa: RUF001 - typographic marks are meant
"""Words, where they stand, and which of them may belong to one name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.enrich.tokens import tokenize

WORDS = {
    "hyphens": ("Hans-Peter kam", ["Hans-Peter", "kam"]),
    "apostrophes": ("O'Neill et d’Ivoire", ["O'Neill", "et", "d’Ivoire"]),
    "inner dots": ("the U.S. now", ["the", "U.S", "now"]),
    "possessives": ("Biden's and Putin’s and Marx' desk", ["Biden", "and", "Putin", "and", "Marx", "desk"]),
    "marks": ("»Ja«, sagte er.", ["Ja", "sagte", "er"]),
    "nothing": (" … ", []),
}


@pytest.mark.parametrize(("text", "words"), WORDS.values(), ids=WORDS.keys())
def test_words_are_cut(text: str, words: list[str]) -> None:
    assert [t.text for t in tokenize(text)] == words


JOINED = {
    "a space": ("Angela Merkel", True),
    "a hard space": ("Angela\u00a0Merkel", True),
    "an initial": ("F. Kennedy", True),
    "an abbreviation": ("Dr. Merkel", True),
    "a sentence's end": ("Merkel. Berlin", False),
    "a comma": ("Merkel, Berlin", False),
    "a line's end": ("Merkel\nBerlin", False),
    "a possessive": ("Merkel's Berlin", False),
}


@pytest.mark.parametrize(("text", "joined"), JOINED.values(), ids=JOINED.keys())
def test_words_of_one_name_stand_side_by_side(text: str, joined: bool) -> None:  # noqa: FBT001 - a table's column
    assert tokenize(text)[0].joined is joined


def test_the_first_word_of_a_sentence_or_line_opens_it() -> None:
    assert [t.text for t in tokenize("Der Tag. Ein Dr. Maier\nkam: Er") if t.opens] == ["Der", "Ein", "kam", "Er"]


@given(st.text())
def test_places_are_those_of_the_text(text: str) -> None:
    tokens = tokenize(text)
    assert all(text[t.start : t.end] == t.text for t in tokens)
    assert [t.start for t in tokens] == sorted(t.start for t in tokens)
