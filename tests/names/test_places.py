"""Countries and large cities are known by their names in many languages and cases, with their ids."""

from __future__ import annotations

import json

import pytest

from ingest.names.places import find
from tests.corpora import corpora

PLACES = {
    "German": ("Moskau", "de", "Moskau", "geonames:524901"),
    "German genitive": ("Deutschlands", "de", "Deutschland", "iso:DE"),
    "two names of one country": ("Vereinigten Staaten", "de", "USA", "iso:US"),
    "English": ("Moscow", "en", "Moscow", "geonames:524901"),
    "French": ("Bruxelles", "fr", "Bruxelles", "geonames:2800866"),
    "another language's name": ("Moscow", "de", "Moskau", "geonames:524901"),
    "Russian locative": ("Москве", "ru", "Москва", "geonames:524901"),
    "Russian, not in the list by language": ("Казани", "ru", "Казань", "geonames:551487"),
    "Polish locative": ("Warszawie", "pl", "Warszawa", "geonames:756135"),
    "Polish plural": ("Niemczech", "pl", "Niemcy", "iso:DE"),
    "Polish town": ("Rybnika", "pl", "Rybnik", "geonames:3086586"),
    "the largest of a name": ("Paris", "en", "Paris", "geonames:2988507"),
}


@pytest.mark.parametrize(("written", "language", "shown", "ident"), PLACES.values(), ids=PLACES.keys())
def test_a_place_is_found(written: str, language: str, shown: str, ident: str) -> None:
    found = find(written, language)
    assert found is not None
    assert (found.shown, found.place.id) == (shown, ident)


@pytest.mark.parametrize("written", ["", "Hinterobersdorf", "moskau", "s", "Merkel"])
def test_what_is_not_listed_is_not_found(written: str) -> None:
    assert find(written, "de") is None


@pytest.mark.corpora
def test_the_countries_agree_with_another_gazetteer() -> None:
    codes = {"deu": "de", "fra": "fr", "spa": "es", "ita": "it", "nld": "nl", "por": "pt", "pol": "pl", "rus": "ru"}
    right = total = 0
    for country in json.loads((corpora("gazetteer") / "countries.json").read_text()):
        for code, language in codes.items():
            if country["independent"] and code in country["translations"]:
                found = find(country["translations"][code]["common"], language)
                total += 1
                right += found is not None and found.place.id == f"iso:{country['cca2']}"
    assert total > 1500
    assert right / total >= 0.93
