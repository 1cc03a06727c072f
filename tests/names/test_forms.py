# ruff: noqa: RUF001 - Cyrillic words are meant
"""Forms of one name are alike, other names are not."""

from __future__ import annotations

import pytest

from ingest.names.forms import alike

ALIKE = {
    "German genitive": ("Putins", "Putin", "de"),
    "small and capital letters": ("MACRON", "Macron", "fr"),
    "Russian cases of a surname": ("Путиным", "Путину", "ru"),
    "Russian nominative that ends like a case": ("Газпром", "Газпрома", "ru"),
    "Russian adjective": ("Зеленского", "Зеленский", "ru"),
    "Russian woman": ("Соколову", "Соколова", "ru"),
    "Russian soft sign": ("Казани", "Казань", "ru"),
    "Russian land": ("России", "Россия", "ru"),
    "Polish surname": ("Tuskowi", "Tusk", "pl"),
    "Polish adjective": ("Zielińskiej", "Zielińska", "pl"),
    "Polish fleeting vowel": ("Wilczka", "Wilczek", "pl"),
    "Polish softening": ("Polsce", "Polska", "pl"),
    "Polish town": ("Gdańskiem", "Gdańsk", "pl"),
}


@pytest.mark.parametrize(("one", "other", "language"), ALIKE.values(), ids=ALIKE.keys())
def test_forms_of_one_name_are_alike(one: str, other: str, language: str) -> None:
    assert alike(one, other, language)
    assert alike(other, one, language)


UNLIKE = {
    "other names": ("China", "Chile", "de"),
    "an acronym is no genitive": ("USA", "US", "de"),
    "an acronym that ends in s": ("BRICS", "BRIC", "de"),
    "French has no such s": ("Georges", "George", "fr"),
    "Russian": ("Путин", "Пугин", "ru"),
    "short Russian": ("Обь", "Об", "ru"),
    "Polish": ("Nowak", "Nowicki", "pl"),
}


@pytest.mark.parametrize(("one", "other", "language"), UNLIKE.values(), ids=UNLIKE.keys())
def test_other_names_are_not(one: str, other: str, language: str) -> None:
    assert not alike(one, other, language)
