"""Compiled queries come back from their file as they were, or not at all."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.search.embedded import kept
from ingest.search.embedded.compiled import Compiled

QUERIES = ["Genf", '"Rat der Stadt" -Bern', "Klima* OR (Zug -author:Müller)", "after:2026-11-01T12:30", "place:Lon*", "*", "((", "京"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rules" / "de.compiled"


def written(path: Path) -> Compiled:
    compiled = Compiled.empty().including(QUERIES, "de")
    kept.write(path, compiled)
    return compiled


def test_what_is_read_is_what_was_written(path: Path) -> None:
    compiled, found = written(path), kept.read(path)

    assert found is not None
    assert (found.queries, found.columns) == (compiled.queries, compiled.columns)
    assert [a.tolist() for a in found.sieve] == [a.tolist() for a in compiled.sieve]
    assert [found.clause(place) for place in range(len(QUERIES))] == [compiled.clause(place) for place in range(len(QUERIES))]


def test_what_is_read_takes_further_queries(path: Path) -> None:
    written(path)
    found = kept.read(path)
    assert found is not None

    more = found.including([*QUERIES, "Bahn"], "de")

    assert more.queries == [*QUERIES, "Bahn"]
    assert more.clause(len(QUERIES)) == Compiled.empty().including(["Bahn"], "de").clause(0)


def test_the_file_is_the_users_alone(path: Path) -> None:
    written(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_none(path: Path, data: st.DataObject) -> None:
    written(path)
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(data.draw(st.sampled_from([whole[:at], whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[at + 1 :]])))

    assert kept.read(path) is None


@pytest.mark.parametrize("content", [b"", b"\0" * 16, b"\x80\x04K\x01."])
def test_a_file_of_something_else_is_none(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)

    assert kept.read(path) is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("a file where a folder should be")

    written(tmp_path / "rules" / "de.compiled")

    assert kept.read(tmp_path / "rules" / "de.compiled") is None
