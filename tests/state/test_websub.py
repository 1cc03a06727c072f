"""Subscriptions in the ledger, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from ingest.state.ledger import Ledger
from ingest.state.tables import websub
from tests.state.acts import polled

HUB, TOPIC = "https://hub.example/", "https://paper.example/topic"


def row(ledger: Ledger) -> tuple[int, int]:
    """Id and turn of the one subscription."""
    with ledger.database.read() as c:
        found = c.execute(select(websub)).one()
    return found.id, found.turn


def test_what_a_feed_wants_is_noted_once_and_claimed_once(ledger: Ledger) -> None:
    feed = polled(ledger)
    for _ in range(3):
        ledger.websub.want(feed.id, HUB, TOPIC)

    (held,) = ledger.websub.claim(hold_s=60, limit=10)
    assert (held.row.hub, held.row.topic, held.row.state, held.polled) == (HUB, TOPIC, "wanted", True)
    assert len(held.secret) == 64
    assert ledger.websub.claim(hold_s=60, limit=10) == []
    assert ledger.websub.by_key(held.row.key) == held


def test_what_was_decided_on_an_older_turn_is_not_written(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.websub.want(feed.id, HUB, TOPIC)
    (held,) = ledger.websub.claim(hold_s=60, limit=10)
    verified = ledger.websub.write(held.row.id, held.row.turn, state="live", in_s=50, lease_s=100)
    late = ledger.websub.write(held.row.id, held.row.turn, state="asked", in_s=1, attempts=1)

    assert (verified, late) == (True, False)
    assert [s.state for s in ledger.websub.of(feed.id)] == ["live"]


def test_a_ring_makes_the_feed_due_when_nobody_polls_it(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.websub.want(feed.id, HUB, TOPIC)
    ledger.websub.write(*row(ledger), state="live", in_s=50, lease_s=100)
    held_id, _ = row(ledger)
    assert ledger.websub.trusted([feed.id]) == set(), "it has not told of anything"
    ledger.websub.ring(held_id)

    assert ledger.websub.answer_rings() == 0, "it is being polled"
    ledger.feeds.finish_poll(feed, in_s=3_600, poll_reason="")
    assert ledger.websub.answer_rings() == 1
    assert ledger.websub.answer_rings() == 0
    due_s = ledger.feeds.next_due_in_s()
    assert due_s is not None
    assert due_s <= 15
    assert ledger.websub.trusted([feed.id]) == {feed.id}
    ledger.websub.distrust(feed.id)
    assert ledger.websub.trusted([feed.id]) == set()


def test_a_lease_that_is_over_is_not_trusted(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.websub.want(feed.id, HUB, TOPIC)
    ledger.websub.write(*row(ledger), state="live", in_s=0, lease_s=-1)
    ledger.websub.ring(row(ledger)[0])

    assert ledger.websub.trusted([feed.id]) == set()


def test_with_its_feed_a_subscription_goes(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.websub.want(feed.id, HUB, TOPIC)
    ledger.feeds.remove(feed.url)

    assert ledger.websub.claim(hold_s=1, limit=1) == []
