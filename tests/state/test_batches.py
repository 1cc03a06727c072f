"""Replays beside the crawl, and what becomes of batches whose worker is gone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.errors import LeaseLost, UsageError
from ingest.model import Claim, Outcome, OutcomeKind, Reason, Stage
from ingest.state.ledger import BatchRef, Ledger
from ingest.state.records import UrlRecord
from tests.state.acts import claim, done, entry, id_of, polled

LONG_AGO = datetime(2020, 1, 2, tzinfo=UTC)


def page(number: int) -> Claim:
    return Claim(url_id=id_of(number), url=f"https://paper.example/{number}", first_seen_at=LONG_AGO)


def replay(ledger: Ledger, *numbers: int, lease_s: float = 60) -> BatchRef:
    return ledger.batches.create_replay([page(n) for n in numbers], owner="r", lease_s=lease_s)


def crawled(ledger: Ledger, *outcomes: Outcome) -> None:
    """URLs 1 to n, fetched and settled."""
    ledger.feeds.store_entries(polled(ledger, lease_s=0), [entry(n) for n in range(1, len(outcomes) + 1)])
    (ref,) = claim(ledger)
    ledger.batches.settle(ref, outcomes)
    ledger.batches.finish(ref)


def record(ledger: Ledger, number: int) -> UrlRecord:
    found = ledger.urls.get(id_of(number))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        (OutcomeKind.INDEXED, OutcomeKind.INDEXED, OutcomeKind.INDEXED),
        (OutcomeKind.INDEXED, OutcomeKind.DROPPED, OutcomeKind.INDEXED),
        (OutcomeKind.INDEXED, OutcomeKind.DUPLICATE, OutcomeKind.INDEXED),
        (OutcomeKind.DUPLICATE, OutcomeKind.DROPPED, OutcomeKind.DUPLICATE),
        (OutcomeKind.DUPLICATE, OutcomeKind.INDEXED, OutcomeKind.INDEXED),
        (OutcomeKind.DROPPED, OutcomeKind.INDEXED, OutcomeKind.INDEXED),
        (OutcomeKind.DROPPED, OutcomeKind.DUPLICATE, OutcomeKind.DUPLICATE),
        (OutcomeKind.QUARANTINED, OutcomeKind.DROPPED, OutcomeKind.DROPPED),
        (OutcomeKind.DROPPED, None, OutcomeKind.DROPPED),
    ],
)
def test_a_replay_gives_articles_and_better_reasons_and_takes_none_away(
    ledger: Ledger, before: OutcomeKind, now: OutcomeKind | None, after: OutcomeKind
) -> None:
    crawled(ledger, done(1, before))
    ref = replay(ledger, 1)
    outcome = Outcome(url_id=id_of(1), kind=now, article_id="b" * 64)
    ledger.batches.settle(ref, [outcome])
    once = record(ledger, 1)
    ledger.batches.settle(ref, [outcome])
    ledger.batches.finish(ref)

    assert once.outcome == after
    assert record(ledger, 1) == once


def test_a_replay_leaves_a_url_alone_that_a_batch_holds_or_that_waits(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
    (ref,) = claim(ledger, size=1, limit=1)
    held, waits = (1, 2) if ledger.batches.claims(ref)[0].url_id == id_of(1) else (2, 1)
    again = replay(ledger, 1, 2)
    ledger.batches.settle(again, [done(1), done(2)])
    ledger.batches.finish(again)

    assert (record(ledger, held).stage, record(ledger, held).batch_id) == (Stage.CLAIMED, ref.id)
    assert record(ledger, waits).stage == Stage.DISCOVERED


def test_a_page_that_a_feed_shows_while_its_replay_dies_is_crawled(ledger: Ledger) -> None:
    replay(ledger, 1, 2, lease_s=0)
    ledger.feeds.store_entries(polled(ledger), [entry(1)])
    ledger.upkeep.release_expired()

    assert ledger.urls.get(id_of(2)) is None
    (ref,) = claim(ledger)
    assert [c.url_id for c in ledger.batches.claims(ref)] == [id_of(1)]


def test_a_dead_replay_owns_no_article(ledger: Ledger) -> None:
    ref = replay(ledger, 1, lease_s=0)
    ledger.batches.own_articles(ref, [("a" * 64, id_of(1))])
    ledger.upkeep.release_expired()
    ledger.feeds.store_entries(polled(ledger), [entry(2)])
    (ref,) = claim(ledger)

    assert ledger.batches.own_articles(ref, [("a" * 64, id_of(2))]) == {"a" * 64: id_of(2)}


def test_a_retry_counts_attempts_and_a_change_begins_anew(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [entry(1)])
    for attempt in (1, 2, 3):
        (ref,) = claim(ledger)
        assert [c.attempt for c in ledger.batches.claims(ref)] == [attempt]
        ledger.batches.settle(ref, [Outcome(url_id=id_of(1), kind=None, reason=Reason.TIMEOUT)])
        ledger.batches.finish(ref)
    (ref,) = claim(ledger)
    ledger.feeds.store_entries(feed, [entry(1, fingerprint="two")])
    ledger.batches.settle(ref, [done(1, OutcomeKind.DROPPED, Reason.TIMEOUT)])
    (ref,) = claim(ledger)

    assert [(c.attempt, c.revision) for c in ledger.batches.claims(ref)] == [(1, 1)]


def test_batches_of_one_claim_sort_by_time(ledger: Ledger) -> None:
    ledger.feeds.store_entries(polled(ledger), [entry(1)])
    (ref,) = claim(ledger)

    assert datetime.strptime(ref.id.partition("-")[0], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).year >= 2026


def test_forgotten_batches_leave_their_outcomes(ledger: Ledger) -> None:
    crawled(ledger, done(1))
    ledger.feeds.store_entries(polled(ledger, lease_s=0), [entry(2)])
    (held,) = claim(ledger)
    finished = ledger.upkeep.finished_batches(0)
    ledger.upkeep.forget_batches([*finished, held.id])

    assert ledger.upkeep.finished_batches(0) == []
    assert ledger.counts.outcomes() == {("indexed", None): 1}
    assert ledger.batches.claims(held) != [], "an open batch is not forgotten"
    with pytest.raises(LeaseLost):
        ledger.batches.renew(BatchRef(finished[0], 1), 60)


@pytest.mark.parametrize("reference", ["", ":1", "x", "x:", "x:-1", "x:1.0", "x:²"])
def test_what_is_no_reference_is_refused(reference: str) -> None:
    with pytest.raises(UsageError, match="ID:TOKEN"):
        BatchRef.parse(reference)
