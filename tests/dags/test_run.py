"""The real DAGs in Airflow: from a feed to the index, nothing twice, nothing big in XCom."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from ingest.airflow_env import airflow_command, airflow_environment
from ingest.alerts.channel import shown
from ingest.model import Delivery, OutcomeKind
from tests.alerts.receivers import SECRET, hook
from tests.pipeline.world import FEED, context_of, environment, indexed, publish, rss, settings_of
from tests.postgres import postgres_database
from tests.site import Site

pytestmark = [pytest.mark.airflow, pytest.mark.slow]

XCOM_LIMIT = 1024  # bytes
TEMPLATE = "{{ 7*7 }}"
SECRET_TEMPLATE = "{{conn.x.password}}"  # blanks would be quoted


def airflow(home: Path, site: Site, monkeypatch: pytest.MonkeyPatch, *, limit_s: float = 300.0, **settings: str) -> Callable[..., str]:
    """Run `airflow …` against `home`, for `limit_s` at most; its output."""
    chosen = {"POLL_WAIT_S": "1", "LEASE_S": "60", "POLL_INTERVAL_S": "0.5"} | settings
    for name, value in environment(home, site, **chosen).items():
        monkeypatch.setenv(name, value)
    env = airflow_environment(settings_of(home, site))

    def run(*arguments: str) -> str:
        result = subprocess.run(airflow_command(*arguments), env=env, capture_output=True, text=True, timeout=limit_s, check=False)
        assert result.returncode == 0, result.stderr[-3000:]
        return result.stdout

    return run


def xcoms(home: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(home / "airflow" / "airflow.db") as connection:
        return connection.execute("SELECT task_id, value FROM xcom").fetchall()


def test_from_a_feed_to_the_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as site, hook() as (received, hook_url):
        publish(site)
        site.route("evil.example", "/feed.xml", rss([], host="evil.example").replace("The Paper", TEMPLATE))
        run = airflow(tmp_path, site, monkeypatch)
        with context_of(tmp_path, site) as ctx:
            ctx.ledger.feeds.add(FEED)
            evil = f"http://evil.example/feed.xml?x={SECRET_TEMPLATE}"
            ctx.ledger.feeds.add(evil, title=TEMPLATE)
            channel = ctx.ledger.channels.add(hook_url, shown=shown(hook_url))
            ctx.ledger.alerts.add_rule(TEMPLATE, "bridge", [channel], delivery=Delivery(max_age_s=None))
        run("db", "migrate")
        run("dags", "test", "crawl_feeds")
        run("dags", "test", "ingest_articles")

        with context_of(tmp_path, site) as ctx:
            outcomes = ctx.ledger.counts.outcomes()
            assert outcomes[OutcomeKind.INDEXED, None] == len(indexed(ctx)) == 6
            assert (TEMPLATE, evil) in {(feed.title, feed.url) for feed in ctx.ledger.feeds.all()}
            backlog = ctx.ledger.counts.backlog()
            assert (backlog.discovered, backlog.claimed, backlog.open_batches) == (0, 0, 0)

        run("dags", "test", "deliver_alerts")
        assert {p["rules"][0]["name"] for p in received.payloads} == {TEMPLATE}
        told = received.keys
        assert len(told) == len(set(told)) >= 1

        fetched = len(site.requests)
        run("dags", "test", "ingest_articles")
        assert len(site.requests) == fetched, "a second run found something to fetch"
        with context_of(tmp_path, site) as ctx:
            assert ctx.ledger.counts.outcomes() == outcomes

        run("dags", "test", "replay_archive")
        assert len(site.requests) == fetched, "a replay fetches nothing"
        with context_of(tmp_path, site) as ctx:
            assert ctx.ledger.counts.outcomes() == outcomes
            events = ctx.ledger.alerts.events(10)
            assert {e.told for e in events} == {("sent",)}
            assert len(events) == len(told)
        assert received.keys == told, "a replay tells nobody"
        run("dags", "test", "upkeep")

    for task, value in xcoms(tmp_path):
        text = value if isinstance(value, str) else json.dumps(value)
        assert len(text) <= XCOM_LIMIT, task
        assert SECRET not in text


@pytest.mark.postgres
def test_a_connection_names_the_state_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as site, postgres_database() as url:
        run = airflow(tmp_path, site, monkeypatch)
        given = make_url(url).set(password="s3cret-word")
        run("db", "migrate")
        run("connections", "add", "newsflow_database", "--conn-uri", given.render_as_string(hide_password=False))
        output = run("dags", "test", "upkeep")
        stored = [text for path in (tmp_path / "airflow").rglob("*.log") if "s3cret-word" in (text := path.read_text())]

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM feeds").fetchone() == (0,)
    assert not (tmp_path / "newsflow.db").exists(), "the Connection comes before the default"
    assert "s3cret-word" not in output
    assert stored == []
    assert not [task for task, value in xcoms(tmp_path) if "s3cret-word" in str(value)]
