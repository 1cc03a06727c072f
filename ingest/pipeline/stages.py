"""The stages by name, in their order. Each is the function of that name in the module of that name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import cast

from ingest.errors import EngineError, StateError, StorageError
from ingest.pipeline.context import Context
from ingest.state.ledger import BatchRef

Stage = Callable[[Context, BatchRef], None]

STAGES = ("fetch", "extract", "enrich", "index", "match")
REPLAY_STAGES = ("extract", "enrich", "close_replay")
REPLAY_AND_ALERT_STAGES = ("extract", "enrich", "index", "match")


def stage(name: str) -> Stage:
    """The stage `name`, loaded now: a task that runs one need not wait for what the others import."""
    return cast("Stage", getattr(import_module(f"ingest.pipeline.{name}"), name))


def run_batch(ctx: Context, ref: BatchRef, stages: Sequence[str] = STAGES) -> None:
    """All stages of one batch, in order."""
    with given_back(ctx, ref):
        for name in stages:
            stage(name)(ctx, ref)


@contextmanager
def given_back(ctx: Context, ref: BatchRef) -> Iterator[None]:
    """Where work ends for a reason that is not the batch's, such as a search server that is down, the lease ends: the next `plan` goes on.

    A worker that just vanishes, or ends with a fault, gives nothing back: too many of those, and the batch is to blame.
    """
    try:
        yield
    except BaseException as error:
        if _is_excuse(error):
            with suppress(StateError):
                ctx.ledger.batches.release(ref)
        raise


def _is_excuse(error: BaseException) -> bool:
    if isinstance(error, StorageError):  # a full disk is one, a file that is broken is none
        return isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, FileNotFoundError)
    return isinstance(error, EngineError | StateError | KeyboardInterrupt | SystemExit)
