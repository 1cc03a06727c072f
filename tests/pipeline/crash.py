"""`python -m tests.pipeline.crash POINT`: a run that ends itself with exit code 9 at a fault point; without one, to the end.

The points are put around the real functions from outside: the product has no switch for them.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest.pipeline.context import open_context
from ingest.pipeline.poison import Poison
from ingest.pipeline.run import run_once
from ingest.pipeline.spool import BatchFolder
from ingest.search.embedded.engine import EmbeddedEngine
from ingest.settings import load
from ingest.state.alerts import Alerts
from ingest.state.batches import Batches
from ingest.state.copies import Copies
from ingest.state.database import Database
from ingest.state.feeds import Feeds
from ingest.web.archive import WarcWriter

IDLE_LIMIT_S = 90.0  # a run must have come to rest by then, beside another one too


def before(owner: Any, name: str, *, nth: int = 1, when: Callable[..., bool] = lambda *_: True) -> None:
    """End the process as the nth call of `owner.name` begins."""
    _around(owner, name, nth, when, first=True)


def after(owner: Any, name: str, *, nth: int = 1, when: Callable[..., bool] = lambda *_: True) -> None:
    """End the process as the nth call of `owner.name` ends."""
    _around(owner, name, nth, when, first=False)


def _around(owner: Any, name: str, nth: int, when: Callable[..., bool], *, first: bool) -> None:
    real = getattr(owner, name)
    calls = 0

    def stop(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        here = when(*args)
        calls += here
        if first and here and calls == nth:
            os._exit(9)
        result = real(self, *args, **kwargs)
        if not first and here and calls == nth:
            os._exit(9)
        return result

    setattr(owner, name, stop)


def _file(name: str) -> Callable[..., bool]:
    return lambda *args: args[0] == name


POINTS: dict[str, Callable[[], None]] = {
    "before the entries are stored": lambda: before(Feeds, "store_shown"),
    "in the middle of storing entries": lambda: after(Database, "insert_new_of", nth=1),
    "after the entries, before the validators": lambda: before(Feeds, "finish_polls"),
    "after a batch was claimed": lambda: after(Batches, "claim"),
    "in the middle of fetching": lambda: after(WarcWriter, "write", nth=3),
    "after the fetch, before its file": lambda: before(BatchFolder, "write", when=_file("fetched")),
    "after the fetch file, before its outcomes": lambda: after(BatchFolder, "write", when=_file("fetched")),
    "while pages are extracted": lambda: after(Poison, "judge", nth=2),
    "after extraction, before its outcomes": lambda: after(BatchFolder, "write", when=_file("extracted")),
    "after the stories, before their file": lambda: after(Copies, "assign"),
    "after enrichment": lambda: after(BatchFolder, "write", when=_file("enriched")),
    "before the index is written": lambda: before(EmbeddedEngine, "index"),
    "after the index, before its outcomes": lambda: after(EmbeddedEngine, "index"),
    "after the outcomes of the index": lambda: after(Batches, "settle", nth=3),
    "before the batch is matched": lambda: before(EmbeddedEngine, "match"),
    "while the compiled rules are kept": lambda: before(Path, "replace", when=lambda target: target.suffix == ".compiled"),
    "after matching, before the alerts": lambda: before(Alerts, "record_in"),
    "after the alerts, before the batch is finished": lambda: after(Alerts, "record_in"),
    "after the batch is finished": lambda: after(Batches, "finish"),
}


def main(point: str | None) -> None:
    if point is not None:
        POINTS[point]()
    with open_context(load()) as ctx:
        end = time.monotonic() + IDLE_LIMIT_S
        while time.monotonic() < end:
            run_once(ctx)
            backlog = ctx.ledger.counts.backlog()
            if not (
                backlog.open_batches
                or backlog.discovered
                or backlog.claimed
                or any(f.last_polled_at is None for f in ctx.ledger.feeds.all())
            ):
                return
            time.sleep(0.2)  # until the lease of the run that died has run out
    sys.exit(f"no rest after {IDLE_LIMIT_S:g} s: {backlog}")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
