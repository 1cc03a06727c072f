"""Titles are no names, and Slavic names are filed in the nominative."""

from __future__ import annotations

import pytest

from ingest.enrich.people import is_given, is_title, nominative

NOMINATIVES = {
    "Russian genitive": ("Владимира Путина", "ru", "Владимир Путин"),
    "Russian instrumental": ("Рустамом Миннихановым", "ru", ""),  # a given name that is not listed
    "Russian adjective": ("Владимиру Зеленскому", "ru", "Владимир Зеленский"),
    "a woman": ("Марии Соколовой", "ru", ""),
    "Polish instrumental": ("Markiem Nowakiem", "pl", "Marek Nowak"),
    "Polish genitive": ("Donalda Tuska", "pl", "Donald Tusk"),
    "Polish adjective": ("Andrzejem Kowalskim", "pl", "Andrzej Kowalski"),
    "nominative": ("Donald Tusk", "pl", "Donald Tusk"),
    "another language": ("Angela Merkels", "de", ""),
}


@pytest.mark.parametrize(("written", "language", "filed"), NOMINATIVES.values(), ids=NOMINATIVES.keys())
def test_a_name_is_filed_in_the_nominative(written: str, language: str, filed: str) -> None:
    assert nominative([written], language) == filed


@pytest.mark.parametrize(
    ("word", "language"), [("Präsident", "de"), ("US-Präsident", "de"), ("Lord", "en"), ("Pan", "pl"), ("Außenministerin", "de")]
)
def test_titles(word: str, language: str) -> None:
    assert is_title(word, language)
    assert not is_given(word)
