"""Alert rules that come and go while batches are matched."""

from __future__ import annotations

import msgspec
import pytest

from ingest.errors import UsageError
from ingest.model import Rule
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


def test_many_rules_are_put_at_once_or_not_at_all(ledger: Ledger) -> None:
    ledger.channels.add("rss:/tmp/a.xml", shown="a", name="a")
    ledger.alerts.add_rule("ops", "engine", kind="pipeline")
    rules = [Rule(id=0, name=f"r{n}", query="x", channels=("a",) if n % 2 else ()) for n in range(1_200)]

    assert ledger.alerts.put_rules(rules) == (1_200, 0, 0)
    rules[3] = msgspec.structs.replace(rules[3], query="y", enabled=False, channels=())
    assert ledger.alerts.put_rules(rules[:-1], remove_others=True) == (0, 1, 1)
    saved = {r.name: r for r in ledger.alerts.rules(enabled_only=False)}
    assert len(saved) == 1_199
    assert (saved["r3"].query, saved["r3"].enabled, saved["r3"].channels) == ("y", False, ())
    assert saved["r5"].channels == ("a",)
    for bad in (Rule(id=0, name="new", query="x", channels=("nowhere",)), Rule(id=0, name="ops", query="x")):
        with pytest.raises(UsageError):
            ledger.alerts.put_rules([Rule(id=0, name="first", query="x"), bad])
    assert len(ledger.alerts.rules(enabled_only=False, kind=None)) == 1_200
