"""A database of the first release, with rows in every table, comes to the present form with its rows as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Connection, MetaData, Table, select, text

import ingest.state
from ingest.state.database import HEAD, Database
from ingest.state.ledger import Ledger

FEED = "https://paper.example/feed.xml"
URL, ARTICLE = "a" * 64, "b" * 64

# By table, in the order of foreign keys: what release 0.1 wrote.
ROWS: dict[str, dict[str, Any]] = {
    "feeds": {
        "id": 7, "url": FEED, "title": "The Paper", "folder": "Papers", "tags": ["a"], "enabled": True, "shard_key": 1, "added_at": 1_000,
        "etag": '"1"', "last_modified": None, "body_hash": "c" * 64, "interval_s": 900.0, "next_poll_at": 2_000, "poll_reason": "new",
        "last_polled_at": 1_500, "last_new_at": None, "errors": 2, "last_error": "timeout", "lease_owner": None, "lease_token": 3, "lease_expires_at": 0,
    },
    "feed_secrets": {"feed_id": 7, "userinfo": "bob:secret"},
    "urls": {
        "id": URL, "url": "https://paper.example/1", "host": "paper.example", "first_seen_at": 1_000, "stage": "done", "attempts": 0,
        "next_attempt_at": 0, "revision": 1, "again": False, "batch_id": "x", "kind": "indexed", "reason": None, "article_id": ARTICLE,
        "duplicate_of": None, "detail": "", "done_at": 3_000,
    },
    "sightings": {
        "feed_id": 7, "entry_key": "u:1", "url_id": URL, "fingerprint": "f", "first_seen_at": 1_000, "last_seen_at": 2_000, "changes": 0,
        "entry": b'{"key":"u:1","fingerprint":"f"}',
    },
    "articles": {"article_id": ARTICLE, "url_id": URL, "claimed_at": 2_500},
    "batches": {
        "id": "x", "kind": "ingest", "state": "done", "size": 1, "created_at": 2_000, "finished_at": 3_000, "lease_owner": None, "lease_token": 1,
        "lease_expires_at": 0,
    },
    "alert_rules": {"id": 5, "name": "rates", "query": "Zinsen", "enabled": True, "channels": ["mail"], "created_at": 1_000},
    "alert_events": {"id": 9, "rule_id": 5, "story_key": ARTICLE, "article_id": ARTICLE, "created_at": 3_000, "state": "pending"},
}  # fmt: skip

# Columns that are gone: release 0.1 never sent anything to the channels that it kept with a rule.
GONE = {("alert_rules", "channels")}


def at_revision(connection: Connection, revision: str) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(ingest.state.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    alembic.command.upgrade(config, revision)


@pytest.fixture
def upgraded(ledger_url: str) -> Ledger:
    """The first release's database, filled, then opened by this one."""
    database = Database(ledger_url)
    with database.write() as c:
        at_revision(c, "0001")
        for name, row in ROWS.items():
            c.execute(Table(name, MetaData(), autoload_with=c).insert().values(row))
    database.close()
    return Ledger.open(ledger_url)


def test_every_row_is_there_with_the_values_it_had(upgraded: Ledger) -> None:
    with upgraded, upgraded.database.read() as c:
        assert c.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
        for name, row in ROWS.items():
            table = Table(name, MetaData(), autoload_with=c)
            kept = {column: value for column, value in row.items() if (name, column) not in GONE}
            found = c.execute(select(*(table.c[column] for column in kept))).mappings().all()
            assert [dict(f) for f in found] == [kept], name


def test_the_ledger_works_on_them(upgraded: Ledger) -> None:
    with upgraded as ledger:
        assert [(f.url, f.errors) for f in ledger.feeds.all()] == [(FEED, 2)]
        assert [r.name for r in ledger.alerts.rules()] == ["rates"]
        record = ledger.urls.find_article(ARTICLE[:12])
        assert record is not None
        assert record.sightings[0].feed_title == "The Paper"
        assert ledger.copies.stories([ARTICLE]) == {}, "an article of before the signatures is in no story yet"
        assert ledger.revisions.of(ARTICLE) == []
        assert ledger.counts.total() == 1
