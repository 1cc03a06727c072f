"""The full stack without Docker: the services of the compose file as processes, from an empty machine to articles in Elasticsearch.

TEST_CELERY=1 goes on with the profile celery and more feeds, which takes about as long again.
"""

from __future__ import annotations

import base64
import json
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import msgspec
import psycopg
import pytest

from ingest.demo.site import SampleSite
from ingest.resources import bundled
from ingest.state.ledger import Ledger
from tests.conftest import _absent
from tests.deploy.stack import Stack, missing
from tests.engines.maven import Absent, libraries
from tests.engines.servers import folder

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.engines]

CRAWL_S = 240.0  # on a machine busy with other work
AIRFLOW = ("api-server", "scheduler", "dag-processor", "triggerer")
FIRST, SECOND = slice(0, 3), slice(3, 5)  # of the sample site's feeds


@pytest.fixture
def site() -> Iterator[SampleSite]:
    with SampleSite(bundled("examples") / "site", epoch=datetime.now(UTC)) as running:
        yield running


@pytest.fixture
def stack(site: SampleSite) -> Iterator[Stack]:
    if reason := missing():
        pytest.skip(f"the stack cannot run here: {reason}")
    try:
        libraries()
    except Absent as error:
        _absent(error)
    dotenv = {"NEWSFLOW_CONNECT_TO": site.connect_to, "NEWSFLOW_POLL_INTERVAL_S": "2", "NEWSFLOW_POLL_WAIT_S": "4"}
    with folder() as place, Stack(place, environment=dotenv) as running:
        yield running


def ask(url: str, path: str) -> tuple[int, dict[str, object]]:
    """GET with the name and password of `url`."""
    parts = urlsplit(url)
    word = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
    origin = urlunsplit((parts.scheme, f"{parts.hostname}:{parts.port}", path, "", ""))
    request = urllib.request.Request(origin, headers={"authorization": f"Basic {word}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_until(true: Callable[[], bool], what: str, stack: Stack) -> None:
    deadline = time.monotonic() + CRAWL_S
    while not true():
        assert time.monotonic() < deadline, f"{what}:\n{stack.log('scheduler')[-3000:]}"
        time.sleep(1)


def test_from_an_empty_machine_to_articles_in_elasticsearch(stack: Stack, site: SampleSite) -> None:
    stack.start(*AIRFLOW)
    ingester = stack.secret("newsflow/newsflow_search_url")

    with Ledger.open(stack.secret("newsflow/newsflow_database_url")) as ledger:
        first = crawl(stack, ledger, site.feed_urls[FIRST])
        assert first >= 5
        # The ingester's own user finds what the ledger says is indexed, as soon as Elasticsearch refreshes.
        wait_until(lambda: found(ingester) == first, "not found", stack)
        for name in AIRFLOW:
            assert stack.healthy(name), name
        assert "ingest.airflow_executor.WarmLocalExecutor" in stack.secret("airflow/airflow.cfg")
        assert by_celery(stack) == 0

        # As `docker compose --profile celery up` changes it: the scheduler runs nothing any more, a worker does.
        if os.environ.get("TEST_CELERY"):
            stack.stop("scheduler")
            stack.start("celery", "worker", "scheduler")
            both = crawl(stack, ledger, site.feed_urls[SECOND])
            assert both > first
            wait_until(lambda: found(ingester) == both, "not found", stack)
            assert by_celery(stack) >= 5, "plan, and fetch to index of one batch"
        no_secret_is_left_lying(stack)

    assert ask(ingester, "/_cluster/settings")[0] == 403, "the ingester may do its work and nothing else"
    assert "create" not in stack.run("setup"), "run again, setup finds nothing to do"


def crawl(stack: Stack, ledger: Ledger, feeds: list[str]) -> int:
    """Add feeds as an operator does, and wait until all that they announce has ended; how many articles are indexed then."""
    before = ledger.counts.total()
    stack.run("cli", "newsflow", "feeds", "add", *feeds)
    wait_until(lambda: all(feed.last_polled_at for feed in ledger.feeds.all()) and ledger.counts.total() > before, "no poll", stack)
    wait_until(lambda: not ledger.counts.backlog().discovered and not ledger.counts.backlog().claimed, "the backlog stays", stack)
    return sum(number for (kind, _), number in ledger.counts.outcomes().items() if kind == "indexed")


def found(url: str) -> int:
    """Articles that the user of `url` finds."""
    status, answer = ask(url, "/news-articles/_count")
    assert status == 200, answer
    assert isinstance(answer["count"], int)
    return answer["count"]


def by_celery(stack: Stack) -> int:
    """How many tasks went through the broker: Airflow keeps Celery's id of them."""
    with metadata(stack) as connection:
        [row] = connection.execute("SELECT count(external_executor_id) FROM task_instance WHERE state = 'success'").fetchall()
    return int(row[0])


def metadata(stack: Stack) -> psycopg.Connection:
    """Airflow's own database."""
    secrets = msgspec.json.decode(stack.secret("setup/secrets.json"), type=dict[str, str])
    return psycopg.connect(
        host="127.0.0.1", port=stack.ports["postgres"], user="airflow", password=secrets["airflow_database"], dbname="airflow"
    )


def no_secret_is_left_lying(stack: Stack) -> None:
    """In no environment and no command line of our processes, no log, and no XCom."""
    secrets = msgspec.json.decode(stack.secret("setup/secrets.json"), type=dict[str, str])
    places: dict[str, str] = {}
    for name, pid in stack.pids():
        for part in ("environ", "cmdline"):
            try:
                places[f"{part} of {name} {pid}"] = Path(f"/proc/{pid}/{part}").read_text(errors="replace")
            except OSError:  # gone meanwhile
                continue
    for path in [*(stack.folder / "logs").glob("*.log"), *(stack.folder / "opt" / "airflow" / "logs").rglob("*.log")]:
        places[str(path)] = path.read_text(errors="replace")
    with metadata(stack) as connection:
        for task, value in connection.execute("SELECT task_id, value::text FROM xcom"):
            places[f"XCom of {task}"] = value
            assert len(value) <= 1024
    assert len(places) > 10
    for secret, value in secrets.items():
        assert not [place for place, text in places.items() if value in text], secret
