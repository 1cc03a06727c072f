"""How often a feed publishes, learned from the dates of its items."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.feeds.rhythm import DAY_S, HOUR_S, Rhythm, habits, learn, per_second

NOW = 1_795_521_600.0  # 24 November 2026, noon


def first(dates: list[float], now: float = NOW) -> Rhythm:
    return learn(None, (), window=dates, shown=len(dates), now=now)


@pytest.mark.parametrize("gap_s", [HOUR_S, 3 * HOUR_S, 6 * HOUR_S, 2 * DAY_S])
def test_the_first_document_tells_the_rate(gap_s: float) -> None:
    slow, fast = per_second(first([NOW - gap_s * n for n in range(60, 0, -1)]))

    assert slow * gap_s == pytest.approx(1, rel=0.25)
    assert fast * gap_s == pytest.approx(1, rel=0.5)


def test_silence_lowers_the_rate_and_an_error_does_not() -> None:
    known = first([NOW - HOUR_S * n for n in range(60, 0, -1)])
    quiet = learn(known, (), window=(), shown=60, now=NOW + 5 * DAY_S)

    assert per_second(quiet)[0] < per_second(known)[0] * 0.7
    assert per_second(quiet)[1] < per_second(known)[1] * 0.7


def test_a_feed_that_published_last_years_ago_is_not_taken_for_busy() -> None:
    slow, fast = per_second(first([NOW - 900 * DAY_S - n for n in range(20)]))

    assert slow * 30 * DAY_S <= 1
    assert fast <= slow


def test_hours_and_weekdays_have_their_share() -> None:
    mornings = [NOW - 4 * HOUR_S - DAY_S * n for n in range(28) if int((NOW - DAY_S * n) // DAY_S + 3) % 7 < 5]
    known = first(sorted(mornings))

    assert habits(known).at(NOW - 4 * HOUR_S) > 3 * habits(known).at(NOW + 6 * HOUR_S)
    assert habits(known).at(NOW - 4 * HOUR_S) > 1.2 * habits(known).at(NOW + 4 * DAY_S - 4 * HOUR_S), "Saturday"


def test_bursts_make_no_habit() -> None:
    """Each as many items in the same three hours of the day: in three bursts, and one on each of thirty days."""
    bursts = first([NOW - day * DAY_S + hour * HOUR_S + 60 * n for day, hour in ((30, 1), (20, 9), (8, 17)) for n in range(30)])
    habit = first([NOW - day * DAY_S + hour * HOUR_S for day in range(30, 0, -1) for hour in (1, 9, 17)])

    assert habits(habit).at(NOW + 5 * HOUR_S) < 0.15, "hours at which it never publishes"
    assert habits(bursts).at(NOW + 5 * HOUR_S) > 0.4, "hours without a burst so far"


def test_an_afternoon_tells_nothing_of_the_weekday() -> None:
    afternoon = first([NOW - 1_200.0 * n for n in range(40, 0, -1)])

    assert habits(afternoon).at(NOW - HOUR_S) == pytest.approx(1, abs=0.4)
    assert habits(afternoon).at(NOW + 2 * DAY_S - HOUR_S) > 0.7


@pytest.mark.parametrize(
    ("dates", "turnover_s"),
    [
        pytest.param([NOW - 60 * n for n in range(1, 31)], 29 * 60, id="half an hour of a busy feed"),
        pytest.param([NOW - DAY_S] * 20, None, id="a batch of one moment tells nothing"),
        pytest.param([NOW - DAY_S, NOW], None, id="two items tell nothing"),
        pytest.param([], None, id="no dates"),
    ],
)
def test_in_what_time_the_window_rolls_over(dates: list[float], turnover_s: float | None) -> None:
    assert first(dates).turnover_s == turnover_s


def test_the_fastest_roll_over_is_kept_in_mind_and_fades() -> None:
    busy = first([NOW - 60 * n for n in range(1, 31)])
    calm = [NOW + DAY_S * (n - 29) for n in range(1, 31)]
    week_later = learn(busy, (), window=calm, shown=30, now=NOW + 7 * DAY_S)
    year_later = learn(busy, (), window=calm, shown=30, now=NOW + 365 * DAY_S)

    assert 29 * 60 < (week_later.turnover_s or 0) < 60 * 60
    assert year_later.turnover_s == pytest.approx(29 * DAY_S)


@given(st.lists(st.lists(st.floats(0, 4e9), max_size=5), max_size=6), st.lists(st.floats(0, 4e9), min_size=6, max_size=6))
def test_any_dates_in_any_order_give_finite_rates(polls: list[list[float]], times: list[float]) -> None:
    known: Rhythm | None = None
    for new, now in zip(polls, times, strict=False):
        known = learn(known, new, window=new, shown=len(new), now=now)
        slow, fast = per_second(known)
        assert 0 < slow < 1e6
        assert 0 < fast < 1e6
        assert 0 < habits(known).at(now) < 1e3
