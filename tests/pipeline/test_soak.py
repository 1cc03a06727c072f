"""Ten minutes of feeds of which many misbehave, in small: `bench.soak` has 2,000 on 200 hosts."""

from __future__ import annotations

from bench.soak import CONCURRENCY, soak


def test_nobody_starves_and_no_host_is_asked_more_than_agreed() -> None:
    seen = soak(hosts=4)

    assert seen["least_polls_well"] >= 4
    assert seen["least_polls_broken"] >= 2
    assert seen["polls_busy_host"] <= CONCURRENCY, "a host that asks for ten minutes is left alone"
    assert seen["most_at_once"] <= CONCURRENCY
    assert seen["too_early"] == 0
    assert seen["articles"] >= 3 * 5 * 10 * 2, "of the feeds that are well, at several polls"
    assert seen["growth_mb"] < 100
    assert seen["most_open_files"] < 150
