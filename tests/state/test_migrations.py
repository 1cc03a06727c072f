"""A database of before is brought to the present form with what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import create_engine, text

import ingest.state.migrate
from ingest.model import Card, Delivery
from ingest.state.database import Database
from ingest.state.ledger import Ledger
from tests.postgres import postgres_database

SCRIPTS = Path(ingest.state.migrate.__file__).with_name("migrations")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/newsflow.db"
        return
    with postgres_database() as url:
        yield url


def at_revision(url: str, revision: str, *statements: str) -> None:
    """Make a database as it was at `revision`, and fill it."""
    engine = create_engine(Database(url).engine.url)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, revision)
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_rules_and_events_of_before_alerts_were_delivered(database_url: str) -> None:
    at_revision(
        database_url,
        "0002",
        "INSERT INTO alert_rules (id, name, query, enabled, channels, created_at) VALUES (7, 'rates', 'Zinsen', true, '[]', 1000)",
        "INSERT INTO alert_events (id, rule_id, story_key, article_id, created_at, state) VALUES (3, 7, 'a', 'a', 2000, 'pending')",
    )

    with Ledger.open(database_url) as ledger:
        (rule,) = ledger.alerts.rules()
        (event,) = ledger.alerts.events(10)
        assert (rule.name, rule.query, rule.delivery, rule.flags, rule.channels) == ("rates", "Zinsen", Delivery(), (), ())
        assert (event.rule_name, event.card, event.late, event.told) == ("rates", Card(title="", url=""), False, ())
        assert ledger.outbox.compose(lambda _state, _now: [], window_s=3_600) == 0
        ledger.alerts.add_rule("more", "x", [ledger.channels.add("rss:/tmp/x.xml", shown="rss:/tmp/x.xml")])
        assert ledger.alerts.remove_rule("rates")
        assert ledger.alerts.events(10) == []


def test_articles_of_before_scores_have_none(database_url: str) -> None:
    at_revision(database_url, "0005", "INSERT INTO articles (article_id, url_id, claimed_at) VALUES ('a', 'u', 1000)")

    with Ledger.open(database_url) as ledger:
        assert ledger.health.site_scores(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)) == []
        with ledger.database.read() as c:
            assert c.execute(text("SELECT article_id, extraction_score FROM articles")).all() == [("a", None)]


def test_feeds_and_batches_of_before_politeness_was_shared(database_url: str) -> None:
    feed = "INSERT INTO feeds (url, title, folder, tags, enabled, shard_key, added_at, interval_s, next_poll_at, poll_reason, errors, last_error, lease_token, lease_expires_at)"
    batch = "INSERT INTO batches (id, kind, state, size, created_at, lease_token, lease_expires_at)"
    at_revision(
        database_url,
        "0006",
        f"{feed} VALUES ('https://a.example/f', '', '', '[]', true, 1, 1, 0, 1, 'new', 0, '', 3, 0)",
        f"{batch} VALUES ('b', 'ingest', 'open', 1, 1000, 7, 2000)",
    )

    with Ledger.open(database_url) as ledger:
        (feed_of_before,) = ledger.feeds.claim_due(owner="t", lease_s=60, limit=10)
        assert feed_of_before.token == 4
        assert [str(ref) for ref in ledger.batches.claim(owner="t", lease_s=60, size=10, limit=10)] == ["b:8"]
        assert ledger.hosts.robots("https://a.example/robots.txt", dict) is None


def test_urls_of_before_extractors_were_noted_have_none(database_url: str) -> None:
    at_revision(
        database_url,
        "0006",
        "INSERT INTO urls (id, url, host, first_seen_at, stage, attempts, next_attempt_at, revision, again, kind, detail, done_at)"
        " VALUES ('u', 'http://a.example/', 'a.example', 1000, 'done', 0, 1000, 0, false, 'indexed', '', 2000)",
    )

    with Ledger.open(database_url) as ledger:
        record = ledger.urls.get("u")
        assert record is not None
        assert (record.outcome, record.extractor) == ("indexed", None)
