"""A worker on a machine that has a fault: forked, so that the fault is its own, and all code is loaded already.

The faults are put around the real functions from outside: the product has no switch for them.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import multiprocessing
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ingest.errors import NewsError
from ingest.pipeline import close_replay, deliver, enrich, extract, fetch, index, match  # noqa: F401  # loaded before a fault is there
from ingest.pipeline.context import open_context
from ingest.pipeline.run import PassCounts, run_once
from ingest.settings import Settings

FORK = multiprocessing.get_context("fork")
_CLONE_NEWNS = 0x20000
PATIENCE_S = 120

Fault = Callable[[], object]
Answer = tuple[str, str, list[str]]  # name and text of the error, or what was polled; the files in the folder that was asked for


def run_with(settings: Settings, fault: Fault, folder: Path | None = None) -> Answer:
    """`newsflow run` under a fault: ("", "POLLED NEW", files) or (error's name, its message, files); `files` are those in `folder`."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=_work, args=(settings, fault, folder, theirs))
    process.start()
    if not ours.poll(PATIENCE_S):
        process.kill()
    answer: Answer = ours.recv()
    process.join(PATIENCE_S)
    return answer


def _work(settings: Settings, fault: Fault, folder: Path | None, pipe: Connection) -> None:
    fault()
    counts: PassCounts | None = None
    kind, text = "", ""
    try:
        with open_context(settings) as ctx:
            counts = run_once(ctx)
            text = f"{counts.polls.polled} {counts.polls.new_urls}"
    except Exception as error:  # noqa: BLE001  # the test judges it
        kind, text = type(error).__name__ if isinstance(error, NewsError) else f"untyped {type(error).__name__}", str(error)
    pipe.send((kind, text, [str(p) for p in sorted(folder.rglob("*")) if p.is_file()] if folder else []))


def clock_off_by(skew_s: float) -> Fault:
    """All modules of ours that read the time of day read this one."""

    def fault() -> None:
        skew, read = dt.timedelta(seconds=skew_s), time.time

        class Skewed(dt.datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return dt.datetime.now(tz) + skew

        time.time = lambda: read() + skew_s
        for module in list(sys.modules.values()):
            source = Path(getattr(module, "__file__", None) or "none")
            ours = module.__name__.startswith("ingest.") and getattr(module, "datetime", None) is dt.datetime
            if ours and "datetime.now(" in source.read_text():
                module.datetime = Skewed  # type: ignore[attr-defined]

    return fault


def files_up_to(size: int) -> Fault:
    """No file may grow beyond `size` bytes: as a full disk, for whoever may not mount one."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def descriptors(number: int) -> Fault:
    """No more than `number` files and sockets beside those that are open."""

    def fault() -> None:
        limit = max(int(each.name) for each in Path("/proc/self/fd").iterdir()) + 1 + number
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    return fault


def disk_of(folder: Path, options: str) -> Fault:
    """`folder` is a disk of its own for this process, with options of `mount`. Raises OSError where the system lets us mount nothing."""

    def fault() -> None:
        if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNS):
            raise OSError(ctypes.get_errno(), "unshare")
        for command in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]):
            subprocess.run(command, check=True, capture_output=True)

    return fault
