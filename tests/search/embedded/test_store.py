"""Several processes on one folder, writers that die, folders that are none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import filelock
import pytest

from ingest.errors import EngineRefused
from ingest.search.embedded.engine import EmbeddedEngine
from ingest.search.engine import SearchRequest, Status
from ingest.search.query import parse
from tests.search.library import LIBRARY, article

ROOT = Path(__file__).parents[3]


def child(code: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A Python process with the project on its path; `code` finds its arguments in sys.argv[1:]."""
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(code), *arguments], cwd=ROOT, stderr=subprocess.PIPE)


WRITE = """
    import sys
    from ingest.search.opening import open_engine
    from tests.search.library import article
    folder, name, batches = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open_engine(f"embedded:{folder}") as engine:
        for batch in range(batches):
            engine.index([article(f"{name}-{batch}-{n}", "giraffe") for n in range(5)] + [article("shared", f"shared {batch}", version=batch)])
"""


def test_two_processes_write_at_once_and_nothing_is_lost(tmp_path: Path) -> None:
    writers = [child(WRITE, str(tmp_path / "index"), name, "6") for name in ("a", "b")]
    seen = [0]
    while any(w.poll() is None for w in writers):
        with EmbeddedEngine.open(tmp_path / "index") as reader:  # reads go on meanwhile, and only grow
            seen.append(reader.search(SearchRequest(query=parse("giraffe"))).total)
        time.sleep(0.02)
    for writer in writers:
        _, stderr = writer.communicate(timeout=60)
        assert writer.returncode == 0, stderr.decode()

    with EmbeddedEngine.open(tmp_path / "index") as engine:
        assert engine.count() == 2 * 6 * 5 + 1
        shared = engine.get(article("shared").id)
        assert shared is not None
        assert shared.version == 5
    assert seen == sorted(seen)


KILLED = """
    import os, sys
    from ingest.search.embedded.store import Store
    from ingest.search.embedded.schema import document
    from pathlib import Path
    from tests.search.library import LIBRARY
    with Store.open(Path(sys.argv[1])).writing() as (writer, searcher):
        for article in LIBRARY:
            writer.add_document(document(article))
        if sys.argv[2] == "committed":
            writer.commit()
        os._exit(9)
"""


@pytest.mark.parametrize(("moment", "expected"), [("added", 3), ("committed", 3 + len(LIBRARY))])
def test_a_killed_writer_leaves_the_state_of_a_commit(tmp_path: Path, moment: str, expected: int) -> None:
    with EmbeddedEngine.open(tmp_path) as engine:
        engine.index(LIBRARY[:3])
        killed = child(KILLED, str(tmp_path), moment)
        killed.communicate(timeout=60)
        assert killed.returncode == 9

        assert engine.count() == expected  # this writer looks for no old versions: three are there twice
        assert {d.status for d in engine.index(LIBRARY)} == {Status.INDEXED}
        assert engine.count() == len(LIBRARY)


def test_a_writer_killed_at_any_time_costs_no_article_and_no_second_copy(tmp_path: Path) -> None:
    for delay in (0.0, 0.1, 0.2, 0.3):
        writer = child(WRITE, str(tmp_path), "a", "30")
        deadline = time.monotonic() + 30
        while not (tmp_path / "index" / "meta.json").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate(timeout=60)

    with EmbeddedEngine.open(tmp_path) as engine:
        expected = [article(f"a-{batch}-{n}", "giraffe") for batch in range(30) for n in range(5)]
        assert len(engine.index(expected)) == 150
        assert engine.search(SearchRequest(query=parse("giraffe"))).total == 150


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    with EmbeddedEngine.open(tmp_path) as engine, filelock.FileLock(tmp_path / "write.lock"):
        started = time.monotonic()
        assert engine.count() == 0
        assert engine.search(SearchRequest(query=parse("x"))).total == 0

    assert time.monotonic() - started < 5


def test_many_small_batches_do_not_pile_up_segments(tmp_path: Path) -> None:
    with EmbeddedEngine.open(tmp_path) as engine:
        for n in range(30):
            engine.index([article(f"{n}", f"title {n}")])
        assert engine.count() == 30
        assert engine._store.searcher().num_segments < 15


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "holiday.jpg").write_bytes(b"x")

    with pytest.raises(EngineRefused, match="another folder"):
        EmbeddedEngine.open(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(EngineRefused, match="may write"):
        EmbeddedEngine.open(tmp_path / "file")


@pytest.mark.parametrize("broken", ["schema.json", "index/meta.json"])
def test_a_damaged_index_is_refused_with_the_way_out(tmp_path: Path, broken: str) -> None:
    EmbeddedEngine.open(tmp_path).index(LIBRARY[:2])
    (tmp_path / broken).write_bytes(b"\x00garbage")

    with pytest.raises(EngineRefused, match="replay"):
        EmbeddedEngine.open(tmp_path)
