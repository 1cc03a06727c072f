"""A batch that stops every worker ends in the dead letters, and takes nothing with it that is not to blame."""

from __future__ import annotations

import pytest

from ingest.errors import LeaseLost
from ingest.model import OutcomeKind, Reason, Stage
from ingest.state.ledger import BatchRef, Ledger
from tests.state.acts import assert_adds_up, done, entry, id_of, polled

MOST = 3
POISON = 4


def claim(ledger: Ledger, *, most_stopped: int = MOST) -> list[BatchRef]:
    """By a worker that begins to work on them, and of which nobody hears again: its lease is over at once."""
    refs = ledger.batches.claim(owner="w", lease_s=0, size=100, limit=100, most_stopped=most_stopped)
    for ref in refs:
        ledger.batches.renew(ref, 0)
    return refs


def work(ledger: Ledger, ref: BatchRef) -> bool:
    """Index all that the batch holds; False where it stops the worker instead."""
    numbers = [int(c.url.rpartition("/")[2]) for c in ledger.batches.claims(ref)]
    if POISON in numbers:
        return False
    ledger.batches.settle(ref, [done(n) for n in numbers])
    ledger.batches.finish(ref)
    return True


def test_the_url_that_stops_every_worker_is_given_up_and_all_others_are_indexed(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(n) for n in range(10)])
    stopped = 0
    for _ in range(20):
        # One worker for all of them, one after the other: those that it did not come to are not to blame.
        for ref in ledger.batches.claim(owner="w", lease_s=0, size=100, limit=100, most_stopped=MOST):
            ledger.batches.renew(ref, 0)
            if not work(ledger, ref):
                stopped += 1
                break

    assert stopped == MOST + 2, "and the two chances that a URL has alone"
    outcomes = ledger.counts.outcomes()
    assert outcomes == {("indexed", None): 9, ("quarantined", "killed_worker"): 1}
    record = ledger.urls.get(id_of(POISON))
    assert record is not None
    assert (record.outcome, record.reason) == (OutcomeKind.QUARANTINED, Reason.KILLED_WORKER)
    assert claim(ledger) == []
    assert_adds_up(ledger)


def test_a_worker_that_says_why_it_cannot_go_on_does_not_count(ledger: Ledger) -> None:
    """The search server may be down for as long as it likes."""
    ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
    first = claim(ledger)
    refs = first
    for _ in range(3 * MOST):
        for ref in refs:
            ledger.batches.release(ref)
        refs = claim(ledger)

    assert [ref.id for ref in refs] == [ref.id for ref in first]
    assert ledger.counts.backlog().claimed == 2


def test_who_gives_it_back_speaks_for_itself_only(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
    (whole,) = claim(ledger)
    ledger.batches.release(whole)
    for _ in range(MOST):
        assert [ref.id for ref in claim(ledger)] == [whole.id]
    assert len(claim(ledger)) == 2, "one of each URL"


def test_who_gives_back_too_late_says_nothing_of_the_present_holder(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
    (old,) = claim(ledger)
    for _ in range(MOST - 1):
        (ref,) = claim(ledger)
        ledger.batches.release(old)
    assert ref.id == old.id
    assert len(claim(ledger)) == 2


def test_a_worker_that_lives_after_all_cannot_write(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
    for _ in range(MOST):
        (ref,) = claim(ledger)
    claim(ledger)

    with pytest.raises(LeaseLost):
        ledger.batches.settle(ref, [done(1)])
    with pytest.raises(LeaseLost):
        ledger.batches.finish(ref)


def test_what_was_indexed_but_never_matched_is_gone_through_once_more(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
    for _ in range(MOST):
        (ref,) = claim(ledger)
        ledger.batches.settle(ref, [done(1), done(2, OutcomeKind.DROPPED, Reason.NO_TEXT)])
    (alone,) = claim(ledger)

    assert [c.url_id for c in ledger.batches.claims(alone)] == [id_of(1)]
    record = ledger.urls.get(id_of(2))
    assert record is not None
    assert record.stage == Stage.DONE
    assert_adds_up(ledger)
