"""Entries of a feed in the ledger: what is news, what is not, and what it costs to find out."""

from __future__ import annotations

import time

import msgspec
import pytest

from ingest.errors import InvalidUrl, LeaseLost
from ingest.model import Entry, Stage
from ingest.state.ledger import Ledger
from tests.state.acts import FEED, assert_adds_up, claim, done, entry, polled

KNOWN_MS = 500  # a poll of 2,000 known entries; wide, because other tests run beside this one


def test_guids_that_change_at_each_poll_bring_no_url_twice(ledger: Ledger) -> None:
    """Rule F1."""
    feed = polled(ledger)
    new = [ledger.feeds.store_entries(feed, [_moved(f"g:{poll}-{n}", n) for n in range(10)]).new_urls for poll in range(5)]

    assert new == [10, 0, 0, 0, 0]


def test_an_entry_that_moves_to_another_link_is_fetched_there(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [_moved("g:1", 1)])
    stored = ledger.feeds.store_entries(feed, [_moved("g:1", 2, fingerprint="two")])

    record = ledger.urls.find("https://paper.example/2")
    assert record is not None
    assert (stored.new_urls, [s.entry.url for s in record.sightings]) == (1, ["https://paper.example/2"])


def test_a_change_of_a_url_that_waits_anyhow_counts_as_nothing(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [entry(1)])

    assert ledger.feeds.store_entries(feed, [entry(1, fingerprint="two")]).changed == 0


def test_two_entries_with_one_url_send_it_back_once(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [_moved("g:1", 1), _moved("g:2", 1)])
    (ref,) = claim(ledger)
    ledger.batches.settle(ref, [done(1)])
    stored = ledger.feeds.store_entries(feed, [_moved("g:1", 1, fingerprint="two"), _moved("g:2", 1, fingerprint="two")])

    record = ledger.urls.find("https://paper.example/1")
    assert record is not None
    assert (stored.changed, record.revision, record.stage, record.batch_id) == (1, 1, Stage.DISCOVERED, None)


def test_a_settlement_repeated_after_a_change_does_not_undo_the_change(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [entry(1)])
    (ref,) = claim(ledger)
    ledger.batches.settle(ref, [done(1)])
    ledger.feeds.store_entries(feed, [entry(1, fingerprint="two")])
    ledger.batches.settle(ref, [done(1)])

    assert ledger.counts.backlog().discovered == 1
    assert_adds_up(ledger)


def test_of_several_feeds_the_first_with_a_title_speaks_for_a_url(ledger: Ledger) -> None:
    untitled = msgspec.structs.replace(entry(1), title="")
    for url, shown in [
        ("https://a.example/f", untitled),
        (FEED, entry(1, title="First")),
        ("https://c.example/f", entry(1, title="Later")),
    ]:
        ledger.feeds.store_entries(polled(ledger, url), [shown])
        time.sleep(0.002)
    (ref,) = claim(ledger)

    (found,) = ledger.batches.claims(ref)
    assert (found.feed_url, found.entry and found.entry.title) == (FEED, "First")


def test_entries_given_as_unchanged_are_stored_only_where_they_are_known(ledger: Ledger) -> None:
    """They come without their texts: storing one would lose them."""
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [entry(1)])
    bare = [msgspec.structs.replace(entry(1), title=""), entry(2)]

    assert ledger.feeds.store_entries(feed, bare, unchanged={"u:1", "u:2"}).doubtful
    assert ledger.feeds.store_entries(feed, [entry(1, fingerprint="two")], unchanged={"u:1"}).doubtful
    assert ledger.counts.total() == 1
    stored = ledger.feeds.store_entries(feed, bare, unchanged={"u:1"})
    assert (stored.doubtful, stored.new_urls, stored.changed, stored.seen) == (False, 1, 0, 2)
    record = ledger.urls.find("https://paper.example/1")
    assert record is not None
    assert record.sightings[0].entry.title == "Title 1"


def test_a_feed_removed_while_it_is_polled_is_not_written_to(ledger: Ledger) -> None:
    feed = polled(ledger)
    ledger.feeds.remove(FEED)

    with pytest.raises(LeaseLost):
        ledger.feeds.store_entries(feed, [entry(1)])


@pytest.mark.parametrize("url", ["http://[::1", "http://a b/", "mailto:x@y.example", ""])
def test_what_is_no_feed_url_is_refused_or_not_found(ledger: Ledger, url: str) -> None:
    with pytest.raises(InvalidUrl):
        ledger.feeds.add(url)
    assert ledger.feeds.get(url) is None
    assert ledger.feeds.remove(url) is False


def test_upkeep_lets_go_of_feeds_whose_worker_is_gone(ledger: Ledger) -> None:
    polled(ledger, lease_s=0)

    assert ledger.upkeep.release_expired() == 1
    assert ledger.upkeep.release_expired() == 0
    assert len(ledger.feeds.claim_due(owner="b", lease_s=60, limit=1)) == 1


def test_many_known_entries_are_known_soon(ledger: Ledger) -> None:
    feed = polled(ledger)
    entries = [entry(n, title="A headline of ordinary length " * 3) for n in range(2_000)]
    assert ledger.feeds.store_entries(feed, entries).new_urls == 2_000

    took_ms = []
    for _ in range(5):
        began = time.perf_counter()
        stored = ledger.feeds.store_entries(feed, entries)
        took_ms.append((time.perf_counter() - began) * 1000)
        assert (stored.new_urls, stored.changed) == (0, 0)
    assert min(took_ms) < KNOWN_MS * (1 if ledger.database.dialect == "sqlite" else 2)


def _moved(key: str, number: int, *, fingerprint: str = "one") -> Entry:
    return msgspec.structs.replace(entry(number, fingerprint=fingerprint), key=key)
