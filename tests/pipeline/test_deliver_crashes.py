"""Delivery that is killed anywhere and started again: each alert arrives, none is written twice, at most one is sent twice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from ingest.alerts.channel import shown
from ingest.pipeline.context import open_context
from ingest.settings import load
from ingest.state.ledger import Ledger
from tests import nursery
from tests.alerts.receivers import Hook, hook
from tests.pipeline.crash_deliver import POINTS, WHERE_IT_FAILS, deliver_all
from tests.postgres import postgres_database
from tests.state.acts import firing

pytestmark = pytest.mark.slow

EXPECTED = {("one", f"Title {letter}") for letter in "abc"} | {("two", "Title a")}


@pytest.fixture
def receiver() -> Iterator[tuple[Hook, str]]:
    with hook() as opened:
        yield opened


def prepare(database: str, url: str, home: Path) -> dict[str, str]:
    """Four events that wait, and the environment of a worker."""
    with Ledger.open(database) as ledger:
        channel = ledger.channels.add(url, shown=shown(url))
        one, two = ledger.alerts.add_rule("one", "x", [channel]), ledger.alerts.add_rule("two", "x", [channel])
        ledger.alerts.record([*(firing(one, letter) for letter in "abc"), firing(two, "a"), firing(two, "b", story="a" * 64)])
    own = {k: v for k, v in os.environ.items() if not k.startswith("NEWSFLOW_")}
    return own | {"NEWSFLOW_HOME": str(home), "NEWSFLOW_DATABASE_URL": database, "NEWSFLOW_LEASE_S": "1.5"}


def told(received: Hook) -> list[tuple[str, str]]:
    return sorted((p["stories"][0]["rule"], p["stories"][0]["title"]) for p in received.payloads)


@pytest.mark.parametrize("point", POINTS)
def test_killed_and_started_again(point: str, receiver: tuple[Hook, str], tmp_path: Path) -> None:
    received, url = receiver
    database = f"sqlite:///{tmp_path}/newsflow.db"
    env = prepare(database, url, tmp_path)

    killed = nursery.run("tests.pipeline.crash_deliver", point, env=env)
    assert killed.returncode == 9, f"the point was never reached: {killed.stderr}"
    with open_context(load(home=tmp_path, lease_s=1.5)) as ctx:
        deliver_all(ctx)

    assert set(told(received)) == EXPECTED
    assert len(set(received.keys)) == len(EXPECTED)
    assert len(received.keys) - len(EXPECTED) == ("after one was sent" in point or "before the last is noted" in point)
    with Ledger.open(database) as ledger:
        counts = ledger.outbox.counts()
        assert (counts.held, counts.waiting, counts.sent, counts.dead) == (0, 0, 4, 0)
        assert len(ledger.alerts.events(100)) == 4


@pytest.mark.parametrize("point", WHERE_IT_FAILS)
def test_killed_as_a_channel_fails_and_started_again(point: str, receiver: tuple[Hook, str], tmp_path: Path) -> None:
    received, url = receiver
    database = f"sqlite:///{tmp_path}/newsflow.db"
    env = prepare(database, url, tmp_path)
    received.status = 503

    killed = nursery.run("tests.pipeline.crash_deliver", point, env=env)
    assert killed.returncode == 9, f"the point was never reached: {killed.stderr}"
    received.status = 204
    refused = received.requests.pop()
    assert not received.requests
    with open_context(load(home=tmp_path, lease_s=1.5)) as ctx:
        with ctx.ledger.database.write() as c:  # the channel has rested
            c.exec_driver_sql("UPDATE alert_channels SET blocked_until = 0")
            c.exec_driver_sql("UPDATE alert_messages SET next_attempt_at = 0")
        deliver_all(ctx)

    assert told(received) == sorted(EXPECTED), "each once"
    assert refused[0]["webhook-id"] in received.keys
    with Ledger.open(database) as ledger:
        counts = ledger.outbox.counts()
        assert (counts.held, counts.waiting, counts.sent, counts.dead) == (0, 0, 4, 0)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_several_workers_at_once(kind: str, receiver: tuple[Hook, str], tmp_path: Path) -> None:
    received, url = receiver
    with postgres_database() if kind == "postgresql" else nullcontext(f"sqlite:///{tmp_path}/newsflow.db") as database:
        env = prepare(database, url, tmp_path) | {"NEWSFLOW_LEASE_S": "60"}
        workers = [nursery.start("tests.pipeline.crash_deliver", env=env) for _ in range(3)]
        for worker in workers:
            ended = worker.finish()
            assert ended.returncode == 0, ended.stderr

    assert told(received) == sorted(EXPECTED), "each once"
