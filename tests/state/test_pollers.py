"""Many workers on one database: each due feed is polled once per window, and who lost its lease cannot write."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from multiprocessing.queues import Queue

import msgspec
import pytest
from sqlalchemy import insert

from ingest.errors import LeaseLost
from ingest.state.ledger import Ledger, PollEnd
from ingest.state.tables import feeds
from tests.postgres import postgres_database
from tests.state.acts import entry, polled

FORK = multiprocessing.get_context("fork")
WORKERS, FEEDS = 8, 5_000
AN_HOUR_S = 3_600.0


def _work(url: str, worker: int, told: Queue[list[int]]) -> None:
    """Poll what is due until nothing is."""
    done: list[int] = []
    with Ledger.open(url) as ledger:
        while claimed := ledger.feeds.claim_due(owner=str(worker), lease_s=60, limit=50):
            for feed in claimed:
                ledger.feeds.finish_poll(feed, in_s=AN_HOUR_S, poll_reason="test")
            done += [feed.id for feed in claimed]
    told.put(done)


@pytest.mark.postgres
def test_eight_workers_poll_each_of_5000_due_feeds_once() -> None:
    with postgres_database() as url:
        with Ledger.open(url) as ledger, ledger.database.write() as c:
            row = {
                "title": "", "folder": "", "tags": [], "enabled": True, "shard_key": 0, "added_at": 0, "interval_s": 0.0, "next_poll_at": 0,
                "poll_reason": "new", "errors": 0, "last_error": "", "lease_token": 0, "lease_expires_at": 0,
            }  # fmt: skip
            c.execute(insert(feeds), [row | {"url": f"https://f{n}.example/"} for n in range(FEEDS)])
        told: Queue[list[int]] = FORK.Queue()
        workers = [FORK.Process(target=_work, args=(url, n, told)) for n in range(WORKERS)]
        for worker in workers:
            worker.start()
        polls = Counter(feed for _ in workers for feed in told.get(timeout=120))
        for worker in workers:
            worker.join(60)

    assert [worker.exitcode for worker in workers] == [0] * WORKERS
    assert len(polls) == FEEDS
    assert set(polls.values()) == {1}


def test_a_worker_stopped_past_its_lease_and_resumed_cannot_write(ledger: Ledger) -> None:
    stopped = polled(ledger, lease_s=0)
    now_holds = polled(ledger)

    with pytest.raises(LeaseLost):
        ledger.feeds.store_entries(stopped, [entry(1)])
    with pytest.raises(LeaseLost):
        ledger.feeds.finish_poll(stopped, in_s=0, poll_reason="late", title="Late", retire=True, events=[("retired", "late")])
    with pytest.raises(LeaseLost):
        ledger.feeds.moves.move(stopped, "https://elsewhere.example/", why="late")
    (feed,) = ledger.feeds.all()
    assert msgspec.structs.replace(feed, next_poll_at=now_holds.next_poll_at) == now_holds, "nothing of it was written"
    assert ledger.counts.total() == 0
    ledger.feeds.finish_poll(now_holds, in_s=0, poll_reason="in time")


def test_of_polls_that_are_finished_together_only_those_of_lost_leases_are_refused(ledger: Ledger) -> None:
    for n in range(3):
        ledger.feeds.add(f"https://f{n}.example/")
    claimed = ledger.feeds.claim_due(owner="t", lease_s=0, limit=3)
    (taken,) = ledger.feeds.claim_due(owner="other", lease_s=60, limit=1)
    lost = ledger.feeds.finish_polls([PollEnd(feed=feed, in_s=60, poll_reason="together", etag=feed.url) for feed in claimed])

    assert [feed.id for feed in lost] == [taken.id]
    assert {feed.url: feed.etag for feed in ledger.feeds.all()} == {f.url: None if f.id == taken.id else f.url for f in claimed}
