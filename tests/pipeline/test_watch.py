"""Newsflow tells when it is not well, by the same channels as the news."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.alerts.channel import shown
from ingest.errors import EngineError
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.deliver import deliver
from ingest.pipeline.run import run_once
from ingest.pipeline.upkeep import upkeep
from ingest.pipeline.watch import SLOW, watch
from ingest.settings import load
from ingest.state.ledger import Ledger
from tests.alerts.receivers import Hook, hook
from tests.postgres import postgres_database
from tests.state.acts import FEED, entry, polled

NOW = datetime.now(UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ctx(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    if request.param == "sqlite":
        with open_context(load(home=tmp_path)) as opened:
            yield opened
        return
    with postgres_database() as url, open_context(load(home=tmp_path, database_url=url)) as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[tuple[Hook, str]]:
    with hook() as opened:
        yield opened


def watching(ledger: Ledger, url: str, conditions: str) -> None:
    ledger.alerts.add_rule("ops", conditions, [ledger.channels.add(url, shown=shown(url))], kind="pipeline")


def test_an_engine_that_is_down_is_told_once(tmp_path: Path, receiver: tuple[Hook, str]) -> None:
    received, url = receiver
    with open_context(load(home=tmp_path, search_url="embedded:/dev/null/index")) as ctx:
        watching(ctx.ledger, url, "engine")
        ctx.ledger.feeds.add(FEED)
        store(ctx.ledger, 1)
        with pytest.raises(EngineError), ctx.engine():
            pass
        deliver(ctx)
        deliver(ctx)

    (payload,) = received.payloads
    assert payload["stories"][0]["title"] == "The search engine does not answer"
    assert "/dev/null" in payload["stories"][0]["excerpt"]


def test_sources_and_backlog(ctx: Context, receiver: tuple[Hook, str]) -> None:
    received, url = receiver
    watching(ctx.ledger, url, "silent, flooding, quality, backlog")
    ctx.ledger.feeds.add(FEED)
    store(ctx.ledger, 200)
    with ctx.ledger.database.write() as c:
        at = round(NOW.timestamp() * 1000)
        hour = 3_600_000
        c.exec_driver_sql(f"UPDATE feeds SET added_at = {at - 60 * 24 * hour}, title = 'The Paper'")
        # One entry every two hours, the last one four days ago; of the site's pages the last day's gave no text.
        keys = c.exec_driver_sql("SELECT entry_key, url_id FROM sightings ORDER BY entry_key").all()
        for number, row in enumerate(keys):
            seen = at - (96 + 2 * number) * hour
            c.exec_driver_sql(f"UPDATE sightings SET first_seen_at = {seen} WHERE entry_key = '{row.entry_key}'")
            kind, reason, done = ("dropped", "'no_text'", at - hour) if number < 20 else ("indexed", "NULL", at - 50 * hour)
            ends = f"stage = 'done', kind = '{kind}', reason = {reason}, done_at = {done}"
            waits = f"stage = 'discovered', next_attempt_at = {at - hour}"
            c.exec_driver_sql(f"UPDATE urls SET {waits if number == 199 else ends} WHERE id = '{row.url_id}'")

    assert upkeep(ctx).alerts == 2
    assert watch(ctx, SLOW) == 0, "told already"
    deliver(ctx)
    assert sorted(p["stories"][0]["title"].partition(",")[0] for p in received.payloads) == [
        "1 URLs wait",
        "The Paper has shown nothing new for 4 days",
        "paper.example: 100% of the pages of the last day gave no text",
    ]
    assert watch(ctx, SLOW, now=NOW + timedelta(hours=1)) == 0


def test_nothing_is_looked_at_where_no_rule_watches(ctx: Context) -> None:
    ctx.ledger.alerts.add_rule("engine", "engine OR backlog")

    assert watch(ctx) == 0
    assert run_once(ctx).alerts.written == 0
    assert ctx.ledger.alerts.rules(kind="pipeline") == []


def store(ledger: Ledger, entries: int) -> None:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [entry(n) for n in range(entries)])
