"""Which letters count as the same."""

# ruff: noqa: RUF001  # letters of many scripts

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.search.embedded.letters import fold, key


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FAÇADE façade", "facade facade"),
        ("Ελλάς ΕΛΛΆΣ", "ελλασ ελλασ"),
        ("Йод йогурт ёлка", "йод йогурт елка"),  # й is no и
        ("И\u0306о И\u0301о", "йо ио"),
        ("أإآ مدرسة", "ااا مدرسه"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी", "हिन्दी"),  # its marks are vowels
        ("co\u00adop ﬁn", "coop fin"),
    ],
)
def test_letters_that_are_one(text: str, expected: str) -> None:
    assert fold(text) == expected


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=20))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_names_are_compared_without_case_marks_and_extra_blanks() -> None:
    assert key("  Annalena   BÄRBOCK ") == key("annalena barbock")
