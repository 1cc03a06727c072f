"""Whatever workers do, in whatever order: nothing is lost, nothing is held twice, and the counts add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete

from ingest.errors import LeaseLost
from ingest.model import Claim, Outcome, OutcomeKind, Reason
from ingest.state.ledger import BatchRef, Ledger
from ingest.state.tables import metadata
from tests.state.acts import assert_adds_up, claim, entry, id_of, polled

NUMBERS = st.integers(0, 11)  # of URLs
KINDS = st.sampled_from([None, *OutcomeKind])
MOMENT = datetime(2026, 1, 2, tzinfo=UTC)
FEEDS = ("https://a.example/feed", "https://b.example/feed")


class Workers(RuleBasedStateMachine):
    """Polls, batches and replays by several workers, some of which are late."""

    ledger: ClassVar[Ledger]

    def __init__(self) -> None:
        super().__init__()
        with self.ledger.database.write() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(delete(table))
        self.discovered: set[str] = set()  # by a feed: these may never go
        self.tokens: dict[str, int] = {}  # of each batch, the newest
        self.refs: list[BatchRef] = []  # ever given
        self.replays: set[str] = set()
        self.owners: dict[str, str] = {}

    @rule(feed=st.sampled_from(FEEDS), numbers=st.lists(NUMBERS, max_size=5, unique=True), fingerprint=st.sampled_from("abc"))
    def poll(self, feed: str, numbers: list[int], fingerprint: str) -> None:
        leased = polled(self.ledger, feed, lease_s=0)
        before = self.ledger.counts.total()
        stored = self.ledger.feeds.store_entries(leased, [entry(n, fingerprint=fingerprint) for n in numbers])
        self.ledger.feeds.finish_poll(leased, in_s=0, poll_reason="")
        assert self.ledger.counts.total() == before + stored.new_urls
        self.discovered |= {id_of(n) for n in numbers}

    @rule(size=st.integers(1, 4), limit=st.integers(1, 3), lease_s=st.sampled_from([0, 60]))
    def claim(self, size: int, limit: int, lease_s: int) -> None:
        refs = claim(self.ledger, size=size, limit=limit, lease_s=lease_s)
        assert len(refs) <= limit
        for ref in refs:
            assert ref.token == self.tokens.get(ref.id, 0) + 1
            assert ref.id not in self.replays
            assert len(self.ledger.batches.claims(ref)) <= size or ref.token > 1
            self._given(ref)

    @rule(numbers=st.lists(NUMBERS, min_size=1, max_size=3, unique=True), lease_s=st.sampled_from([0, 60]))
    def replay(self, numbers: list[int], lease_s: int) -> None:
        before = {i: self.ledger.urls.get(i) for i in map(id_of, numbers)}
        pages = [_page(n) for n in numbers]
        ref = self.ledger.batches.create_replay(pages, owner="r", lease_s=lease_s)
        assert all(self.ledger.urls.get(i) == record for i, record in before.items() if record)
        self.replays.add(ref.id)
        self._given(ref)

    @precondition(lambda self: self.refs)
    @rule(data=st.data(), twice=st.booleans())
    def settle(self, data: st.DataObject, twice: bool) -> None:  # noqa: FBT001
        ref = data.draw(st.sampled_from(self.refs))
        numbers = data.draw(st.lists(NUMBERS, max_size=6, unique=True))
        outcomes = [_outcome(n, data.draw(KINDS)) for n in numbers]
        kept = {r.url_id: r.article_id for i in map(id_of, numbers) if (r := self.ledger.urls.get(i)) and r.outcome == "indexed"}
        self._write(ref, lambda: self.ledger.batches.settle(ref, outcomes))
        after = [self.ledger.urls.get(id_of(n)) for n in numbers]
        for record in after:
            assert record is None or record.url_id not in kept or record.outcome == "indexed", "no article is taken away"
        if twice:
            self._write(ref, lambda: self.ledger.batches.settle(ref, outcomes))
            assert [self.ledger.urls.get(id_of(n)) for n in numbers] == after

    @precondition(lambda self: self.refs)
    @rule(data=st.data())
    def own(self, data: st.DataObject) -> None:
        ref, url = data.draw(st.sampled_from(self.refs)), id_of(data.draw(NUMBERS))
        article = data.draw(st.sampled_from("xy")) * 64
        answer = self._write(ref, lambda: self.ledger.batches.own_articles(ref, [(article, url)]))
        if isinstance(answer, dict):
            assert self.owners.setdefault(article, url) == answer[article]

    @precondition(lambda self: self.refs)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        ref = data.draw(st.sampled_from(self.refs))
        if self._write(ref, lambda: self.ledger.batches.finish(ref)) is not LeaseLost:
            assert self.ledger.batches.claims(ref) == []

    @rule()
    def upkeep(self) -> None:
        before = self._existing()
        self.ledger.upkeep.release_expired()
        gone = before - self._existing()  # of replays that died: what they owned may be owned anew
        assert not gone & self.discovered
        self.owners = {article: url for article, url in self.owners.items() if url not in gone}
        for ref in self.refs:
            if ref.id in self.replays and self._refused(ref):
                self.tokens[ref.id] = max(self.tokens[ref.id], ref.token + 1)

    @invariant()
    def counts_add_up(self) -> None:
        assert_adds_up(self.ledger)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert all(self.ledger.urls.get(url_id) for url_id in self.discovered)

    @invariant()
    def no_url_is_held_twice(self) -> None:
        newest = {ref.id: ref for ref in self.refs}
        held = Counter(c.url_id for ref in newest.values() for c in self.ledger.batches.claims(ref))
        assert set(held.values()) <= {1}
        assert sum(held.values()) == self.ledger.counts.backlog().claimed

    def _given(self, ref: BatchRef) -> None:
        self.refs.append(ref)
        self.tokens[ref.id] = ref.token

    def _write(self, ref: BatchRef, write: Callable[[], object]) -> object:
        """A worker with the newest token may write, one with an older may not."""
        try:
            answer = write()
        except LeaseLost:
            assert ref.token < self.tokens[ref.id]
            return LeaseLost
        assert ref.token == self.tokens[ref.id]
        return answer

    def _refused(self, ref: BatchRef) -> bool:
        try:
            self.ledger.batches.settle(ref, [])
        except LeaseLost:
            return True
        return False

    def _existing(self) -> set[str]:
        return {url_id for url_id in map(id_of, range(12)) if self.ledger.urls.get(url_id)}


def _page(number: int) -> Claim:
    seen = entry(number)
    return Claim(url_id=id_of(number), url=seen.url or "", first_seen_at=MOMENT)


def _outcome(number: int, kind: OutcomeKind | None) -> Outcome:
    article = "a" * 64 if kind is OutcomeKind.INDEXED else None
    return Outcome(url_id=id_of(number), kind=kind, reason=None if article else Reason.TIMEOUT, article_id=article)


@pytest.mark.slow
def test_workers_in_any_order(ledger: Ledger) -> None:
    class OnThisLedger(Workers):
        pass

    OnThisLedger.ledger = ledger
    phases = (Phase.generate,)  # shrinking would take minutes: add Phase.shrink to look into a failure
    run = settings(max_examples=20, stateful_step_count=40, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(OnThisLedger, settings=run)
