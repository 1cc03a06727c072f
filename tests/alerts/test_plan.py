"""What is said now and what waits: a fake clock over rules that are throttled, quiet, gathered, and in a storm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.alerts.plan import STORM_WINDOW, Caps, Kind, Lane, Past, Planned, Waiting, due, plan
from ingest.model import Delivery

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CAPS = Caps(rule=3, channel=5)


def lane(count: int, delivery: Delivery = Delivery(), *, rule: int = 1, at: datetime = NOW, **more: object) -> Lane:  # noqa: B008
    waiting = tuple(Waiting(rule * 1000 + n, at + timedelta(milliseconds=n)) for n in range(count))
    return Lane(rule_id=rule, delivery=delivery, waiting=waiting, **more)  # type: ignore[arg-type]


def kinds(planned: list[Planned]) -> list[tuple[Kind, int | None, int]]:
    return [(p.kind, p.rule_id, len(p.events)) for p in planned]


MINUTES = timedelta(minutes=1)
THROTTLED = Delivery(throttle_s=900)
QUIET = Delivery(quiet="22:00-07:00", timezone="Europe/Berlin")
DAILY = Delivery(digest="daily@07:30", timezone="Europe/Berlin")


class TestDue:
    @pytest.mark.parametrize(
        ("one", "now", "expected"),
        [
            pytest.param(lane(0), NOW, None, id="nothing waits"),
            pytest.param(lane(2), NOW, Kind.ALERT, id="at once, each for itself"),
            pytest.param(lane(2, enabled=False), NOW, None, id="paused"),
            pytest.param(lane(2, THROTTLED), NOW, Kind.GATHERED, id="throttled, never spoke: all in one"),
            pytest.param(lane(1, THROTTLED), NOW, Kind.ALERT, id="throttled, one story"),
            pytest.param(lane(2, THROTTLED, last_at=NOW - 14 * MINUTES), NOW, None, id="throttled, spoke 14 minutes ago"),
            pytest.param(lane(2, THROTTLED, last_at=NOW - 15 * MINUTES), NOW, Kind.GATHERED, id="throttled, spoke 15 minutes ago"),
            pytest.param(lane(2, QUIET), datetime(2026, 11, 24, 21, 30, tzinfo=UTC), None, id="quiet"),
            pytest.param(lane(2, QUIET, at=datetime(2026, 11, 24, 3, 0, tzinfo=UTC)), datetime(2026, 11, 24, 6, 0, tzinfo=UTC), Kind.GATHERED, id="after quiet hours: all in one"),
            pytest.param(lane(2, QUIET), NOW, Kind.ALERT, id="not quiet, nothing held"),
            pytest.param(lane(2, DAILY, at=NOW), NOW + timedelta(hours=18, minutes=29), None, id="a minute before the digest"),
            pytest.param(lane(2, DAILY, at=NOW), NOW + timedelta(hours=18, minutes=30), Kind.DIGEST, id="the digest"),
            pytest.param(lane(1, DAILY, at=NOW), NOW + timedelta(days=3), Kind.DIGEST, id="a digest that was missed, as no worker ran"),
            pytest.param(lane(1, Delivery(digest="daily@07:30", quiet="07:00-08:00", timezone="Europe/Berlin"), at=NOW), NOW + timedelta(hours=18, minutes=30), None, id="a digest in quiet hours waits"),
        ],
    )  # fmt: skip
    def test_how_it_is_said(self, one: Lane, now: datetime, expected: Kind | None) -> None:
        assert due(one, now) is expected


class TestStorms:
    @pytest.mark.parametrize(
        ("lanes", "past", "expected"),
        [
            pytest.param([lane(3)], Past(), [(Kind.ALERT, 1, 1)] * 3, id="up to the cap"),
            pytest.param([lane(50)], Past(), [(Kind.ALERT, 1, 1)] * 3 + [(Kind.STORM, 1, 47)], id="over the rule's cap: one summary"),
            pytest.param([lane(50, recent=3)], Past(3), [(Kind.STORM, 1, 50)], id="the cap is used up"),
            pytest.param([lane(50, recent=3, storm_at=NOW - 59 * MINUTES)], Past(3), [], id="summed up already: wait"),
            pytest.param([lane(50, storm_at=NOW - STORM_WINDOW)], Past(), [(Kind.ALERT, 1, 1)] * 3 + [(Kind.STORM, 1, 47)], id="an hour later"),
            pytest.param(
                [lane(2, rule=n) for n in (1, 2, 3, 4)],
                Past(),
                [(Kind.ALERT, 1, 1)] * 2 + [(Kind.ALERT, 2, 1)] * 2 + [(Kind.ALERT, 3, 1), (Kind.STORM, None, 3)],
                id="over the channel's cap: one summary over rules",
            ),
            pytest.param([lane(2, rule=1), lane(1, rule=2)], Past(4), [(Kind.ALERT, 1, 1), (Kind.STORM, None, 2)], id="what was said before counts"),
            pytest.param([lane(1, rule=2)], Past(5), [(Kind.STORM, 2, 1)], id="a summary over one rule is the rule's"),
            pytest.param([lane(2), lane(1, rule=2)], Past(5, storm_at=NOW - MINUTES), [], id="the channel was summed up already: wait"),
            pytest.param([lane(9, DAILY, at=NOW - timedelta(days=1))], Past(4), [(Kind.DIGEST, 1, 9)], id="a digest is one message"),
            pytest.param([lane(9, DAILY, at=NOW - timedelta(days=1))], Past(5), [(Kind.STORM, 1, 9)], id="a digest over the cap is summed up"),
        ],
    )  # fmt: skip
    def test_caps(self, lanes: list[Lane], past: Past, expected: list[tuple[Kind, int | None, int]]) -> None:
        assert kinds(plan(lanes, past, CAPS, NOW)) == expected

    @settings(deadline=None)
    @given(
        st.lists(st.tuples(st.integers(0, 40), st.sampled_from([Delivery(), THROTTLED, DAILY, QUIET])), max_size=6),
        st.integers(0, 20),
        st.integers(1, 9),
        st.integers(1, 9),
    )
    def test_nothing_is_said_twice_and_caps_hold(
        self, rules: list[tuple[int, Delivery]], recent: int, of_rule: int, of_channel: int
    ) -> None:
        lanes = [lane(count, delivery, rule=n) for n, (count, delivery) in enumerate(rules, start=1)]
        planned = plan(lanes, Past(recent), Caps(of_rule, of_channel), NOW)
        told = [event for p in planned for event in p.events]

        assert len(told) == len(set(told))
        assert set(told) <= {w.event_id for one in lanes for w in one.waiting}
        single = [p for p in planned if p.kind is not Kind.STORM]
        assert len(single) <= max(0, of_channel - recent)
        assert all(sum(p.rule_id == one.rule_id for p in single) <= of_rule for one in lanes)
        assert len([p for p in planned if p.kind is Kind.STORM]) <= len(lanes)


def simulate(delivery: Delivery, arrivals: list[datetime], until: datetime, caps: Caps = CAPS) -> Iterator[tuple[datetime, Kind, int]]:
    """A worker that looks every minute; what it says and when."""
    now, waiting = arrivals[0], dict(enumerate(arrivals))
    said: list[tuple[datetime, Kind]] = []
    while now <= until:
        here = tuple(Waiting(i, at) for i, at in waiting.items() if at <= now)
        recent = [kind for at, kind in said if at > now - STORM_WINDOW and kind is not Kind.STORM]
        storms = [at for at, kind in said if kind is Kind.STORM]
        one = Lane(
            rule_id=1,
            delivery=delivery,
            waiting=here,
            last_at=said[-1][0] if said else None,
            recent=len(recent),
            storm_at=storms[-1] if storms else None,
        )
        for planned in plan([one], Past(len(recent)), caps, now):
            yield now, planned.kind, len(planned.events)
            said.append((now, planned.kind))
            for event in planned.events:
                del waiting[event]
        now += MINUTES


class TestOverTime:
    def test_a_throttled_rule_speaks_every_quarter_of_an_hour(self) -> None:
        said = list(simulate(THROTTLED, [NOW + n * MINUTES for n in range(60)], NOW + 90 * MINUTES))

        assert [(at - NOW).total_seconds() / 60 for at, _, _ in said] == [0, 15, 30, 45, 60]
        assert [count for _, _, count in said] == [1, 15, 15, 15, 14]

    def test_a_storm_is_few_messages_and_loses_nothing(self) -> None:
        said = list(simulate(Delivery(), [NOW + timedelta(seconds=n) for n in range(3_000)], NOW + timedelta(hours=4)))

        assert sum(count for _, _, count in said) == 3_000
        assert len(said) <= 3 + 1 + 3 + 1

    def test_the_night_of_the_change_to_summer_time(self) -> None:
        evening = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)  # 21:00 in Berlin; quiet from 21:00 UTC, until 5:00 UTC
        said = list(simulate(QUIET, [evening + timedelta(hours=n) for n in range(14)], evening + timedelta(hours=14)))

        assert [at.hour for at, _, _ in said[:3]] == [20, 5, 6]
        assert said[1][1:] == (Kind.GATHERED, 9)

    @pytest.mark.parametrize(
        ("day", "hour"), [(datetime(2026, 3, 29, tzinfo=UTC), 5), (datetime(2026, 10, 25, tzinfo=UTC), 6)], ids=["spring", "autumn"]
    )
    def test_a_digest_comes_at_its_wall_clock_time(self, day: datetime, hour: int) -> None:
        said = list(simulate(DAILY, [day - timedelta(hours=12), day], day + timedelta(hours=20)))

        assert said == [(day.replace(hour=hour, minute=30), Kind.DIGEST, 2)]
