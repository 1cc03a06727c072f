"""Alert rules that come and go while batches are matched."""

from __future__ import annotations

from ingest.model import Match
from ingest.state.ledger import Ledger


def test_a_rule_removed_since_it_was_read_raises_nothing(ledger: Ledger) -> None:
    gone = ledger.alerts.add_rule("gone", "x")
    kept = ledger.alerts.add_rule("kept", "x")
    ledger.alerts.remove_rule("gone")
    new = ledger.alerts.add_rule("new", "y")

    assert new.id not in {gone.id, kept.id}
    assert ledger.alerts.record([Match(rule_id=r.id, article_id="a" * 64) for r in (gone, kept)]) == 1
    assert [e.rule_name for e in ledger.alerts.events(10)] == ["kept"]
