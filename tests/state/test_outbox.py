"""The outbox: messages written once, sent at least once, given up with a reason; on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from ingest.errors import LeaseLost, UsageError
from ingest.model import Rule
from ingest.state.ledger import Ledger
from ingest.state.messages import ChannelState, Draft, Outgoing
from tests.state.acts import firing

WINDOW_S = 3_600.0
URL = "webhook+https://a-secret-that-nobody-may-see@hooks.example/x"


def speaking(ledger: Ledger, name: str = "rates", url: str = URL) -> Rule:
    return ledger.alerts.add_rule(name, "x", [ledger.channels.add(url, shown="webhook+https://hooks.example/***")])


def each(state: ChannelState, _now: datetime) -> Sequence[Draft]:
    """A message for each event."""
    return [Draft(kind="alert", rule_id=lane.rule_id, events=(w.event_id,)) for lane in state.lanes for w in lane.waiting]


def together(state: ChannelState, _now: datetime) -> Sequence[Draft]:
    return [Draft(kind="digest", rule_id=lane.rule_id, events=tuple(w.event_id for w in lane.waiting)) for lane in state.lanes]


def claim(ledger: Ledger, *, lease_s: float = 60, limit: int = 10) -> list[Outgoing]:
    return ledger.outbox.claim(owner="t", lease_s=lease_s, limit=limit, shown=5)


class TestEvents:
    def test_a_story_is_told_once_and_its_copies_are_noted(self, ledger: Ledger) -> None:
        rule = speaking(ledger)
        assert ledger.alerts.record([firing(rule, "a", story="s"), firing(rule, "b", story="s", site="two.example")]) == 1
        assert ledger.alerts.record([firing(rule, "c", story="s", site="three.example"), firing(rule, "a", story="s")]) == 0

        (event,) = ledger.alerts.events(10)
        assert (event.article_id, event.copies) == ("a" * 64, 2)
        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 1
        ((told,),) = [m.told for m in claim(ledger)]
        assert told.copies == ("two.example", "three.example")

    def test_what_is_too_old_is_kept_and_not_told(self, ledger: Ledger) -> None:
        rule = speaking(ledger)
        ledger.alerts.record([firing(rule, "a", story="s", too_old=True)])

        assert [e.state for e in ledger.alerts.events(10)] == ["too_old"]
        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 0

    @pytest.mark.parametrize("together_in_one_batch", [True, False], ids=["in one batch", "later"])
    def test_an_old_story_that_is_published_again_is_told(self, ledger: Ledger, *, together_in_one_batch: bool) -> None:
        rule = speaking(ledger)
        old, new = firing(rule, "a", story="s", too_old=True), firing(rule, "b", story="s")
        for part in [[old, new]] if together_in_one_batch else [[old], [new]]:
            ledger.alerts.record(part)

        (event,) = ledger.alerts.events(10)
        assert (event.state, event.article_id) == ("pending", "b" * 64)
        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 1
        assert ledger.alerts.record([old, new]) == 0
        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 0

    def test_a_channel_added_later_hears_nothing_of_before(self, ledger: Ledger) -> None:
        rule = ledger.alerts.add_rule("rates", "x")
        ledger.alerts.record([firing(rule, "a")])
        name = ledger.channels.add(URL, shown="shown")
        ledger.alerts.change_rule(Rule(id=rule.id, name=rule.name, query=rule.query, channels=(name,)))
        ledger.alerts.record([firing(rule, "a"), firing(rule, "b")])

        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 1
        assert [m.told[0].article_id for m in claim(ledger)] == ["b" * 64]

    def test_a_removed_rule_leaves_nothing_to_send(self, ledger: Ledger) -> None:
        rule = speaking(ledger)
        ledger.alerts.record([firing(rule, "a"), firing(rule, "b")])
        ledger.outbox.compose(each, window_s=WINDOW_S)
        ledger.alerts.remove_rule("rates")

        assert claim(ledger) == []
        assert ledger.outbox.counts().held == 0


class TestMessages:
    def test_a_message_is_written_once(self, ledger: Ledger) -> None:
        ledger.alerts.record([firing(speaking(ledger), "a"), firing(speaking(ledger, "more"), "a")])

        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 2
        assert ledger.outbox.compose(each, window_s=WINDOW_S) == 0
        assert ledger.outbox.counts().waiting == 2

    def test_what_was_said_before_is_known(self, ledger: Ledger) -> None:
        rule = speaking(ledger)
        ledger.alerts.record([firing(rule, "a"), firing(rule, "b")])
        ledger.outbox.compose(each, window_s=WINDOW_S)
        ledger.alerts.record([firing(rule, "c")])
        seen: list[ChannelState] = []
        ledger.outbox.compose(lambda state, _now: seen.append(state) or [], window_s=WINDOW_S)  # type: ignore[func-returns-value]

        (state,) = seen
        assert (state.recent, state.lanes[0].recent, state.storm_at) == (2, 2, None)
        assert state.lanes[0].last_at is not None
        assert len(state.lanes[0].waiting) == 1

    def test_a_lease_keeps_others_away_until_it_runs_out(self, ledger: Ledger) -> None:
        ledger.alerts.record([firing(speaking(ledger), "a")])
        ledger.outbox.compose(each, window_s=WINDOW_S)
        (mine,) = claim(ledger, lease_s=0)
        (theirs,) = claim(ledger)

        assert claim(ledger) == []
        assert (mine.key, theirs.token) == (theirs.key, mine.token + 1)
        with pytest.raises(LeaseLost):
            ledger.outbox.sent(mine)
        with pytest.raises(LeaseLost):
            ledger.outbox.failed(mine, "x", dead=True, blocked_until=None)
        ledger.outbox.sent(theirs)
        with pytest.raises(LeaseLost):
            ledger.outbox.sent(theirs)
        assert ledger.outbox.counts().sent == 1

    def test_a_channel_that_fails_rests_and_others_do_not(self, ledger: Ledger) -> None:
        ledger.alerts.record([firing(speaking(ledger), "a"), firing(speaking(ledger, "other", URL + "2"), "a")])
        ledger.outbox.compose(each, window_s=WINDOW_S)
        first, second = claim(ledger)
        ledger.outbox.failed(first, "down", dead=False, blocked_until=datetime.now(UTC) + timedelta(hours=1))
        ledger.outbox.release([second])

        assert [m.channel_id for m in claim(ledger)] == [second.channel_id]
        down = next(c for c in ledger.channels.all() if c.id == first.channel_id)
        assert (down.failures, down.last_error, down.blocked_until is None) == (1, "down", False)

    def test_dead_letters_have_a_reason_and_can_be_revived(self, ledger: Ledger) -> None:
        rule = speaking(ledger)
        ledger.alerts.record([firing(rule, "a"), firing(rule, "b")])
        ledger.outbox.compose(together, window_s=WINDOW_S)
        (message,) = claim(ledger)
        ledger.outbox.failed(message, "answered 404", dead=True, blocked_until=None)

        (letter,) = ledger.outbox.dead()
        assert (letter.rule_name, letter.reason, letter.events, letter.attempts) == ("rates", "answered 404", 2, 1)
        assert claim(ledger) == []
        assert ledger.outbox.revive() == 1
        assert [m.key for m in claim(ledger)] == [message.key]


def test_old_events_are_forgotten_but_for_what_waits(ledger: Ledger) -> None:
    rule = speaking(ledger)
    ledger.alerts.record([firing(rule, "a")])
    ledger.outbox.compose(each, window_s=WINDOW_S)
    (message,) = claim(ledger)
    ledger.alerts.record([firing(rule, "b")])

    assert ledger.outbox.trim(60) == 0
    assert ledger.outbox.trim(-60) == 0, "both wait"
    ledger.outbox.sent(message)
    assert ledger.outbox.trim(-60) == 1
    assert [e.article_id for e in ledger.alerts.events(10)] == ["b" * 64]
    assert ledger.outbox.counts().sent == 0


class TestChannels:
    def test_a_url_is_one_channel_whoever_uses_it(self, ledger: Ledger) -> None:
        assert speaking(ledger).channels == speaking(ledger, "more").channels
        assert [c.rules for c in ledger.channels.all()] == [2]

    def test_two_urls_that_look_alike_have_two_names(self, ledger: Ledger) -> None:
        assert speaking(ledger).channels != speaking(ledger, "more", URL + "2").channels

    def test_secrets_stand_in_one_table_alone(self, ledger: Ledger) -> None:
        ledger.alerts.record([firing(speaking(ledger), "a")])
        ledger.outbox.compose(each, window_s=WINDOW_S)
        with ledger.database.read() as c:
            tables = [t for t in ledger.database.engine.dialect.get_table_names(c) if t != "alert_channel_secrets"]
            texts = [str(c.exec_driver_sql(f'SELECT * FROM "{table}"').all()) for table in tables]

        assert len(tables) > 10
        assert not [t for t in texts if "a-secret" in t]

    def test_a_name_is_not_given_twice(self, ledger: Ledger) -> None:
        ledger.channels.add(URL, shown="shown", name="desk")
        with pytest.raises(UsageError, match="take another name"):
            ledger.channels.add(URL + "2", shown="shown", name="desk")
        with pytest.raises(UsageError, match="use it by that name"):
            ledger.channels.add(URL, shown="shown", name="newsroom")
        assert ledger.channels.url("desk") == URL

    def test_a_rule_does_not_speak_on_a_channel_that_is_not_there(self, ledger: Ledger) -> None:
        with pytest.raises(UsageError, match="there is no channel"):
            ledger.alerts.add_rule("rates", "x", ["nowhere"])
        assert ledger.alerts.rules() == []
