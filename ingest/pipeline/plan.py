"""Claim the batches that the stages then work on."""

from __future__ import annotations

from ingest.pipeline.context import Context
from ingest.state.ledger import BatchRef


def plan(ctx: Context) -> list[BatchRef]:
    """Batches to work on now: those whose worker is gone, then new ones out of the backlog, oldest URLs first."""
    settings = ctx.settings
    return ctx.ledger.batches.claim(
        owner=ctx.owner,
        lease_s=settings.lease_s,
        size=settings.batch_size,
        limit=settings.batch_limit,
        open_limit=settings.batch_open,
        most_stopped=settings.batch_most_stopped,
    )
