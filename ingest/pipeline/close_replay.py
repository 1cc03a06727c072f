"""Stage `close_replay`, the last of a replayed batch: indexed as any other, then finished; nobody is alerted."""

from __future__ import annotations

from ingest.pipeline.context import Context
from ingest.pipeline.index import index
from ingest.state.ledger import BatchRef


def close_replay(ctx: Context, ref: BatchRef) -> None:
    """Run again it repeats the same writes. Raises what `index` raises."""
    index(ctx, ref)
    ctx.ledger.batches.finish(ref)
