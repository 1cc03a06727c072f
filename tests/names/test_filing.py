"""A name that stands alone has the key that the same name has in an article."""

from __future__ import annotations

import pytest

from ingest.names.filing import key_of

ONE = {
    "a city in three languages": ("place", ("Moskau", "Moscow", "Москва")),
    "a country": ("place", ("Vereinigte Staaten", "USA", "États-Unis", "США")),
    "upper or lower case": ("place", ("KÖLN", "köln", "Cologne")),
    "a place that is not listed": ("place", ("Hinterobersdorf", "hinterobersdorf")),
    "an organisation and its acronyms": ("organisation", ("Vereinte Nationen", "united nations", "ONU")),
    "a person": ("person", ("Wladimir Putin", "Vladimir Poutine")),
}
TWO = {
    "a person is no place": (("person", "Moskau"), ("person", "Moscow")),
    "an organisation is no place": (("organisation", "Köln"), ("organisation", "Cologne")),
    "a part of a listed name": (("place", "York"), ("place", "New York")),
}


@pytest.mark.parametrize(("label", "names"), ONE.values(), ids=ONE.keys())
def test_names_of_one_key(label: str, names: tuple[str, ...]) -> None:
    assert len({key_of(label, name) for name in names}) == 1


@pytest.mark.parametrize(("one", "other"), TWO.values(), ids=TWO.keys())
def test_names_of_two_keys(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert key_of(*one) != key_of(*other)


def test_a_name_without_letters_has_no_key() -> None:
    assert key_of("place", "…") == ""
