"""What every stage is given: the settings, the ledger, the archive, and whom to tell of progress."""

from __future__ import annotations

import dataclasses
import errno
import gc
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import NewsError, StorageError
from ingest.pipeline.spool import BatchFolder
from ingest.search.engine import Access, Engine
from ingest.search.opening import open_engine
from ingest.settings import Settings
from ingest.state.ledger import BatchRef, Ledger

_NO_DESCRIPTORS = (errno.EMFILE, errno.ENFILE)

Progress = Callable[[str, int, int], None]  # stage, done, total


def _quiet(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclasses.dataclass(frozen=True, slots=True)
class Context:
    """Passed to every stage; holds no work of its own."""

    settings: Settings
    ledger: Ledger
    owner: str  # who holds the leases, for people: "run:host:pid" or Airflow's run id
    progress: Progress = _quiet

    def folder(self, ref: BatchRef) -> BatchFolder:
        return BatchFolder(self.settings.spool, ref.id)

    def archive_file(self, relative: str) -> Path:
        """Where the WARC `relative` lies; an absolute path (a WARC of somebody else) stays as it is."""
        return self.settings.archive / relative

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        engine = open_engine(self.settings.engine, access(self.settings))
        try:
            yield engine
        finally:
            engine.close()


def access(settings: Settings) -> Access:
    """What opens the search server besides its URL."""
    return Access(
        api_key=settings.search_api_key,
        ca_file=settings.search_ca_file,
        cloud_id=settings.search_cloud_id,
        patience_s=settings.search_patience_s,
    )


@contextmanager
def open_context(settings: Settings, *, owner: str = "", progress: Progress = _quiet) -> Iterator[Context]:
    """The ledger opened and migrated, the folders made. Raises StorageError, also where the block runs out of file descriptors, NewsError where
    it can start no children, and StateError.
    """
    if not gc.get_freeze_count():  # what is loaded by now stays: each full collection would look at all of it again, for 100 ms
        gc.freeze()
    for folder in (settings.home, settings.spool, settings.archive):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make {folder}: {error.strerror}; set NEWSFLOW_HOME to a folder that you may write") from error
    try:
        with Ledger.open(settings.database) as ledger:
            yield Context(settings, ledger, owner or f"run:{socket.gethostname()}:{os.getpid()}", progress)
    except OSError as error:  # it may come up anywhere: with each socket, pipe and file
        if error.errno not in _NO_DESCRIPTORS:
            raise
        raise StorageError("there are too many open files: raise the limit (ulimit -n), or lower NEWSFLOW_FETCH_CONCURRENCY") from error
    except BrokenProcessPool as error:
        raise NewsError(
            "children that parse cannot be started: raise the limits of memory, processes (ulimit -u) or open files (-n)"
        ) from error
