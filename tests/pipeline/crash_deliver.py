"""`python -m tests.pipeline.crash_deliver POINT`: delivers, and ends itself with exit code 9 at a fault point; without one, to the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from ingest.pipeline import deliver as delivering
from ingest.pipeline.context import Context, open_context
from ingest.settings import load
from ingest.state.outbox import Outbox
from tests.pipeline.crash import IDLE_LIMIT_S, after, before

POINTS: dict[str, Callable[[], None]] = {
    "before the messages are written": lambda: before(Outbox, "compose"),
    "in the middle of writing them": lambda: after(Outbox, "_write", nth=2),
    "after they were written": lambda: after(Outbox, "compose"),
    "after they were claimed": lambda: after(Outbox, "claim"),
    "before one is sent": lambda: before(delivering, "send", nth=2),
    "after one was sent, before it is noted": lambda: after(delivering, "send", nth=2),
    "before the last is noted": lambda: before(Outbox, "sent", nth=4),
    "after one was noted": lambda: after(Outbox, "sent", nth=2),
}
WHERE_IT_FAILS: dict[str, Callable[[], None]] = {  # with a receiver that takes nothing
    "before the failure is noted": lambda: before(Outbox, "failed"),
    "before the others are let go": lambda: before(Outbox, "release"),
    "after the others were let go": lambda: after(Outbox, "release"),
}


def deliver_all(ctx: Context) -> None:
    """Deliver until nothing waits any more."""
    end = time.monotonic() + IDLE_LIMIT_S
    while time.monotonic() < end:
        delivering.deliver(ctx)
        counts = ctx.ledger.outbox.counts()
        if not (counts.held or counts.waiting):
            return
        time.sleep(0.1)  # until the lease of the one that died has run out
    sys.exit(f"no rest after {IDLE_LIMIT_S:g} s: {counts}")


def main(point: str | None) -> None:
    if point is not None:
        (POINTS | WHERE_IT_FAILS)[point]()
    with open_context(load()) as ctx:
        deliver_all(ctx)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else None)
