"""Names are counted over their spellings and translations."""

from __future__ import annotations

from ingest.search.facets import asked, counted


def test_the_spellings_of_a_name_are_one_value_named_as_most_write_it() -> None:
    values = [("Emmanuel Macron", 4), ("Vladimir Poutine", 3), ("Wladimir Putin", 2), ("Владимир Путин", 1)]  # Cyrillic is meant

    assert counted("person", values, 10) == [("Vladimir Poutine", 6), ("Emmanuel Macron", 4)]


def test_a_listed_place_or_organisation_is_one_value_in_all_languages() -> None:
    assert counted("place", [("Moskau", 3), ("Moscow", 2), ("Genf", 2), ("Москва", 1)], 10) == [("Moskau", 6), ("Genf", 2)]
    assert counted("organisation", [("NATO", 2), ("OTAN", 1), ("Vereinte Nationen", 1)], 10) == [("NATO", 3), ("Vereinte Nationen", 1)]
    assert len(counted("person", [("Moskau", 3), ("Moscow", 2)], 10)) == 2


def test_values_that_are_no_names_are_left_as_they_are() -> None:
    assert counted("site", [("taz.de", 2), ("tas.de", 1)], 10) == [("taz.de", 2), ("tas.de", 1)]


def test_names_without_a_letter_stay_apart() -> None:
    assert counted("organisation", [("…", 2), ("!", 1)], 10) == [("…", 2), ("!", 1)]


def test_no_more_values_than_wanted() -> None:
    assert counted("place", [("Genf", 3), ("Berlin", 2), ("Rom", 1)], 2) == [("Genf", 3), ("Berlin", 2)]


def test_of_names_more_are_asked_for_than_are_shown() -> None:
    assert asked("person", 8) > 8
    assert asked("language", 8) == 8
