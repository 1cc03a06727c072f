"""The folder of an embedded index: who may write, which version it has, how its faults are told.

::

    PATH/schema.json   the version of fields and analysis
    PATH/write.lock    held by the one process that writes; the others wait
    PATH/index/        tantivy's files: a commit is one rename, so a killed writer leaves the state before it
    PATH/rules/        compiled rules, one file for each language group: see `kept`; may be deleted at any time
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock
import msgspec
import tantivy

from ingest.errors import EngineRefused, EngineUnavailable, QueryError
from ingest.search.embedded.schema import SCHEMA, VERSION, register

LOCK_WAIT_S = 600.0  # a batch is written in seconds; who waits longer is behind a writer that hangs
_LOCK_POLL_S = 0.02
_WRITER_BYTES = 30_000_000  # tantivy's least is 15 MB; a batch of articles is far smaller


class _Stamp(msgspec.Struct):
    schema: int


class Store:
    """An opened index folder."""

    def __init__(self, folder: Path, index: tantivy.Index) -> None:
        self.folder = folder
        self._index = index
        self._lock = filelock.FileLock(folder / "write.lock", timeout=LOCK_WAIT_S, poll_interval=_LOCK_POLL_S)

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open the index, make it where there is none. Raises EngineRefused, EngineUnavailable."""
        folder = folder.expanduser().absolute()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with faults(folder), filelock.FileLock(folder / "write.lock", timeout=LOCK_WAIT_S, poll_interval=_LOCK_POLL_S):
                _check_version(folder)
                (folder / "index").mkdir(exist_ok=True)
                index = register(tantivy.Index(SCHEMA, str(folder / "index")))
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise EngineRefused(f"cannot use {folder} for the index: {reason}; give a folder that you may write") from error
        return cls(folder, index)

    def searcher(self) -> tantivy.Searcher:
        """A view of the newest commit of any process; it stays as it is."""
        with faults(self.folder):
            self._index.reload()
            return self._index.searcher()

    @contextmanager
    def writing(self) -> Iterator[tuple[tantivy.IndexWriter, tantivy.Searcher]]:
        """The only writer of all processes, and the index as it is; commits at the end, once. An exception writes nothing."""
        with faults(self.folder), self._lock:
            writer = self._index.writer(_WRITER_BYTES, 1)
            try:
                yield writer, self.searcher()
                writer.commit()
            except BaseException:
                writer.rollback()
                raise
            finally:
                writer.wait_merging_threads()  # else a run of small batches never merges its segments


def _check_version(folder: Path) -> None:
    stamp = folder / "schema.json"
    if not stamp.exists():
        if (folder / "index").exists() and any((folder / "index").iterdir()):
            raise EngineRefused(f"{folder} holds files that are no index of this program: give another folder")
        temporary = stamp.with_suffix(".new")
        temporary.write_bytes(msgspec.json.encode(_Stamp(VERSION)))
        temporary.rename(stamp)
        return
    try:
        found = msgspec.json.decode(stamp.read_bytes(), type=_Stamp).schema
    except msgspec.MsgspecError:
        found = -1
    if found != VERSION:
        raise EngineRefused(
            f"the index in {folder} has schema {found}, this version needs {VERSION}: move the folder away and index again with `newsflow replay`"
        )


@contextmanager
def faults(folder: Path) -> Iterator[None]:
    """Errors of tantivy and the lock, in ours: QueryError, EngineUnavailable, EngineRefused."""
    try:
        yield
    except filelock.Timeout as error:
        raise EngineUnavailable(f"another process has been writing to {folder} for {LOCK_WAIT_S:.0f} s: try again") from error
    except ValueError as error:  # what the binding raises for every error of tantivy's
        text = str(error)
        if "expansion" in text:
            raise QueryError("the beginning before a * fits too many words: write more of it") from error
        if "Lock" in text or "No space" in text or "Io" in text:
            raise EngineUnavailable(f"the index in {folder} cannot be written or read now: {text[:200]}") from error
        raise EngineRefused(
            f"the index in {folder} is damaged or of another kind ({text[:200]}): move the folder away and index again with `newsflow replay`"
        ) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a failed assertion in tantivy; its class cannot be imported
            raise
        raise EngineRefused(f"the engine failed on the index in {folder}: {str(error)[:200]}; please report it") from error
