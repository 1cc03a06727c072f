"""Alert rules that come and go while batches are matched."""

from __future__ import annotations

from ingest.state.ledger import Ledger
from tests.state.acts import firing


def test_a_rule_removed_since_it_was_read_raises_nothing(ledger: Ledger) -> None:
    gone = ledger.alerts.add_rule("gone", "x")
    kept = ledger.alerts.add_rule("kept", "x")
    ledger.alerts.remove_rule("gone")
    new = ledger.alerts.add_rule("new", "y")

    assert new.id not in {gone.id, kept.id}
    assert ledger.alerts.record([firing(r, "a") for r in (gone, kept)]) == 1
    assert [e.rule_name for e in ledger.alerts.events(10)] == ["kept"]
