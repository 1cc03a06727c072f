"""Several workers on one ledger, stopped and killed: rules C1, C2, C8 and F6."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import pytest
from sqlalchemy import event

from ingest.errors import LeaseLost
from ingest.model import Outcome, OutcomeKind
from ingest.state.ledger import BatchRef, Ledger
from tests.state.acts import FEED, assert_adds_up, claim, done, entry, polled

FORK = multiprocessing.get_context("fork")
WORKERS = 8
DEADLINE_S = 60
KILLED = 9


def run_workers(work: Callable[..., Any], url: str, workers: int = WORKERS) -> list[Any]:
    """What `work(ledger, number)` returned in each of several processes that began at the same moment."""
    barrier = FORK.Barrier(workers)
    pipes = [FORK.Pipe(duplex=False) for _ in range(workers)]
    processes = [FORK.Process(target=_worker, args=(work, url, n, barrier, send)) for n, (_, send) in enumerate(pipes)]
    for process in processes:
        process.start()
    end = time.monotonic() + DEADLINE_S
    results = [receive.recv() if receive.poll(max(0.0, end - time.monotonic())) else "no answer" for receive, _ in pipes]
    for process in processes:
        process.join(5)
    assert [process.exitcode for process in processes] == [0] * workers, results
    return results


def _worker(work: Callable[..., Any], url: str, number: int, barrier: Any, pipe: Connection) -> None:
    try:
        with Ledger.open(url) as ledger:
            barrier.wait(DEADLINE_S)
            answer = work(ledger, number)
    except BaseException as error:
        pipe.send(repr(error))
        raise
    pipe.send(answer)


def killed_in(work: Callable[[Ledger], object], url: str) -> int | None:
    """The exit code of a process that does `work`."""

    def target() -> None:
        with Ledger.open(url) as ledger:
            work(ledger)

    process = FORK.Process(target=target)
    process.start()
    process.join(60)
    return process.exitcode


@pytest.mark.slow
class TestTogether:
    def test_each_feed_is_polled_once_in_a_window(self, ledger: Ledger, ledger_url: str) -> None:
        for number in range(200):
            ledger.feeds.add(f"https://h{number}.example/feed")

        polls = run_workers(_poll_all, ledger_url)

        assert Counter(feed for part in polls for feed in part) == {feed.id: 1 for feed in ledger.feeds.all()}
        assert sum(bool(part) for part in polls) > 1, "the work was shared"
        assert {feed.token for feed in ledger.feeds.all()} == {1}

    def test_no_url_is_in_two_batches(self, ledger: Ledger, ledger_url: str) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(n) for n in range(500)])

        claimed = [url_id for part in run_workers(_claim_all, ledger_url) for url_id in part]

        assert len(claimed) == 500
        assert len(set(claimed)) == 500
        assert ledger.counts.backlog().claimed == 500

    def test_feeds_that_share_urls_do_not_get_in_each_others_way(self, ledger: Ledger, ledger_url: str) -> None:
        for number in range(WORKERS):
            ledger.feeds.add(f"https://h{number}.example/feed")

        found = run_workers(_store_and_settle, ledger_url)

        assert ledger.counts.total() == 60
        assert sum(found) == 60, "each URL was new to one feed only"
        assert_adds_up(ledger)


def _poll_all(ledger: Ledger, _number: int) -> list[int]:
    polls = []
    while feeds := ledger.feeds.claim_due(owner="w", lease_s=60, limit=7):
        for feed in feeds:
            polls.append(feed.id)
            ledger.feeds.store_entries(feed, [entry(feed.id)])
            ledger.feeds.finish_poll(feed, in_s=3600, poll_reason="hourly")
    return polls


def _claim_all(ledger: Ledger, _number: int) -> list[str]:
    found: list[str] = []
    while refs := claim(ledger, size=7, limit=3):
        found += [c.url_id for ref in refs for c in ledger.batches.claims(ref)]
    return found


def _store_and_settle(ledger: Ledger, number: int) -> int:
    (feed,) = ledger.feeds.claim_due(owner="w", lease_s=60, limit=1)
    new = 0
    for turn in range(12):
        urls = sorted(range(60), key=lambda n: (n * (number + 7)) % 61)  # each worker in an order of its own
        new += ledger.feeds.store_entries(feed, [entry(n, fingerprint=str(turn)) for n in urls]).new_urls
        for ref in claim(ledger, size=25, limit=2):
            ids = [c.url_id for c in ledger.batches.claims(ref)]
            ledger.batches.settle(ref, [Outcome(url_id=i, kind=OutcomeKind.INDEXED, article_id=i) for i in reversed(ids)])
            ledger.batches.own_articles(ref, [(i, i) for i in reversed(ids)])
            ledger.batches.finish(ref)
    return new


class TestStopped:
    def test_a_worker_stopped_past_its_lease_is_refused_when_it_goes_on(self, ledger: Ledger, ledger_url: str) -> None:
        feed = polled(ledger)
        ledger.feeds.store_entries(feed, [entry(1)])
        ledger.feeds.finish_poll(feed, in_s=0, poll_reason="")
        ours, theirs = FORK.Pipe()
        worker = FORK.Process(target=_slow_worker, args=(ledger_url, theirs))
        worker.start()
        assert ours.poll(60)
        old = BatchRef.parse(ours.recv())
        os.kill(worker.pid or 0, signal.SIGSTOP)

        time.sleep(1.1)
        (feed,) = ledger.feeds.claim_due(owner="b", lease_s=60, limit=1)
        (ref,) = claim(ledger)
        os.kill(worker.pid or 0, signal.SIGCONT)
        ours.send("go on")
        assert ours.poll(60)
        refused = ours.recv()
        worker.join(60)

        assert ref == BatchRef(old.id, old.token + 1)
        assert refused == ["store_entries", "finish_poll", "renew", "settle", "own_articles", "finish"]
        assert ledger.feeds.store_entries(feed, [entry(1)]).new_urls == 0
        assert [c.url_id for c in ledger.batches.claims(ref)] == [done(1).url_id]


def _slow_worker(url: str, pipe: Connection) -> None:
    with Ledger.open(url) as ledger:
        (feed,) = ledger.feeds.claim_due(owner="a", lease_s=1, limit=1)
        (ref,) = claim(ledger, lease_s=1)
        pipe.send(str(ref))
        pipe.recv()
        writes: dict[str, Callable[[], object]] = {
            "store_entries": lambda: ledger.feeds.store_entries(feed, [entry(2)]),
            "finish_poll": lambda: ledger.feeds.finish_poll(feed, in_s=0, poll_reason=""),
            "renew": lambda: ledger.batches.renew(ref, 60),
            "settle": lambda: ledger.batches.settle(ref, [done(1)]),
            "own_articles": lambda: ledger.batches.own_articles(ref, [("a" * 64, done(1).url_id)]),
            "finish": lambda: ledger.batches.finish(ref),
        }
        refused = []
        for name, write in writes.items():
            try:
                write()
            except LeaseLost:
                refused.append(name)
        pipe.send(refused)


class TestKilled:
    def test_after_storing_and_before_the_validators_the_next_poll_finds_nothing_new(self, ledger: Ledger, ledger_url: str) -> None:
        ledger.feeds.finish_poll(polled(ledger), in_s=0, poll_reason="", etag="one", body_hash="1" * 64)

        def poll(other: Ledger) -> None:
            other.feeds.store_entries(polled(other, lease_s=0), [entry(1), entry(2)])
            os._exit(KILLED)

        assert killed_in(poll, ledger_url) == KILLED
        feed = polled(ledger)
        assert (feed.etag, feed.body_hash) == ("one", "1" * 64), "so that the server sends the document again"
        assert ledger.feeds.store_entries(feed, [entry(1), entry(2)]).new_urls == 0
        ledger.feeds.finish_poll(feed, in_s=60, poll_reason="", etag="two")
        assert ledger.counts.total() == 2

    def test_within_a_write_at_any_statement_nothing_of_it_is_there(self, ledger: Ledger, ledger_url: str) -> None:
        ledger.feeds.add(FEED)
        number = 0
        exits: list[int | None] = []
        while not exits or exits[-1] == KILLED:
            number += 1

            def store(other: Ledger, number: int = number) -> None:
                feed = polled(other, lease_s=0)
                _die_at_statement(other, number)
                other.feeds.store_entries(feed, [entry(n) for n in range(10)])

            exits.append(killed_in(store, ledger_url))
            if exits[-1] == KILLED:
                assert ledger.counts.total() == 0

        assert exits[-1] == 0
        assert len(exits) > 4
        assert ledger.counts.total() == 10

    def test_within_a_settlement_it_is_done_again_as_a_whole(self, ledger: Ledger, ledger_url: str) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
        outcomes = [done(1), Outcome(url_id=done(2).url_id, kind=None)]

        def settle(other: Ledger) -> None:
            (ref,) = claim(other, lease_s=0)
            _die_at_statement(other, 5)
            other.batches.settle(ref, outcomes)

        assert killed_in(settle, ledger_url) == KILLED
        assert ledger.counts.outcomes() == {}
        (ref,) = claim(ledger)
        ledger.batches.settle(ref, outcomes)
        ledger.batches.finish(ref)
        assert ledger.counts.outcomes() == {("indexed", None): 1}
        assert ledger.counts.backlog().discovered == 1


def _die_at_statement(ledger: Ledger, number: int) -> None:
    """`kill -9` just before the `number`th statement from now on."""
    seen = 0

    @event.listens_for(ledger.database.engine, "before_cursor_execute")
    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os._exit(KILLED)


@pytest.mark.parametrize("kind", ["ingest", "replay"])
def test_a_worker_killed_again_and_again_loses_nothing(ledger: Ledger, ledger_url: str, kind: str) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(n) for n in range(30)])

    def work(other: Ledger) -> None:
        for ref in claim(other, size=5, limit=2, lease_s=0):
            claims = other.batches.claims(ref)
            if kind == "replay":
                other.batches.create_replay(claims, owner="t", lease_s=0)
            other.batches.settle(ref, [Outcome(url_id=c.url_id, kind=OutcomeKind.INDEXED, article_id=c.url_id) for c in claims[:2]])
        os._exit(KILLED)

    for _ in range(4):
        assert killed_in(work, ledger_url) == KILLED
        ledger.upkeep.release_expired()
        assert_adds_up(ledger)
        assert ledger.counts.total() == 30
