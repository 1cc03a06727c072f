"""Stage `match`, the last: the articles that were indexed against the saved rules; events go to the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ingest.alerts.arrival import arrival
from ingest.alerts.card import card_of
from ingest.log import logger
from ingest.model import Article, Match, Outcome, OutcomeKind, Rule
from ingest.pipeline.context import Context
from ingest.pipeline.enrich import enriched
from ingest.pipeline.journal import tell_alerts
from ingest.state.alerts import Firing
from ingest.state.ledger import BatchRef


def match(ctx: Context, ref: BatchRef) -> int:
    """Record an event for every rule and story of the batch, once, and finish the batch, in one transaction; how many are new.

    Run again it records nothing new. Raises LeaseLost, EngineUnavailable, EngineRefused, StorageError.
    """
    ctx.ledger.batches.renew(ref, ctx.settings.lease_s)
    indexed = {o.url_id for o in ctx.folder(ref).read("indexed", Outcome) if o.kind is OutcomeKind.INDEXED}
    articles = [a for a in enriched(ctx, ref) if a.url_id in indexed]
    rules = ctx.ledger.alerts.rules()
    matches: list[Match] = []
    if articles and rules:
        with ctx.engine() as engine:
            matches = engine.match(articles, rules)
    now = datetime.now(UTC)
    fired = firings(matches, articles, rules, now)
    recorded: list[int] = []
    ctx.ledger.batches.finish(ref, also=lambda c: recorded.append(ctx.ledger.alerts.record_in(c, fired)))
    logger().info("matched", batch=ref.id, rules=len(rules), articles=len(articles), matches=len(matches), new=sum(recorded))
    tell_alerts(ctx, fired, articles, rules, now)
    ctx.progress("match", len(articles), len(articles))
    return sum(recorded)


def firings(matches: Sequence[Match], articles: Sequence[Article], rules: Sequence[Rule], now: datetime) -> list[Firing]:
    """Matches as the ledger records them."""
    by_id, rule_of = {a.id: a for a in articles}, {r.id: r for r in rules}
    cards = {i: card_of(by_id[i]) for i in {m.article_id for m in matches}}
    fired = []
    for found in matches:
        article = by_id[found.article_id]
        how = arrival(rule_of[found.rule_id], article, now)
        fired.append(
            Firing(
                rule_id=found.rule_id,
                article_id=article.id,
                story_key=how.story_key,
                card=cards[article.id],
                late=how.late,
                too_old=how.too_old,
            )
        )
    return fired
