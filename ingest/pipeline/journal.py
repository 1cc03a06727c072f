"""Tell the dashboards what a batch came to, where the engine is a server that has any."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from ingest import urls
from ingest.model import Article, Capture, Claim, DateSource, Outcome, OutcomeKind, Rule
from ingest.pipeline.context import Context, access
from ingest.pipeline.extract import Extracted
from ingest.pipeline.fates import after_failed_fetch, ends_at_fetch
from ingest.search.engine import SERVER_SCHEMES
from ingest.state.alerts import Firing
from ingest.state.ledger import BatchRef

FRESH = timedelta(days=1)  # an article fetched longer ago is a replay: its latency says nothing of the pipeline
Json = dict[str, Any]


def has_dashboards(ctx: Context) -> bool:
    """Whether there is anybody to tell."""
    return ctx.settings.engine.partition(":")[0] in SERVER_SCHEMES


def tell_outcomes(ctx: Context, ref: BatchRef, indexed: Sequence[Outcome], articles: Sequence[Article], now: datetime) -> None:
    """Every URL of the batch that has ended, in one request; called once all stages that can end one are through. Raises nothing."""
    if not has_dashboards(ctx):
        return
    from ingest.search.elastic.journal import Journal, Row  # noqa: PLC0415  # loads the client only where it is used

    folder = ctx.folder(ref)
    captures = list(folder.read("fetched", Capture)) if folder.has("fetched") else []
    lines = list(folder.read("extracted", Extracted)) if folder.has("extracted") else []
    rows = outcome_rows(
        {c.claim.url_id: c.claim for c in captures},
        {a.url_id: a for a in articles},
        [
            *(("fetch", after_failed_fetch(c, ctx.settings)) for c in captures if ends_at_fetch(c)),
            *(("extract", line.outcome) for line in lines if line.outcome is not None),
            *(("index", outcome) for outcome in indexed),
        ],
        now,
    )
    with Journal(ctx.settings.engine, access(ctx.settings)) as journal:
        journal.outcomes([Row(row["url_id"], seen, row | {"batch": ref.id}) for seen, row in rows])


def outcome_rows(
    claims: dict[str, Claim], articles: dict[str, Article], outcomes: Iterable[tuple[str, Outcome]], now: datetime
) -> Iterator[tuple[datetime, Json]]:
    """The fields of mappings/outcomes.json for each (stage, outcome) that is final, with the moment the URL was first seen."""
    for stage, outcome in outcomes:
        if outcome.kind is None:
            continue
        article, claim = articles.get(outcome.url_id), claims.get(outcome.url_id)
        seen = article.first_seen_at if article else claim.first_seen_at if claim else now
        row = {
            "url_id": outcome.url_id,
            "at": now,
            "kind": str(outcome.kind),
            "reason": outcome.reason and str(outcome.reason),
            "stage": stage,
            "article_id": outcome.article_id,
            "detail": outcome.detail or None,
            "first_seen_at": seen,
            "site": article.site if article else urls.site(claim.url) if claim else None,
            "feed_url": article.feed_url if article else urls.redact(claim.feed_url) if claim and claim.feed_url else None,
            "feed_title": (article.feed_title if article else claim.feed_title if claim else "") or None,
            "language": article.language if article else None,
            "published_at": article.published_at if article else None,
        }
        if article and outcome.kind is OutcomeKind.INDEXED and now - article.fetched_at < FRESH and not article.revision:
            row["seen_latency_s"] = (now - seen).total_seconds()
            if article.published_source is not DateSource.FETCHED:
                row["latency_s"] = (now - article.published_at).total_seconds()
        yield seen, {name: value for name, value in row.items() if value is not None}


def tell_alerts(ctx: Context, fired: Sequence[Firing], articles: Sequence[Article], rules: Sequence[Rule], now: datetime) -> None:
    """The alerts that a batch raised. Raises nothing."""
    if not has_dashboards(ctx) or not fired:
        return
    from ingest.search.elastic.journal import Journal, Row  # noqa: PLC0415  # loads the client only where it is used

    by_id, rule_of = {a.id: a for a in articles}, {r.id: r for r in rules}
    with Journal(ctx.settings.engine, access(ctx.settings)) as journal:
        journal.alerts(
            [
                Row(
                    f"{f.rule_id}-{_digest(f.story_key)}",
                    by_id[f.article_id].first_seen_at,
                    alert_row(f, by_id[f.article_id], rule_of[f.rule_id], now),
                )
                for f in fired
                if not f.too_old
            ]
        )


def _digest(story_key: str) -> str:
    return hashlib.sha256(story_key.encode()).hexdigest()[:32]


def alert_row(fired: Firing, article: Article, rule: Rule, now: datetime) -> Json:
    """The fields of mappings/alerts.json."""
    return {
        "at": now,
        "rule_id": rule.id,
        "rule": rule.name,
        "query": rule.query,
        "story": fired.story_key,
        "article_id": article.id,
        "title": article.title,
        "url": article.url,
        "site": article.site,
        "language": article.language,
        "published_at": article.published_at,
    }
