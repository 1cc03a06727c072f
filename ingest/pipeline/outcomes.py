"""Write outcomes to the ledger and one log line for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ingest import urls
from ingest.log import logger
from ingest.model import Outcome
from ingest.pipeline.context import Context
from ingest.state.ledger import BatchRef


def settle(ctx: Context, ref: BatchRef, outcomes: Sequence[Outcome], url_of: Mapping[str, str]) -> None:
    """Idempotent: the same outcomes again change nothing. Raises LeaseLost."""
    ctx.ledger.batches.settle(ref, outcomes)
    log = logger()
    for outcome in outcomes:
        log.info(
            "outcome",
            batch=ref.id,
            url=urls.redact(url_of.get(outcome.url_id, "")),
            kind=str(outcome.kind or "retry"),
            reason=outcome.reason and str(outcome.reason),
            detail=outcome.detail or None,
        )
