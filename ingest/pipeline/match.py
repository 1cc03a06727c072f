"""Stage `match`, the last: the articles that were indexed against the saved rules; events go to the outbox."""

from __future__ import annotations

from ingest.log import logger
from ingest.model import Outcome, OutcomeKind
from ingest.pipeline.context import Context
from ingest.pipeline.enrich import enriched
from ingest.state.ledger import BatchRef


def match(ctx: Context, ref: BatchRef) -> None:
    """Record an event for every (rule, article) of the batch, once; then finish the batch.

    Run again it records nothing new. Raises LeaseLost, EngineUnavailable, EngineRefused, StorageError.
    """
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    indexed = {o.url_id for o in ctx.folder(ref).read("indexed", Outcome) if o.kind is OutcomeKind.INDEXED}
    articles = [a for a in enriched(ctx, ref) if a.url_id in indexed]
    rules = ctx.ledger.alerts.rules()
    if articles and rules:
        with ctx.engine() as engine:
            matches = engine.match(articles, rules)
        recorded = ctx.ledger.alerts.record(matches)
        logger().info("matched", batch=ref.id, rules=len(rules), articles=len(articles), matches=len(matches), new=recorded)
    ctx.progress("match", len(articles), len(articles))
    ctx.ledger.batches.finish(ref)
