"""Bytes that hurt an extractor, counted in the ledger."""

from __future__ import annotations

import pytest

from ingest.errors import LeaseLost
from ingest.state.ledger import BatchRef, Ledger


def test_tries_are_counted_by_bytes_and_version(ledger: Ledger) -> None:
    ref = ledger.batches.create_replay([], owner="t", lease_s=60)
    for reason in ("crashed", "timeout_parse"):
        ledger.poison.note(ref, "a" * 64, "new", reason=reason)
    ledger.poison.note(ref, "a" * 64, "old", reason="crashed")
    ledger.poison.note(ref, "b" * 64, "new", reason="out_of_memory")

    assert ledger.poison.tries("new") == {"a" * 64: (2, "timeout_parse"), "b" * 64: (1, "out_of_memory")}
    assert ledger.poison.tries("old") == {"a" * 64: (1, "crashed")}


def test_who_lost_the_batch_counts_nothing(ledger: Ledger) -> None:
    with pytest.raises(LeaseLost):
        ledger.poison.note(BatchRef("gone", 1), "a" * 64, "new", reason="crashed")

    assert ledger.poison.tries("new") == {}
