"""Entries of several feeds that are stored together: each feed fares as if it came alone."""

from __future__ import annotations

import pytest

from ingest.model import Entry, Feed
from ingest.state import feeds
from ingest.state.ledger import Ledger, Shown
from tests.state.acts import assert_adds_up, entry


def claimed(ledger: Ledger, number: int = 2) -> list[Feed]:
    for n in range(number):
        ledger.feeds.add(f"https://paper{n}.example/feed.xml")
    return ledger.feeds.claim_due(owner="t", lease_s=60, limit=number)


def linked(key: str, number: int, fingerprint: str = "one") -> Entry:
    return Entry(key=key, fingerprint=fingerprint, url=f"https://paper.example/{number}")


def test_a_url_that_two_feeds_show_is_new_of_the_first(ledger: Ledger) -> None:
    one, two = claimed(ledger)
    stored = ledger.feeds.store_shown([Shown(one, [entry(1), entry(2)]), Shown(two, [entry(2), entry(3)])])

    assert [(s.new_urls, len(s.new_keys), s.seen) for s in stored.values()] == [(2, 2, 2), (1, 2, 2)]
    assert ledger.counts.total() == 3
    assert_adds_up(ledger)


def test_a_feed_that_another_worker_has_is_left_out_and_the_others_are_stored(ledger: Ledger) -> None:
    one, two = claimed(ledger)
    ledger.feeds.release([one])
    ledger.feeds.claim_due(owner="another", lease_s=60, limit=1)
    stored = ledger.feeds.store_shown([Shown(one, [entry(1)]), Shown(two, [entry(2)])])

    assert {feed: s.new_urls for feed, s in stored.items()} == {two.id: 1}
    assert ledger.urls.find("https://paper.example/1") is None


def test_a_doubtful_feed_stores_nothing_and_the_others_are_stored(ledger: Ledger) -> None:
    one, two = claimed(ledger)
    stored = ledger.feeds.store_shown([Shown(one, [entry(1), entry(2)], frozenset({"u:1"})), Shown(two, [entry(3)])])

    assert [(s.doubtful, s.new_urls, s.seen) for s in stored.values()] == [(True, 0, 0), (False, 1, 1)]
    assert ledger.urls.find("https://paper.example/2") is None


def test_changes_are_counted_where_they_are_announced(ledger: Ledger) -> None:
    one, two = claimed(ledger)
    ledger.feeds.store_shown([Shown(one, [linked("g:1", 1)]), Shown(two, [linked("g:1", 2)])])
    ledger.batches.claim(owner="t", lease_s=60, size=10, limit=1)
    stored = ledger.feeds.store_shown([Shown(one, [linked("g:1", 1)]), Shown(two, [linked("g:1", 2, "two"), linked("g:3", 3)])])

    assert [(s.changed, s.new_urls) for s in stored.values()] == [(0, 0), (1, 1)]
    assert [len(r.sightings) for n in (1, 2, 3) if (r := ledger.urls.find(f"https://paper.example/{n}"))] == [1, 1, 1]


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_how_many_are_stored_at_once_changes_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(feeds, "ENTRIES_AT_ONCE", at_once)
    shown = [Shown(feed, [entry(2 * n + m) for m in range(3)]) for n, feed in enumerate(claimed(ledger, 4))]

    assert [s.new_urls for s in ledger.feeds.store_shown(shown).values()] == [3, 2, 2, 2]
    assert [s.new_urls for s in ledger.feeds.store_shown(shown).values()] == [0, 0, 0, 0]
