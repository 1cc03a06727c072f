"""Strings of pages are kept without markup, controls and surplus space, in NFC, and bounded."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.text import one_line, paragraphs, without_markup

LINES = {
    "spaces and breaks": ("  a\n\t b\u00a0c ", "a b c"),
    "entities": ("Tom &amp; J&eacute;r&ocirc;me", "Tom & Jérôme"),
    "tags": ("<b>bold</b> move", "bold move"),
    "a lone less-than": ("3 < 4 and 5 > 2", "3 < 4 and 5 > 2"),
    "controls": ("a\x1b[31mb\x00c", "a[31mbc"),
    "invisible characters": ("Donau\u00addampf\u200bschiff", "Donaudampfschiff"),
    "halves of surrogate pairs": ("a\ud800b", "ab"),
    "decomposed letters": ("Bru\u0308cke", "Brücke"),
    "no string": (["a"], ""),
    "None": (None, ""),
}


@pytest.mark.parametrize("name", LINES)
def test_one_line_of(name: str) -> None:
    raw, line = LINES[name]
    assert one_line(raw, 100) == line


def test_one_line_is_bounded_before_and_after_cleaning() -> None:
    assert one_line("x" * 10_000_000, 5) == "xxxxx"
    assert one_line("ab   cd", 3) == "ab"


def test_paragraphs_are_separated_by_an_empty_line_and_lists_stay_together() -> None:
    raw = "One.\nTwo.\n- a\n- b\n\n\n  Three. \n| x | y |\n| 1 | 2 |\nFour."
    assert paragraphs(raw, 1_000) == ("One.\n\nTwo.\n\n- a\n- b\n\nThree.\n\n| x | y |\n| 1 | 2 |\n\nFour.", False)


@pytest.mark.parametrize("limit", range(1, 12))
def test_a_cut_falls_between_characters(limit: int) -> None:
    text, cut = paragraphs("Über 🌉 die", limit)
    assert "Über 🌉 die".startswith(text)
    assert len(text) <= limit
    assert cut is (limit < 10)


@given(st.text(max_size=200), st.integers(1, 50))
def test_any_text_comes_out_clean(raw: str, limit: int) -> None:
    text, _ = paragraphs(raw, limit)
    assert len(text) <= limit
    assert text == text.strip()
    assert not [char for char in text if unicodedata.category(char) in ("Cc", "Cs") and char != "\n"]
    assert paragraphs(text, limit) == (text, False)


def test_markup_in_a_body_becomes_lines() -> None:
    assert without_markup("&lt;p&gt;One&lt;/p&gt;<p>Two <b>bold</b></p>").split() == ["One", "Two", "bold"]
    assert without_markup("a < b") == "a < b"
