"""How short a median delay can be at a number of polls, were it known beforehand at which hours of the week each feed publishes.

A poll shows with a delay of at most `m` what was published in the `m` before it. So polls that catch half of all items within `m` are fewest where
they stand `m` apart in the hours of the week with most items, and nowhere else: half of the items lie in those hours, and polls times `m` is their length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

HOUR_S, WEEK_S = 3_600.0, 7 * 86_400.0


def by_hour_of_week(times: Iterable[float]) -> list[int]:
    """Items in each hour of the week that has any; `times` are seconds since 1970, of whole weeks."""
    return list(Counter(t % WEEK_S // HOUR_S for t in times).values())


def least_median_s(feeds: Iterable[list[int]], polls: float) -> float:
    """The least median delay in seconds over all items that so many `polls` of all feeds in a week can give, on average.

    `feeds` has the items by hour of the week (`by_hour_of_week`) of each. Within an hour items may come at any moment.
    """
    hours = sorted((items for feed in feeds for items in feed), reverse=True)
    wanted, length_s = sum(hours) / 2, 0.0
    for items in hours:
        if items >= wanted:
            return (length_s + HOUR_S * wanted / items) / polls
        wanted -= items
        length_s += HOUR_S
    return 0.0
