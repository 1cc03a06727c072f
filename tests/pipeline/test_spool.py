"""The files of a batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import StorageError
from ingest.model import Entity
from ingest.pipeline.spool import BatchFolder


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path, "b1")
    records = [Entity(name=f"Name {n}\n\u2028", label="person", count=n) for n in range(1, 20_000)]

    folder.write("x", records)

    assert list(folder.read("x", Entity)) == records


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=20))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    folder = BatchFolder(tmp_path_factory.mktemp("spool"), "b")

    folder.write("x", [Entity(name=name, label="place") for name in names])

    assert [entity.name for entity in folder.read("x", Entity)] == names


def test_a_write_that_fails_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> Iterator[Entity]:
        yield Entity(name="a", label="person")
        raise OSError(28, "No space left on device")

    folder = BatchFolder(tmp_path, "b")

    with pytest.raises(StorageError, match="No space left on device; free some space"):
        folder.write("x", broken())
    assert not folder.has("x")
    assert list(folder.path.iterdir()) == []


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="is the spool shared by all workers"):
        list(BatchFolder(tmp_path, "b").read("x", Entity))


def test_a_broken_file_is_a_clear_error(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path, "b")
    folder.write("x", [Entity(name="a", label="person")])
    folder.file("x").write_bytes(folder.file("x").read_bytes()[:-6] + b"garbage")

    with pytest.raises(StorageError):
        list(folder.read("x", Entity))


def test_removing_is_idempotent(tmp_path: Path) -> None:
    folder = BatchFolder(tmp_path, "b")
    folder.write("x", [])
    folder.remove()
    folder.remove()

    assert not folder.path.exists()
