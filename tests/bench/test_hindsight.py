"""How short could a median delay be, were the hours of publishing known?"""

from __future__ import annotations

import random

import pytest

from bench.hindsight import HOUR_S, WEEK_S, by_hour_of_week, least_median_s

EVEN, OFFICE = [2] * 168, [24] * 14


def test_items_are_counted_by_the_hour_of_their_week() -> None:
    assert sorted(by_hour_of_week([0, HOUR_S - 1, HOUR_S, WEEK_S, 3 * WEEK_S + 2 * HOUR_S])) == [1, 1, 3]


@pytest.mark.parametrize(
    ("feeds", "polls", "median_s"),
    [
        pytest.param([EVEN], 168, HOUR_S / 2, id="a poll an hour of an even feed: half of its items wait less than half an hour"),
        pytest.param([OFFICE], 168, HOUR_S / 24, id="in a twelfth of the week: a twelfth of that"),
        pytest.param([OFFICE], 84, HOUR_S / 12, id="half the polls, twice the delay"),
        pytest.param([[300], [1] * 168], 60, HOUR_S * (468 / 2 / 300) / 60, id="of two feeds the busy one is polled, and only it"),
        pytest.param([[300], [100] * 168], 60, HOUR_S * (1 + 8250 / 100) / 60, id="the other too where it has half of the items"),
        pytest.param([[], []], 10, 0, id="nothing published"),
    ],
)
def test_the_least_median(feeds: list[list[int]], polls: float, median_s: float) -> None:
    assert least_median_s(feeds, polls) == pytest.approx(median_s)


def test_polls_at_even_distances_come_up_to_it_for_an_even_feed() -> None:
    rng = random.Random(1)
    times = [rng.uniform(0, WEEK_S) for _ in range(100_000)]
    delays = sorted(-t % HOUR_S for t in times)

    assert least_median_s([by_hour_of_week(times)], polls=168) == pytest.approx(delays[50_000], rel=0.06)
