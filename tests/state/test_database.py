"""The state database: which URLs are taken, how tables are made, what crosses a process and what does not."""

from __future__ import annotations

import multiprocessing
import re
import stat
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

import ingest.state
from ingest.errors import StateError
from ingest.model import Outcome, OutcomeKind
from ingest.state.database import HEAD, Database
from ingest.state.ledger import Ledger
from ingest.state.tables import metadata
from tests.state.acts import FEED, claim, entry, firing, id_of, polled

FORK = multiprocessing.get_context("fork")
PACKAGE = Path(ingest.state.__file__).parent


class TestUrls:
    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
    def test_every_spelling_of_postgresql_is_taken(self, scheme: str) -> None:
        database = Database(f"{scheme}://bob:s3cret@db.example/news?sslpassword=s3cret")

        assert database.engine.dialect.driver == "psycopg"
        assert database.shown == "postgresql+psycopg://bob:***@db.example/news"

    @pytest.mark.parametrize(
        ("url", "says"),
        [
            pytest.param("nonsense", "no database URL", id="no URL"),
            pytest.param("postgresql://bob:s3cret:5/x", "no database URL", id="a port that is none"),
            pytest.param("mysql://bob:s3cret@127.0.0.1/x", "mysql is not supported", id="another database"),
            pytest.param("sqlite://", "in memory", id="memory"),
            pytest.param("sqlite:///:memory:", "in memory", id="memory by name"),
            pytest.param("postgresql://bob:s3cret@127.0.0.1:1/x", "cannot be used", id="nobody listens"),
            pytest.param("postgresql://127.0.0.1:1/x?password=s3cret", "cannot be used", id="password as parameter"),
            pytest.param("sqlite:////dev/null/x.db", "cannot be opened", id="no folder"),
        ],
    )
    def test_what_cannot_be_used_is_one_sentence_without_a_password(self, url: str, says: str) -> None:
        with pytest.raises(StateError, match=says) as caught:
            Ledger.open(url)

        assert "s3cret" not in str(caught.value)
        assert "\n" not in str(caught.value)

    def test_a_file_that_is_no_database_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "x.db").write_bytes(b"This is no database." * 100)

        with pytest.raises(StateError, match="not a database"):
            Ledger.open(f"sqlite:///{tmp_path}/x.db")


class TestMigrations:
    def test_they_make_the_tables_that_the_code_uses(self, ledger: Ledger) -> None:
        with ledger.database.read() as connection:
            assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []

    def test_the_newest_is_the_one_that_the_code_asks_for(self) -> None:
        config = Config()
        config.set_main_option("script_location", str(PACKAGE / "migrations"))

        assert ScriptDirectory.from_config(config).get_current_head() == HEAD

    def test_several_processes_migrate_at_once(self, ledger_url: str) -> None:
        barrier = FORK.Barrier(6)
        workers = [FORK.Process(target=_open_at_once, args=(ledger_url, barrier)) for _ in range(6)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)

        assert [worker.exitcode for worker in workers] == [0] * 6

    def test_a_second_opening_changes_nothing(self, ledger: Ledger, ledger_url: str) -> None:
        ledger.feeds.add(FEED)
        with Ledger.open(ledger_url) as again:
            assert [feed.url for feed in again.feeds.all()] == [FEED]

    def test_a_database_of_a_newer_version_is_left_alone(self, ledger: Ledger, ledger_url: str) -> None:
        with ledger.database.write() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

        with pytest.raises(StateError, match="newer Newsflow"):
            Ledger.open(ledger_url)

    def test_ids_of_removed_feeds_are_not_given_again(self, ledger: Ledger) -> None:
        first, _ = ledger.feeds.add(FEED)
        ledger.feeds.remove(FEED)
        second, _ = ledger.feeds.add("https://other.example/feed")

        assert second.id > first.id

    def test_the_file_is_for_its_owner_only(self, tmp_path: Path) -> None:
        with Ledger.open(f"sqlite:///{tmp_path}/newsflow.db") as ledger:
            ledger.feeds.add(FEED)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("newsflow.db*") if path.suffix != ".lock"}

        assert modes == {0o600}

    def test_due_work_is_found_by_an_index(self, ledger: Ledger) -> None:
        with ledger.database.read() as connection:
            indexed = {tuple(index["column_names"]) for index in inspect(connection).get_indexes("urls")}

        assert {("stage", "next_attempt_at"), ("batch_id",), ("article_id",)} <= indexed


class TestProcesses:
    def test_a_fork_leaves_the_connections_to_its_parent(self, ledger: Ledger) -> None:
        ledger.feeds.add(FEED)
        child = FORK.Process(target=_add_fifty, args=(ledger,))
        child.start()
        for number in range(50):
            ledger.feeds.add(f"https://parent.example/{number}")
        child.join(60)

        assert child.exitcode == 0
        assert len(ledger.feeds.all()) == 101

    def test_no_clock_but_the_database_s_is_read(self) -> None:
        """Rule C3: a worker whose clock is wrong neither polls twice nor starves a feed."""
        clocks = re.compile(r"\.(now|utcnow|today)\(\s*(UTC|timezone)?|\btime\.(time|monotonic)|import time\b")
        ours = re.compile(r"self\._db\.now\(|def now\(")
        sources = [path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts]
        reads = [line for path in sources for line in path.read_text().splitlines() if clocks.search(line) and not ours.search(line)]

        assert len(sources) >= 8
        assert reads == []


@pytest.mark.parametrize("hostile", ["a\x00b", "a\ud800b"], ids=["NUL", "lone surrogate"])
def test_text_that_databases_refuse_is_stored_with_a_replacement(ledger: Ledger, hostile: str) -> None:
    ledger.feeds.add(FEED, title=hostile, folder=hostile)
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [entry(1)])
    ledger.feeds.finish_poll(feed, in_s=9, poll_reason=hostile, etag=hostile, last_modified=hostile, error=hostile)
    (ref,) = claim(ledger)
    ledger.batches.settle(ref, [Outcome(url_id=id_of(1), kind=OutcomeKind.DROPPED, detail=hostile)])
    rule = ledger.alerts.add_rule(hostile, hostile)
    ledger.alerts.record([firing(rule, "a")])

    record = ledger.urls.get(id_of(1))
    assert record is not None
    assert record.detail == "a\ufffdb"
    assert ledger.feeds.all()[0].last_error == "a\ufffdb"


def _open_at_once(url: str, barrier: object) -> None:
    assert hasattr(barrier, "wait")
    barrier.wait()
    with Ledger.open(url) as ledger:
        ledger.feeds.add(FEED)


def _add_fifty(ledger: Ledger) -> None:
    for number in range(50):
        ledger.feeds.add(f"https://child.example/{number}")
