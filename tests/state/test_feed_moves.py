"""Feeds that move, merge, retire, and their history in the ledger."""

from __future__ import annotations

from pathlib import Path

import alembic.command
import msgspec
import pytest
from alembic.config import Config
from sqlalchemy import select, text

import ingest.state
from ingest.errors import LeaseLost
from ingest.state.database import Database
from ingest.state.feed_moves import HISTORY_KEPT
from ingest.state.ledger import Ledger
from ingest.state.tables import sightings
from tests.state.acts import FEED, entry, polled

NEW = "https://new.example/feed.xml"


def events(ledger: Ledger, url: str) -> list[str]:
    feed = ledger.feeds.get(url)
    assert feed is not None
    return [event.event for event in ledger.feeds.moves.history(feed.id)]


def test_a_moved_feed_answers_to_both_addresses(ledger: Ledger) -> None:
    feed = polled(ledger)
    assert ledger.feeds.moves.move(feed, NEW, why="because") is None
    moved, created = ledger.feeds.add(FEED)

    assert (moved.id, moved.url, created) == (feed.id, NEW, False)
    assert ledger.feeds.moves.aliases(feed.id) == [FEED]
    assert events(ledger, FEED) == events(ledger, NEW) == ["added", "moved"]
    assert ledger.feeds.remove(FEED)


def test_a_feed_that_moves_back_has_one_alias(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.moves.move(feed, NEW, why="because")
    (there,) = ledger.feeds.all()
    ledger.feeds.moves.move(there, FEED, why="because")

    assert ledger.feeds.moves.aliases(feed.id) == [NEW]
    assert [f.url for f in ledger.feeds.all()] == [FEED]


def test_two_feeds_at_one_address_become_one_with_all_they_know(ledger: Ledger) -> None:
    ledger.feeds.add(NEW, tags=("b",), title="New")
    ledger.feeds.add(FEED, tags=("a", "b"), folder="Papers")
    claimed = {f.url: f for f in ledger.feeds.claim_due(owner="t", lease_s=60, limit=10)}
    ledger.feeds.store_entries(claimed[FEED], [entry(1), entry(2)])
    ledger.feeds.store_entries(claimed[NEW], [entry(2), entry(3)])
    other = ledger.feeds.moves.move(claimed[FEED], NEW, why="because")

    assert other is not None
    (one,) = ledger.feeds.all()
    assert (one.url, one.title, one.folder, one.tags) == (NEW, "New", "Papers", ("b", "a"))
    with ledger.database.read() as c:
        assert sorted(map(tuple, c.execute(select(sightings.c.entry_key, sightings.c.feed_id)))) == [(f"u:{n}", one.id) for n in (1, 2, 3)]
    assert sorted(events(ledger, FEED)) == ["added", "added", "merged"]
    with pytest.raises(LeaseLost):
        ledger.feeds.finish_poll(claimed[FEED], in_s=1, poll_reason="")


def test_credentials_are_not_taken_to_another_site(ledger: Ledger) -> None:
    ledger.feeds.add(FEED.replace("//", "//bob:s3cret@"))
    feed = polled(ledger)
    ledger.feeds.moves.move(feed, NEW, why="because")
    assert [f.url for f in ledger.feeds.all()] == [FEED]

    ledger.feeds.moves.move(feed, FEED + "2", why="because")
    assert [f.url for f in ledger.feeds.all()] == [FEED + "2"]
    assert ledger.feeds.secret(feed.id) == "bob:s3cret"


def test_who_lost_the_lease_moves_nothing(ledger: Ledger) -> None:
    feed = polled(ledger, lease_s=0)
    polled(ledger)

    with pytest.raises(LeaseLost):
        ledger.feeds.moves.move(feed, NEW, why="because")


def test_a_retired_feed_rests_until_it_is_added_again(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.finish_poll(feed, in_s=0, poll_reason="gone", error="http_gone 410", events=[("retired", "gone")], retire=True)
    assert ledger.feeds.claim_due(owner="t", lease_s=60, limit=1) == []
    assert ledger.feeds.next_due_in_s() is None

    _, created = ledger.feeds.add(FEED)
    assert not created
    assert len(ledger.feeds.claim_due(owner="t", lease_s=60, limit=1)) == 1
    assert events(ledger, FEED) == ["added", "retired", "resumed"]


def test_a_long_history_keeps_its_end(ledger: Ledger) -> None:
    for n in range(HISTORY_KEPT + 20):
        ledger.feeds.finish_poll(polled(ledger), in_s=0, poll_reason="", events=[("failing", str(n))])

    feed = ledger.feeds.get(FEED)
    assert feed is not None
    history = ledger.feeds.moves.history(feed.id)
    assert (len(history), history[-1].detail) == (HISTORY_KEPT, str(HISTORY_KEPT + 19))


def test_what_is_remembered_comes_back(ledger: Ledger) -> None:
    ledger.feeds.finish_poll(polled(ledger), in_s=0, poll_reason="", memory=b'{"polls":3}')

    assert polled(ledger).memory == b'{"polls":3}'


def test_other_guids_of_known_entries_are_noticed(ledger: Ledger) -> None:
    """Rule F1."""
    feed = polled(ledger)
    seen = [[msgspec.structs.replace(entry(n), guid=f"{poll}-{n}") for n in range(10)] for poll in range(2)]

    assert [ledger.feeds.store_entries(feed, items).guids_changed for items in (seen[0], seen[0], seen[1])] == [False, False, True]


def test_a_database_of_before_keeps_its_feeds(ledger_url: str) -> None:
    database = Database(ledger_url)
    config = Config()
    config.set_main_option("script_location", str(Path(ingest.state.__file__).parent / "migrations"))
    row = {
        "url": FEED, "title": "T", "folder": "", "tags": "[]", "enabled": True, "shard_key": 1, "added_at": 1, "interval_s": 0.0,
        "next_poll_at": 1, "poll_reason": "new", "errors": 0, "last_error": "", "lease_token": 0, "lease_expires_at": 0,
    }  # fmt: skip
    if database.dialect == "sqlite":
        Path(database.engine.url.database or "").touch()
    with database.engine.connect().execution_options(newsflow_write=True) as c:
        config.attributes["connection"] = c
        alembic.command.upgrade(config, "0003")
        c.execute(text(f"INSERT INTO feeds ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"), row)
        c.commit()
    database.close()
    with Ledger.open(ledger_url) as ledger:
        (kept,) = ledger.feeds.all()
        assert (kept.url, kept.title, kept.memory) == (FEED, "T", None)
        assert ledger.feeds.moves.history(kept.id) == []
        assert polled(ledger).id == kept.id


def test_of_entries_that_are_mostly_unchanged_other_guids_say_nothing(ledger: Ledger) -> None:
    feed = polled(ledger)
    seen = [[msgspec.structs.replace(entry(n), guid=f"{poll if n < 2 else 0}-{n}") for n in range(10)] for poll in range(2)]
    ledger.feeds.store_entries(feed, seen[0])

    assert not ledger.feeds.store_entries(feed, seen[1], unchanged={e.key for e in seen[1][2:]}).guids_changed
