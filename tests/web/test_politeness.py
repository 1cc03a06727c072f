from __future__ import annotations

import asyncio
import itertools
import selectors
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import pytest

from ingest.errors import Postponed, StateError
from ingest.model import Reason
from ingest.web.manners import Answer, Ask, Left, Rules, ScopeMemory, decide
from ingest.web.politeness import Desk


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


class Book:
    """What workers share, in memory."""

    def __init__(self, clock: FastClock, rules: Rules) -> None:
        self.known: dict[str, ScopeMemory] = {}
        self.writes = 0
        self._clock, self._rules = clock, rules

    def __call__(self, asks: Sequence[Ask], left: Sequence[Left]) -> Mapping[str, Answer]:
        self.writes += 1
        self.known, answers = decide(self.known, asks, left, self._rules, round(self._clock.now * 1000))
        return answers


async def at_once(book: Callable[..., Mapping[str, Answer]], *arguments: object) -> Mapping[str, Answer]:
    """No thread: with one, the fast clock would not wait for it."""
    return book(*arguments)


def desk(book: Callable[..., Mapping[str, Answer]], clock: FastClock, *, capacity: int = 100, per_scope: int = 2) -> Desk:
    return Desk(book, capacity=capacity, per_scope=per_scope, clock=lambda: clock.now, in_thread=at_once)


def visits(
    plan: Mapping[str, list[float]], *, concurrency: int, interval_s: float, workers: int = 1, capacity: int = 100
) -> dict[str, list[tuple[float, float]]]:
    """(start, end) of every visit in order of their starts; `plan` says how long each visit of a host takes, in seconds."""
    clock = FastClock()
    book = Book(clock, Rules(concurrency, interval_s, turn_s=3_600))
    seen: dict[str, list[tuple[float, float]]] = {host: [] for host in plan}

    async def worker(mine: int) -> None:
        async with desk(book, clock, capacity=capacity, per_scope=concurrency) as turns:

            async def visit(host: str, duration: float) -> None:
                turn = await turns.take(host, patience_s=1e6)
                start = clock.now
                await asyncio.sleep(duration)
                seen[host].append((start, clock.now))
                turn.over(200, None)

            async with asyncio.TaskGroup() as tasks:
                for host, durations in plan.items():
                    for duration in durations[mine::workers]:
                        tasks.create_task(visit(host, duration))

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for mine in range(workers):
                tasks.create_task(worker(mine))

    run(main(), clock)
    assert all(not memory.turns for memory in book.known.values()), "all turns were given back"
    return {host: sorted(turns) for host, turns in seen.items()}


def in_flight(turns: list[tuple[float, float]]) -> int:
    return max(sum(start <= moment < end for start, end in turns) for moment, _ in turns)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(
    ("durations", "limit", "interval_s", "seconds"),
    [
        pytest.param([1.3] * 50, 2, 0.5, 33.0, id="the limit of visits at once holds them back"),
        pytest.param([0.1] * 50, 2, 0.5, 24.6, id="the interval does"),
        pytest.param([5.0] * 10, 1, 0.5, 50.0, id="one at a time"),
        pytest.param([1.0] * 8, 4, 0.0, 2.0, id="no interval"),
        pytest.param([0.1] * 5, 2, 30.0, 120.1, id="a long interval"),
    ],
)
def test_visits_of_a_host_are_few_at_once_and_spaced(
    durations: list[float], limit: int, interval_s: float, seconds: float, workers: int
) -> None:
    turns = visits({"a.example": durations}, concurrency=limit, interval_s=interval_s, workers=workers)["a.example"]
    assert len(turns) == len(durations)
    assert in_flight(turns) <= limit
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(turns)]
    assert min(gaps) >= interval_s - 0.002  # the book counts in milliseconds
    # And not much slower than the rules ask: several workers look from time to time whether others have ended.
    assert seconds * 0.95 <= max(end for _, end in turns) <= seconds * (1.05 if workers == 1 else 1.5)


def test_hosts_do_not_wait_for_one_another() -> None:
    seen = visits({f"{n}.example": [1.0] for n in range(100)}, concurrency=1, interval_s=10.0)
    assert max(end for turns in seen.values() for _, end in turns) < 1.1


def test_turns_that_are_out_are_no_more_than_can_be_used() -> None:
    seen = visits({f"{n}.example": [1.0] for n in range(40)}, concurrency=1, interval_s=0.0, capacity=10)
    assert in_flight([turn for turns in seen.values() for turn in turns]) == 10


def test_while_many_turns_are_out_ends_are_gathered_for_longer() -> None:
    clock = FastClock()
    book = Book(clock, Rules())

    async def visit(turns: Desk, number: int) -> None:
        turn = await turns.take(f"{number}.example", patience_s=9)
        await asyncio.sleep(number / 1_000)
        turn.over(200, None)

    async def main() -> None:
        async with desk(book, clock) as turns:
            await asyncio.gather(*(visit(turns, number) for number in range(100)))

    run(main(), clock)
    assert book.writes < 12  # one for all asks, then one in 28 ms down to one in 4, instead of 25


def test_many_asks_go_into_one_write() -> None:
    clock = FastClock()
    book = Book(clock, Rules())

    async def main() -> None:
        async with desk(book, clock) as turns:
            taken = await asyncio.gather(*(turns.take(f"{n}.example", patience_s=9) for n in range(50)))
            for turn in taken:
                turn.over(200, None)

    run(main(), clock)
    assert book.writes == 2


@pytest.mark.parametrize(
    ("status", "hourly", "reason", "in_s"),
    [
        pytest.param(429, 0, Reason.HOST_WAITS, 300.0, id="it asked to be left alone"),
        pytest.param(200, 1, Reason.HOST_BUDGET, 3_600.0, id="its budget is used up"),
    ],
)
def test_who_would_wait_too_long_hears_of_it_at_once(status: int, hourly: int, reason: Reason, in_s: float) -> None:
    clock = FastClock()
    book = Book(clock, Rules(hourly=hourly))
    refused: list[Postponed] = []

    async def main() -> None:
        async with desk(book, clock) as turns:
            (await turns.take("a.example", patience_s=60, counted=True)).over(status, "300")
            for error in await asyncio.gather(
                *(turns.take("a.example", patience_s=60, counted=True) for _ in range(20)), return_exceptions=True
            ):
                assert isinstance(error, Postponed)
                refused.append(error)

    run(main(), clock)
    assert {error.reason for error in refused} == {reason}
    assert all(error.in_s == pytest.approx(in_s, abs=1) for error in refused)
    assert clock.now < 1


def test_who_is_not_reached_in_time_is_put_off() -> None:
    clock = FastClock()

    async def main() -> None:
        async with desk(Book(clock, Rules(concurrency=1)), clock) as turns:
            held = await turns.take("a.example", patience_s=60)
            with pytest.raises(Postponed):
                await turns.take("a.example", patience_s=60)
            assert clock.now == pytest.approx(60, abs=1)
            held.over(200, None)
            (await turns.take("a.example", patience_s=60)).over(200, None)

    run(main(), clock)


def test_a_visit_that_is_cancelled_gives_its_turn_back() -> None:
    clock = FastClock()
    book = Book(clock, Rules(concurrency=1, interval_s=0.5))

    async def main() -> None:
        async with desk(book, clock) as turns:
            (await turns.take("a.example", patience_s=60)).over(200, None)
            starting, queued = (asyncio.create_task(turns.take("a.example", patience_s=60)) for _ in range(2))
            await asyncio.sleep(0.1)  # one has its turn, and waits for its start
            for task in (queued, starting):
                task.cancel()
            await asyncio.gather(starting, queued, return_exceptions=True)
            (await turns.take("a.example", patience_s=60)).over(200, None)

    run(main(), clock)
    assert not book.known["a.example"].turns


def test_a_book_that_fails_fails_everyone_who_waits_or_comes_later() -> None:
    clock = FastClock()

    def broken(_asks: object, _left: object) -> Mapping[str, Answer]:
        raise StateError("gone")

    async def main() -> None:
        async with desk(broken, clock) as turns:
            errors = await asyncio.gather(*(turns.take(f"{n}.example", patience_s=60) for n in range(3)), return_exceptions=True)
            assert [type(error) for error in errors] == [StateError] * 3
            with pytest.raises(StateError):
                await turns.take("a.example", patience_s=60)

    run(main(), clock)


def test_a_turn_given_back_at_the_end_is_not_lost_while_its_write_waits() -> None:
    clock = FastClock()
    book = Book(clock, Rules(concurrency=1))

    async def busy(book: Callable[..., Mapping[str, Answer]], *arguments: object) -> Mapping[str, Answer]:
        await asyncio.sleep(1)  # as for a thread, on a busy machine
        return book(*arguments)

    async def main() -> None:
        async with Desk(book, capacity=9, per_scope=1, clock=lambda: clock.now, in_thread=busy) as turns:
            turn = await turns.take("a.example", patience_s=60)
            turn.over(200, None)
            await asyncio.sleep(0.1)  # its write has begun

    run(main(), clock)
    assert not book.known["a.example"].turns
