from __future__ import annotations

import asyncio
import itertools
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any

import pytest

from ingest.web.politeness import HostGate


class FastClock(selectors.SelectSelector):
    """Where a loop would sleep, this clock jumps."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0
        return super().select(0)


def run(main: Coroutine[Any, Any, None], clock: FastClock) -> None:
    loop = asyncio.SelectorEventLoop(clock)
    loop.time = lambda: clock.now  # type: ignore[method-assign]  # all sleeps follow the fast clock
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main)


def visits(plan: Mapping[str, list[float]], *, concurrency: int, interval_s: float) -> dict[str, list[tuple[float, float]]]:
    """(start, end) of every visit in order of their starts; `plan` says how long each visit of a host takes, in seconds."""
    clock = FastClock()
    seen: dict[str, list[tuple[float, float]]] = {host: [] for host in plan}

    async def main() -> None:
        gate = HostGate(concurrency, interval_s, clock=lambda: clock.now)

        async def visit(host: str, duration: float) -> None:
            async with gate.turn(host):
                start = clock.now
                await asyncio.sleep(duration)
                seen[host].append((start, clock.now))

        async with asyncio.TaskGroup() as tasks:
            for host, durations in plan.items():
                for duration in durations:
                    tasks.create_task(visit(host, duration))

    run(main(), clock)
    return {host: sorted(turns) for host, turns in seen.items()}


def in_flight(turns: list[tuple[float, float]]) -> int:
    return max(sum(start <= moment < end for start, end in turns) for moment, _ in turns)


@pytest.mark.parametrize(
    ("durations", "limit", "interval_s", "seconds"),
    [
        ([1.3] * 50, 2, 0.5, 33.0),  # the limit of visits at once holds them back
        ([0.1] * 50, 2, 0.5, 24.6),  # the interval does
        ([5.0] * 10, 1, 0.5, 50.0),
        ([0.1, 9.0] * 10, 2, 1.0, 51.0),
        ([1.0] * 8, 4, 0.0, 2.0),
    ],
)
def test_visits_of_a_host_are_few_at_once_and_spaced(durations: list[float], limit: int, interval_s: float, seconds: float) -> None:
    turns = visits({"a.example": durations}, concurrency=limit, interval_s=interval_s)["a.example"]
    assert len(turns) == len(durations)
    assert in_flight(turns) <= limit
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(turns)]
    assert min(gaps) >= interval_s - 1e-9
    assert max(end for _, end in turns) == pytest.approx(seconds, rel=0.05)  # and no slower than the rules ask


def test_hosts_do_not_wait_for_one_another() -> None:
    seen = visits({f"{n}.example": [1.0] for n in range(100)}, concurrency=1, interval_s=10.0)
    assert {turns[0] for turns in seen.values()} == {(0.0, 1.0)}


def test_the_first_visit_does_not_wait() -> None:
    assert visits({"a.example": [1.0]}, concurrency=1, interval_s=60.0)["a.example"] == [(0.0, 1.0)]


def test_a_visit_that_fails_or_is_cancelled_gives_its_turn_back() -> None:
    clock = FastClock()
    log: list[float] = []

    async def main() -> None:
        gate = HostGate(1, 0.5, clock=lambda: clock.now)

        async def fail() -> None:
            async with gate.turn("a.example"):
                raise ConnectionError

        async def stay() -> None:
            async with gate.turn("a.example"):
                await asyncio.sleep(3600)

        with pytest.raises(ConnectionError):
            await fail()
        staying, queued = asyncio.create_task(stay()), asyncio.create_task(stay())
        await asyncio.sleep(1)
        for task in (queued, staying):
            task.cancel()
        await asyncio.gather(staying, queued, return_exceptions=True)
        async with gate.turn("a.example"):
            log.append(clock.now)

    run(main(), clock)
    assert log == [pytest.approx(1.0)]
