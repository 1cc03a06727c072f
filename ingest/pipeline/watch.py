"""Alerts on the pipeline itself, through the same channels as those on the news."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ingest.alerts import health
from ingest.alerts.health import Condition, Finding
from ingest.errors import EngineError
from ingest.model import Card, Rule
from ingest.pipeline.context import Context
from ingest.state.alerts import Firing

KIND = "pipeline"  # of a rule whose query names conditions
RECENT = timedelta(days=1)
FAST = (Condition.ENGINE, Condition.BACKLOG)  # looked at every minute; all others count over weeks, once an hour
SLOW = (Condition.SILENT, Condition.FLOODING, Condition.QUALITY)


def watch(ctx: Context, conditions: Sequence[Condition] = FAST, *, now: datetime | None = None) -> int:
    """Look at `conditions`, where a rule watches them, and put what is odd into the outbox, once; how much is new."""
    rules = ctx.ledger.alerts.rules(kind=KIND)
    watched = {c for rule in rules for c in health.conditions_of(rule.query)}
    now = now or datetime.now(UTC)
    found = [f for condition in conditions if condition in watched for f in _LOOKS[condition](ctx, now)]
    return ctx.ledger.alerts.record(list(_firings(found, rules, now))) if found else 0


def _firings(found: Sequence[Finding], rules: Sequence[Rule], now: datetime) -> Iterable[Firing]:
    for rule in rules:
        conditions = health.conditions_of(rule.query)
        for finding in found:
            if finding.condition in conditions:
                card = Card(title=finding.title, url="", site=finding.site, source="Newsflow", excerpt=finding.text, published_at=now)
                yield Firing(rule_id=rule.id, article_id="", story_key=finding.key[:80], card=card)


def _silent(ctx: Context, now: datetime) -> list[Finding]:
    return [f for f in _feeds(ctx, now) if f.condition is Condition.SILENT]


def _flooding(ctx: Context, now: datetime) -> list[Finding]:
    return [f for f in _feeds(ctx, now) if f.condition is Condition.FLOODING]


def _feeds(ctx: Context, now: datetime) -> list[Finding]:
    rows = ctx.ledger.health.feed_hours(now - health.HISTORY)
    return [f for r in rows for f in health.of_feed(health.Rhythm(r.feed_id, r.name, r.added_at, r.hours, r.error), now)]


def _quality(ctx: Context, now: datetime) -> list[Finding]:
    rows = ctx.ledger.health.site_pages(now - health.HISTORY, now - RECENT, health.WITHOUT_TEXT)
    pages = (health.Pages(r.host, r.recent, r.recent_empty, r.before, r.before_empty) for r in rows)
    worse = ctx.ledger.health.site_scores(now - health.HISTORY, now - RECENT)
    scores = (health.Scores(s.host, s.recent, s.recent_mean, s.before, s.before_mean) for s in worse)
    return [*(f for p in pages for f in health.of_site(p, now)), *(f for s in scores for f in health.of_scores(s, now))]


def _backlog(ctx: Context, now: datetime) -> list[Finding]:
    return health.of_backlog(*ctx.ledger.health.oldest_due(), now)


def _engine(ctx: Context, now: datetime) -> list[Finding]:
    error = ""
    try:
        with ctx.engine() as engine:
            engine.count()
    except EngineError as caught:
        error = str(caught)
    return health.of_engine(error, now)


_LOOKS: dict[Condition, Callable[[Context, datetime], list[Finding]]] = {
    Condition.SILENT: _silent,
    Condition.FLOODING: _flooding,
    Condition.QUALITY: _quality,
    Condition.BACKLOG: _backlog,
    Condition.ENGINE: _engine,
}
