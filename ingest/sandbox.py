"""Run a function over foreign bytes in children that can be killed, with limits of time and memory.

Six inputs under 2 MB hang feedparser or trafilatura for minutes, and a signal handler does not stop code inside
lxml; a child that is killed does stop. Pebble replaces a dead child and the next item goes on.
"""

from __future__ import annotations

import ctypes
import fcntl
import gc
import os
import resource
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures import wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.process import AuthenticationString, BaseProcess, current_process  # type: ignore[attr-defined]  # no stub
from types import ModuleType, TracebackType
from typing import Any, Self, TypeVar

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from ingest.errors import ItemError, SandboxError
from ingest.model import Reason
from ingest.settings import Settings

TASKS_PER_CHILD = 500  # then it is replaced: caches of lxml and regular expressions do not grow without end
_ALIVE_S = 1.0  # how often a pool is asked whether it lives while a result is waited for, in seconds
_PIPE_BYTES = 1 << 20  # the most that Linux allows everybody
_AHEAD = 4  # items queued per child: keeps them busy, bounds the memory of what waits
_MAPPED_BYTES = 32 << 20  # a block as large as this goes back to the system as soon as it is free; glibc takes no more
_SPARE_BYTES = 64 << 20  # free memory that a child keeps for its next item
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h

In = TypeVar("In")
Out = TypeVar("Out")


class _ForkServer(forkserver.ForkServer):
    """A fork server that also serves the processes which are forked from the one that started it."""

    def ensure_running(self) -> None:
        # Raised where the server is an ancestor's: only the parent of a process may ask how it is.
        with suppress(ChildProcessError):
            super().ensure_running()

    def connect_to_new_process(self, fds: Any) -> Any:
        try:
            return super().connect_to_new_process(fds)
        except (ConnectionRefusedError, FileNotFoundError):  # an ancestor's that has ended: have one of our own
            os.close(self._forkserver_alive_fd)  # type: ignore[attr-defined]  # typeshed leaves it out
            self._forkserver_pid = None
            return super().connect_to_new_process(fds)


_SERVER = _ForkServer()
forkserver.connect_to_new_process = _SERVER.connect_to_new_process  # where multiprocessing looks for it


def start_server(*preload: str) -> None:
    """Start the fork server now, with the modules `preload` loaded, for this process and those that it forks.

    Whoever calls it spares all of them the second or two that a server of their own takes to start.
    """
    _SERVER.set_forkserver_preload(["ingest.sandbox", *preload])
    _SERVER.ensure_running()


class _Process(ForkServerProcess):
    """A child that does not load the program's main module, which the functions it runs never need."""

    def start(self) -> None:
        # Celery's workers are daemonic, and multiprocessing lets no daemonic process have children, since those would
        # outlive it. Ours do not: they end when the pipe of their pool closes. And a worker's key is of a class of
        # Celery's own, which no process of multiprocessing may be given.
        parent = current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001  # there is no other way to say so
        before = dict(parent)
        parent.pop("daemon", None)
        parent["authkey"] = self._config["authkey"] = AuthenticationString(before["authkey"])  # type: ignore[attr-defined]
        try:
            super().start()
        finally:
            parent.update(before)

    @staticmethod
    def _Popen(process: BaseProcess) -> Any:  # noqa: N802  # multiprocessing's hook
        # Else every child would first import the whole command line, or all of Airflow: seconds each.
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            return ForkServerProcess._Popen(process)  # noqa: SLF001  # there is no other hook
        finally:
            sys.modules["__main__"] = main


class _Context(ForkServerContext):
    Process = _Process

    def Pipe(self, duplex: bool = True) -> tuple[Connection, Connection]:  # noqa: N802, FBT001, FBT002  # as multiprocessing has it
        """One that takes a whole document: through a narrow one it would go in turns, 64 KiB each."""
        ends = super().Pipe(duplex)
        with suppress(AttributeError, OSError):  # only Linux lets them be set, and not without number
            fcntl.fcntl(ends[1], fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        return ends


class Sandbox:
    """A pool of killable children, used as a context manager. They start with the first item."""

    def __init__(self, *, workers: int, timeout_s: float, memory_bytes: int, preload: tuple[str, ...] = ()) -> None:
        """`preload` names modules that the fork server imports once, so that each child starts with them."""
        self._timeout_s = timeout_s
        self._workers = workers
        _SERVER.set_forkserver_preload(["ingest.sandbox", *preload])  # heard by a server that is yet to start
        self._pool = ProcessPool(
            max_workers=workers, max_tasks=TASKS_PER_CHILD, initializer=_begin, initargs=(memory_bytes,), context=_Context()
        )

    @classmethod
    def of(cls, settings: Settings, *preload: str) -> Self:
        """With the limits of the settings."""
        return cls(workers=settings.children, timeout_s=settings.parse_timeout_s, memory_bytes=settings.parse_memory_bytes, preload=preload)

    def map(self, function: Callable[[In], Out], items: Iterable[In | ItemError]) -> Iterator[Out | ItemError]:
        """`function` of each item, in order, with an error in the place of an item that failed or is an ItemError itself.

        `function` is a module-level function; every child loads its module, so it belongs into one of `preload`. An
        ItemError that it raises is handed on. A child that exceeds its time or memory, or dies, gives a SandboxError
        (TIMEOUT_PARSE, OUT_OF_MEMORY, CRASHED); any other exception one with reason INTERNAL. Raises BrokenProcessPool
        where children cannot be started at all.
        """
        waiting: deque[ProcessFuture[Out]] = deque()
        for item in items:
            waiting.append(self._schedule(function, item))
            if len(waiting) >= self._workers * _AHEAD:
                oldest = self._result(waiting.popleft())
                yield oldest
        while waiting:
            oldest = self._result(waiting.popleft())
            yield oldest

    def _schedule(self, function: Callable[[In], Out], item: In | ItemError) -> ProcessFuture[Out]:
        if isinstance(item, ItemError):
            failed: ProcessFuture[Out] = ProcessFuture()
            failed.set_exception(item)
            return failed
        try:
            return self._pool.schedule(_guarded, args=(function, item), timeout=self._timeout_s)
        except RuntimeError as error:  # how pebble says that the pool broke before
            raise BrokenProcessPool("children cannot be started") from error

    def _result(self, future: ProcessFuture[Out]) -> Out | ItemError:
        # Not `result()` alone: pebble forgets an item that comes in while the pool breaks, and its future never ends.
        while not wait((future,), timeout=_ALIVE_S).done:
            if not self._pool.active and not wait((future,), timeout=_ALIVE_S).done:
                raise BrokenProcessPool("children cannot be started")
        try:
            return future.result()
        except ItemError as error:
            return error
        except FutureTimeout:
            return SandboxError(f"stopped after {self._timeout_s:g} s", reason=Reason.TIMEOUT_PARSE)
        except MemoryError:
            return SandboxError("ran out of its memory limit", reason=Reason.OUT_OF_MEMORY)
        except ProcessExpired as error:
            code = error.exitcode or 0
            return SandboxError(f"signal:{-code}" if code < 0 else f"exit:{code}", reason=Reason.CRASHED)
        except BrokenProcessPool:
            raise  # children cannot be started at all: no item is to blame, the batch is tried again
        except Exception as error:  # noqa: BLE001  # a result that cannot be sent
            return SandboxError(f"{type(error).__name__}: {str(error)[:200]}", reason=Reason.INTERNAL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Nothing of ours is lost by stopping children at once: what they were given is still in the batch.
        if kind:
            self._pool.stop()  # type: ignore[no-untyped-call]  # pebble types a part of itself
        else:
            self._pool.close()  # type: ignore[no-untyped-call]
        self._pool.join()


def _guarded(function: Callable[[In], Out], item: In) -> Out:
    """In each child: let only errors out that the parent can rebuild. One that cannot be unpickled breaks pebble's pool for good."""
    try:
        return function(item)
    except (ItemError, MemoryError):
        raise
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001  # the boundary: whatever is raised becomes an outcome
        # The last two would be raised again in the parent, past `except Exception`, and end it.
        raise SandboxError(f"{type(error).__name__}: {str(error)[:200]}", reason=Reason.INTERNAL) from None


def _begin(memory_bytes: int) -> None:
    """In each child, first of all: cap the address space; no core files of foreign bytes; spare it page faults."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.freeze()  # else each full collection writes to, and hence copies, all pages that are shared with the fork server
    # By itself glibc gives the memory of one document back before it asks for that of the next, page by page.
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # other C libraries have none
        mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _SPARE_BYTES)
