"""The stages, by name and in their order."""

from __future__ import annotations

from collections.abc import Callable

from ingest.pipeline.context import Context
from ingest.pipeline.enrich import enrich
from ingest.pipeline.extract import extract
from ingest.pipeline.fetch import fetch
from ingest.pipeline.index import index
from ingest.pipeline.match import match
from ingest.state.ledger import BatchRef

Stage = Callable[[Context, BatchRef], None]


def close_replay(ctx: Context, ref: BatchRef) -> None:
    """The last stage of a replayed batch: the same writes, then the batch is finished; nobody is alerted."""
    index(ctx, ref, last=True)


STAGES: dict[str, Stage] = {"fetch": fetch, "extract": extract, "enrich": enrich, "index": index, "match": match}
REPLAY_STAGES: dict[str, Stage] = {"extract": extract, "enrich": enrich, "close_replay": close_replay}


def run_batch(ctx: Context, ref: BatchRef, stages: dict[str, Stage] = STAGES) -> None:
    """All stages of one batch, in order."""
    for stage in stages.values():
        stage(ctx, ref)
