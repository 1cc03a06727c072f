"""The lists: whole, without doubles, agreeing with another gazetteer; and the endings added to their names."""

from __future__ import annotations

import json
import sys

import pytest

from ingest.enrich.gazetteer import HERE, PLACE_LANGUAGES, inflections, load
from tests.corpora import corpora

FORMS = {
    "German genitive": ("Moskau", "de", "Moskaus"),
    "Russian feminine": ("Москва", "ru", "Москве"),
    "Russian land": ("Россия", "ru", "России"),
    "Russian masculine": ("Берлин", "ru", "Берлине"),
    "Russian soft": ("Кремль", "ru", "Кремля"),
    "Russian in -й": ("Шанхай", "ru", "Шанхае"),
    "Polish feminine": ("Warszawa", "pl", "Warszawie"),
    "Polish land": ("Francja", "pl", "Francji"),
    "Polish masculine": ("Londyn", "pl", "Londynie"),
}


@pytest.mark.parametrize(("name", "language", "form"), FORMS.values(), ids=FORMS.keys())
def test_a_name_has_its_cases(name: str, language: str, form: str) -> None:
    assert inflections(name, language)[0] == name
    assert form in inflections(name, language)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("Moskau", "fr"),
        ("Paris", "de"),
        ("NATO", "de"),
        ("Buenos Aires", "pl"),
        ("Нью Йорк", "ru"),
        ("Осло", "ru"),
        ("Самоа", "ru"),
        ("EE.UU.", "de"),
    ],
)
def test_a_name_without_cases_stays(name: str, language: str) -> None:
    assert inflections(name, language) == [name]


@pytest.mark.parametrize("language", sorted(PLACE_LANGUAGES))
def test_each_language_knows_its_places(language: str) -> None:
    known = load(language)
    assert len(set(known.places.values())) > 330
    assert all(0 < len(words) <= known.longest for words in known.places)


def test_a_language_without_place_names_takes_the_english_ones() -> None:
    assert load("sv").places == load("en").places


def test_the_lists_name_nothing_twice_and_nothing_empty() -> None:
    places = json.loads((HERE / "places.json").read_text())
    assert all(names and all(n and n == n.strip() for n in names) for by_language in places.values() for names in by_language.values())
    assert all(set(by_language) <= PLACE_LANGUAGES for by_language in places.values())
    given = json.loads((HERE / "given_names.json").read_text())
    assert all(len(set(names)) == len(names) for names in given.values())
    organisations = json.loads((HERE / "organisations.json").read_text())
    assert len(set(organisations["acronyms"])) == len(organisations["acronyms"])


ISO3 = {"de": "deu", "fr": "fra", "es": "spa", "it": "ita", "pl": "pol", "ru": "rus"}


@pytest.mark.corpora
@pytest.mark.parametrize("language", sorted(ISO3))
def test_names_of_countries_agree_with_another_gazetteer(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Spellings differ in a few; a slip of the row in the list would differ in many."""
    others = json.loads((corpora("gazetteer") / "countries.json").read_text())
    ours = json.loads((HERE / "places.json").read_text())
    both = [
        (ours[country["name"]["common"]].get(language, [country["name"]["common"]]), country["translations"][ISO3[language]])
        for country in others
        if country["name"]["common"] in ours and ISO3[language] in country["translations"]
    ]
    differ = [(names, theirs["common"]) for names, theirs in both if theirs["common"] not in names]
    with capsys.disabled():
        sys.stdout.write(f"\n{language}: {len(both)} countries, {len(differ)} differ: {differ}\n")
    assert len(both) > 170
    assert len(differ) <= 0.06 * len(both)
