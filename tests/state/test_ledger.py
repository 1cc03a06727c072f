"""The ledger: what is found, claimed and settled; on SQLite, and on PostgreSQL where there is one."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import InvalidUrl, LeaseLost, UsageError
from ingest.model import Claim, Entry, Outcome, OutcomeKind, Reason, Stage
from ingest.state.ledger import BatchRef, Ledger
from ingest.urls import url_id
from tests.state.acts import FEED, assert_adds_up, claim, done, entry, firing, polled

SOON = datetime(2030, 1, 1, tzinfo=UTC)


class TestFeeds:
    def test_a_feed_is_added_once(self, ledger: Ledger) -> None:
        assert ledger.feeds.add(FEED, title="Paper")[1] is True
        assert ledger.feeds.add(FEED)[1] is False
        assert [f.title for f in ledger.feeds.all()] == ["Paper"]

    def test_credentials_are_kept_apart(self, ledger: Ledger) -> None:
        feed, _ = ledger.feeds.add("https://bob:s3cret@paper.example/feed.xml")

        assert feed.url == FEED
        assert ledger.feeds.secret(feed.id) == "bob:s3cret"
        assert "s3cret" not in repr(ledger.feeds.all())

    def test_what_is_no_url_is_refused(self, ledger: Ledger) -> None:
        with pytest.raises(InvalidUrl):
            ledger.feeds.add("javascript:alert(1)")

    def test_a_removed_feed_is_gone_and_its_articles_stay(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1)])

        assert ledger.feeds.remove(FEED) is True
        assert ledger.feeds.remove(FEED) is False
        assert ledger.counts.total() == 1

    def test_a_due_feed_goes_to_one_worker(self, ledger: Ledger) -> None:
        polled(ledger)

        assert ledger.feeds.claim_due(owner="b", lease_s=60, limit=10) == []

    def test_shards_divide_the_hosts(self, ledger: Ledger) -> None:
        for number in range(40):
            ledger.feeds.add(f"https://h{number}.example/feed")
            ledger.feeds.add(f"https://h{number}.example/other")
        parts = [{f.url.split("/")[2] for f in ledger.feeds.claim_due(owner="t", lease_s=9, limit=99, shard=n, shards=3)} for n in range(3)]

        assert sum(map(len, parts)) == len(set.union(*parts)) == 40

    def test_finishing_saves_the_schedule_and_frees_the_feed(self, ledger: Ledger) -> None:
        feed = polled(ledger)
        ledger.feeds.finish_poll(feed, in_s=0, poll_reason="every 1 s", etag='W/"1"', body_hash="b" * 64, title="Paper")

        (again,) = ledger.feeds.claim_due(owner="t", lease_s=60, limit=1)
        assert (again.etag, again.title, again.errors, again.token) == ('W/"1"', "Paper", 0, feed.token + 1)

    def test_an_error_keeps_the_validators_and_counts(self, ledger: Ledger) -> None:
        ledger.feeds.finish_poll(polled(ledger), in_s=0, poll_reason="", etag="e1")
        ledger.feeds.finish_poll(polled(ledger), in_s=60, poll_reason="", error="timeout")

        (feed,) = ledger.feeds.all()
        assert (feed.etag, feed.errors, feed.last_error) == ("e1", 1, "timeout")
        assert 58 <= (ledger.feeds.next_due_in_s() or 0) <= 60

    def test_a_worker_whose_lease_ran_out_cannot_write(self, ledger: Ledger) -> None:
        ledger.feeds.add(FEED)
        (old,) = ledger.feeds.claim_due(owner="a", lease_s=0, limit=1)
        (new,) = ledger.feeds.claim_due(owner="b", lease_s=60, limit=1)

        with pytest.raises(LeaseLost):
            ledger.feeds.store_entries(old, [entry(1)])
        with pytest.raises(LeaseLost):
            ledger.feeds.finish_poll(old, in_s=1, poll_reason="")
        assert ledger.feeds.store_entries(new, [entry(1)]).new_urls == 1


class TestEntries:
    def test_entries_are_new_once(self, ledger: Ledger) -> None:
        feed = polled(ledger)

        assert ledger.feeds.store_entries(feed, [entry(1), entry(2)]).new_urls == 2
        assert ledger.feeds.store_entries(feed, [entry(2), entry(1)]).new_urls == 0

    def test_two_feeds_share_a_url(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1)])
        stored = ledger.feeds.store_entries(polled(ledger, "https://other.example/feed"), [entry(1)])
        record = ledger.urls.find("http://paper.example/1?utm_source=rss")

        assert stored.new_urls == 0
        assert record is not None
        assert [s.feed_url for s in record.sightings] == [FEED, "https://other.example/feed"]

    def test_a_changed_entry_sends_its_url_back(self, ledger: Ledger) -> None:
        feed = polled(ledger)
        ledger.feeds.store_entries(feed, [entry(1)])
        (ref,) = claim(ledger)
        ledger.batches.settle(ref, [done(1)])
        ledger.batches.finish(ref)

        assert ledger.feeds.store_entries(feed, [entry(1, fingerprint="two", title="New")]).changed == 1
        (ref,) = claim(ledger)
        (again,) = ledger.batches.claims(ref)
        assert (again.revision, again.entry and again.entry.title) == (1, "New")

    def test_a_change_while_it_is_in_a_batch_is_not_lost(self, ledger: Ledger) -> None:
        feed = polled(ledger)
        ledger.feeds.store_entries(feed, [entry(1)])
        (ref,) = claim(ledger)
        ledger.feeds.store_entries(feed, [entry(1, fingerprint="two")])
        ledger.batches.settle(ref, [done(1)])
        ledger.batches.finish(ref)

        assert ledger.counts.backlog().discovered == 1

    def test_an_entry_that_changes_at_every_poll_is_not_fetched_for_ever(self, ledger: Ledger) -> None:
        feed = polled(ledger)
        for number in range(40):
            ledger.feeds.store_entries(feed, [entry(1, fingerprint=str(number))])
            for ref in claim(ledger):
                ledger.batches.settle(ref, [done(1)])
                ledger.batches.finish(ref)

        record = ledger.urls.find("https://paper.example/1")
        assert record is not None
        assert record.revision == 24

    def test_an_entry_without_a_url_is_remembered_only(self, ledger: Ledger) -> None:
        stored = ledger.feeds.store_entries(polled(ledger), [Entry(key="t:1", fingerprint="f", title="No link")])

        assert (stored.new_urls, ledger.counts.total()) == (0, 0)


class TestBatches:
    def test_urls_are_claimed_oldest_first_in_batches(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(n) for n in range(25)])
        refs = claim(ledger, size=10)

        assert [len(ledger.batches.claims(ref)) for ref in refs] == [10, 10, 5]
        assert len({c.url_id for ref in refs for c in ledger.batches.claims(ref)}) == 25
        assert claim(ledger) == []

    def test_a_reference_travels_as_text(self) -> None:
        assert BatchRef.parse(str(BatchRef("20261124T091500-abcd", 7))) == BatchRef("20261124T091500-abcd", 7)
        with pytest.raises(UsageError):
            BatchRef.parse("nonsense")

    def test_an_abandoned_batch_is_resumed_and_its_old_worker_refused(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1)])
        (old,) = claim(ledger, lease_s=0)
        (new,) = claim(ledger)

        assert (new.id, new.token) == (old.id, old.token + 1)
        writes: list[Callable[[], object]] = [
            lambda: ledger.batches.renew(old, 9),
            lambda: ledger.batches.settle(old, [done(1)]),
            lambda: ledger.batches.own_articles(old, [("a" * 64, "b" * 64)]),
            lambda: ledger.batches.finish(old),
        ]
        for write in writes:
            with pytest.raises(LeaseLost):
                write()

    def test_settling_twice_is_settling_once(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
        (ref,) = claim(ledger)
        outcomes = [done(1), Outcome(url_id=done(2).url_id, kind=None, reason=Reason.TIMEOUT, retry_in_s=3_600)]
        ledger.batches.settle(ref, outcomes)
        ledger.batches.settle(ref, outcomes)

        record = ledger.urls.find("https://paper.example/2")
        assert record is not None
        assert (record.attempts, record.stage, record.reason) == (1, Stage.DISCOVERED, Reason.TIMEOUT)
        assert record.next_attempt_at is not None
        assert timedelta(minutes=59) < record.next_attempt_at - record.first_seen_at < timedelta(minutes=61)
        assert ledger.counts.backlog().waiting_retry == 1
        assert_adds_up(ledger)

    def test_finishing_gives_unsettled_urls_back(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2)])
        (ref,) = claim(ledger)
        ledger.batches.settle(ref, [done(1)])
        ledger.batches.finish(ref)
        ledger.batches.finish(ref)

        assert ledger.counts.backlog().discovered == 1
        assert ledger.counts.backlog().open_batches == 0
        assert ledger.upkeep.finished_batches(0) == [ref.id]
        assert ledger.upkeep.finished_batches(3600) == []

    def test_an_article_has_one_owner_for_good(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1)])
        (ref,) = claim(ledger)

        assert ledger.batches.own_articles(ref, [("a" * 64, "1"), ("a" * 64, "2")]) == {"a" * 64: "1"}
        assert ledger.batches.own_articles(ref, [("a" * 64, "2"), ("b" * 64, "2")]) == {"a" * 64: "1", "b" * 64: "2"}

    def test_outcomes_and_backlog_always_add_up(self, ledger: Ledger) -> None:
        chance = random.Random(7)
        feed = polled(ledger)
        held: list[BatchRef] = []
        for _ in range(60):
            action = chance.choice(["store", "claim", "settle", "finish"])
            if action == "store":
                ledger.feeds.store_entries(feed, [entry(chance.randrange(40), fingerprint=str(chance.randrange(3))) for _ in range(1)])
            elif action == "claim":
                held += claim(ledger, size=3, limit=1, lease_s=chance.choice([0, 60]))
            elif held:
                ref = chance.choice(held)
                try:
                    some = [c for c in ledger.batches.claims(ref) if chance.random() < 0.7]
                    kinds = [None, *OutcomeKind]
                    ledger.batches.settle(ref, [Outcome(url_id=c.url_id, kind=chance.choice(kinds), reason=None) for c in some])
                    if action == "finish":
                        ledger.batches.finish(ref)
                except LeaseLost:
                    held.remove(ref)
            assert_adds_up(ledger)
        assert ledger.counts.total() > 5


class TestReplay:
    def test_unknown_pages_come_into_the_ledger(self, ledger: Ledger) -> None:
        seen = datetime(2026, 1, 2, tzinfo=UTC)
        page = Claim(url_id=url_id("https://old.example/1"), url="https://old.example/1", first_seen_at=seen)
        ref = ledger.batches.create_replay([page], owner="t", lease_s=60)
        ledger.batches.settle(ref, [Outcome(url_id=page.url_id, kind=OutcomeKind.INDEXED, article_id="a" * 64)])
        ledger.batches.finish(ref)

        record = ledger.urls.find_article("aaaaaa")
        assert record is not None
        assert (record.first_seen_at, record.outcome) == (seen, "indexed")

    def test_a_page_that_fails_now_keeps_its_article(self, ledger: Ledger) -> None:
        ledger.feeds.store_entries(polled(ledger), [entry(1)])
        (first,) = claim(ledger)
        ledger.batches.settle(first, [done(1)])
        ledger.batches.finish(first)
        page = Claim(url_id=done(1).url_id, url="https://paper.example/1", first_seen_at=SOON)
        ref = ledger.batches.create_replay([page], owner="t", lease_s=60)
        ledger.batches.settle(ref, [done(1, OutcomeKind.DROPPED, Reason.NO_TEXT)])

        assert ledger.counts.outcomes() == {("indexed", None): 1}

    def test_a_replay_that_died_is_forgotten(self, ledger: Ledger) -> None:
        page = Claim(url_id=url_id("https://old.example/1"), url="https://old.example/1", first_seen_at=SOON - timedelta(days=1))
        ref = ledger.batches.create_replay([page], owner="t", lease_s=0)

        assert claim(ledger) == [], "a replay is never taken for a batch of the crawl"
        assert ledger.upkeep.release_expired() == 1
        assert ledger.counts.total() == 0
        with pytest.raises(LeaseLost):
            ledger.batches.finish(ref)


class TestAlerts:
    def test_a_rule_fires_once_for_a_story(self, ledger: Ledger) -> None:
        rule = ledger.alerts.add_rule("rates", "Zinsen lang:de")
        matches = [firing(rule, "a"), firing(rule, "b")]

        assert ledger.alerts.record(matches) == 2
        assert ledger.alerts.record(matches) == 0
        assert [e.rule_name for e in ledger.alerts.events(1)] == ["rates"]
        assert ledger.alerts.remove_rule("rates") is True
        assert ledger.alerts.events(10) == []

    def test_two_rules_do_not_share_a_name(self, ledger: Ledger) -> None:
        ledger.alerts.add_rule("rates", "x")
        with pytest.raises(UsageError, match="take another name"):
            ledger.alerts.add_rule("rates", "y")
