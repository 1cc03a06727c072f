"""Names are counted over their spellings."""

from __future__ import annotations

from ingest.search.facets import asked, counted


def test_the_spellings_of_a_name_are_one_value_named_as_most_write_it() -> None:
    values = [("Emmanuel Macron", 4), ("Vladimir Poutine", 3), ("Wladimir Putin", 2), ("Владимир Путин", 1)]  # Cyrillic is meant

    assert counted("person", values, 10) == [("Vladimir Poutine", 6), ("Emmanuel Macron", 4)]


def test_values_that_are_no_names_are_left_as_they_are() -> None:
    assert counted("site", [("taz.de", 2), ("tas.de", 1)], 10) == [("taz.de", 2), ("tas.de", 1)]


def test_names_without_a_letter_stay_apart() -> None:
    assert counted("organisation", [("…", 2), ("!", 1)], 10) == [("…", 2), ("!", 1)]


def test_no_more_values_than_wanted() -> None:
    assert counted("place", [("Genf", 3), ("Berlin", 2), ("Rom", 1)], 2) == [("Genf", 3), ("Berlin", 2)]


def test_of_names_more_are_asked_for_than_are_shown() -> None:
    assert asked("person", 8) > 8
    assert asked("language", 8) == 8
