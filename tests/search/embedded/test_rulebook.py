"""Rules are compiled once for all processes: a rulebook of its own stands for each process."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.model import Rule
from ingest.search.embedded.rulebook import Ready, Rulebook
from tests.search.library import article

ARTICLES = [article("a", "Genf", "Der Zug kommt", "de"), article("b", "Bern", "Kein Zug", "de")]


def rules(*queries: str) -> list[Rule]:
    return [Rule(id=number, name=query, query=query) for number, query in enumerate(queries)]


def ready(folder: Path, *queries: str) -> Ready:
    book = Rulebook(folder)
    return book.ready("de", book.asked(rules(*queries)))


def found(made: Ready) -> dict[str, int]:
    return dict(made.matches(ARTICLES))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "de.compiled"


def test_the_next_process_finds_what_was_compiled(tmp_path: Path, path: Path) -> None:
    first = found(ready(tmp_path, "Genf", "Zug"))
    made = path.stat().st_ino

    assert found(ready(tmp_path, "Zug", "Genf")) == first == {"Genf": 0b01, "Zug": 0b11}
    assert path.stat().st_ino == made


def test_a_changed_rule_is_added_to_what_is_there(tmp_path: Path, path: Path) -> None:
    ready(tmp_path, "Genf", "Zug")
    made = path.stat().st_ino

    assert found(ready(tmp_path, "Genf", "Bern"))["Bern"] == 0b10
    assert path.stat().st_ino != made
    made = path.stat().st_ino
    assert found(ready(tmp_path, "Genf", "Bern", "Zug"))["Zug"] == 0b11
    assert path.stat().st_ino == made  # the rule that had gone is still known


def test_a_damaged_file_is_made_again(tmp_path: Path, path: Path) -> None:
    ready(tmp_path, "Genf", "Zug")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])

    assert found(ready(tmp_path, "Genf", "Zug")) == {"Genf": 0b01, "Zug": 0b11}
    assert path.read_bytes() == whole


def test_rules_of_one_query_are_asked_once(tmp_path: Path) -> None:
    book = Rulebook(tmp_path)

    assert book.asked(rules("Genf", "Zug", "Genf")) == {"Genf": [0, 2], "Zug": [1]}


def test_the_same_rules_are_not_looked_at_again(tmp_path: Path) -> None:
    book = Rulebook(tmp_path)
    asked = book.asked(rules("Genf"))

    assert book.asked(rules("Genf")) is asked
    assert book.asked(rules("Genf", "Zug")) is not asked
