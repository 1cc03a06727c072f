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
