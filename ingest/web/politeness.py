"""Turns: how the requests of one worker wait until their scope may be asked. What all workers know of it is in a book that they share.

Asks, and turns that are over, are gathered while the book is written, so that one write serves many.
"""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from ingest.errors import Postponed
from ingest.model import Reason
from ingest.web.manners import Answer, Ask, Left, Why
from ingest.web.status import retry_after_s

Book = Callable[[Sequence[Ask], Sequence[Left]], Mapping[str, Answer]]  # an answer for each ask, by its id; may block

GATHER_S = 0.004  # what is asked for within this time goes into one write …
GATHER_MORE = 6.0  # … and times as much more while all turns are out: soon others will be over
_WORDS = {
    Why.TURNS: "many requests wait for their turn there",
    Why.BLOCKED: "it asked to be left alone",
    Why.BUDGET: "what may be asked of it in an hour is used up",
}


@dataclasses.dataclass(eq=False, slots=True)
class Turn:
    """A turn of a scope, held until `over`."""

    desk: Desk
    ask: Ask

    def over(self, status: int, retry_after: str | None) -> None:
        """Give it back, with what the host said."""
        self.desk.give_back(Left(self.ask.id, self.ask.scope, status, retry_after_s(retry_after, datetime.now(UTC))))


@dataclasses.dataclass(eq=False, slots=True)
class _Waiting:
    ask: Ask
    until: float  # when its patience ends
    answer: asyncio.Future[Answer]


class Desk:
    """Use as an async context manager; one per event loop.

    At most `capacity` turns are out at once, so that one that is given can be used at once; of one scope at most `per_scope`
    are asked for in one write.
    """

    def __init__(
        self,
        book: Book,
        *,
        capacity: int,
        per_scope: int,
        clock: Callable[[], float] = time.monotonic,
        in_thread: Callable[..., Awaitable[Mapping[str, Answer]]] = asyncio.to_thread,
    ) -> None:
        """`clock` and `in_thread`, which runs `book`, are the test's to replace."""
        self._book = book
        self._in_thread = in_thread
        self._capacity = capacity
        self._per_scope = per_scope
        self._clock = clock
        self._waiting: dict[str, deque[_Waiting]] = {}  # by scope, in the order of their coming
        self._not_before: dict[str, float] = {}  # by scope: it is no use to ask again earlier
        self._left: list[Left] = []
        self._out = 0
        self._changed = asyncio.Event()
        self._ids = (f"{mine}.{n}" for mine in (secrets.token_hex(4),) for n in itertools.count())
        self._fault: Exception | None = None
        self._closing = False

    async def take(self, scope: str, *, patience_s: float, interval_s: float = 0.0, counted: bool = False) -> Turn:
        """Wait for a turn of `scope`; the request may start when this returns.

        Raises Postponed where none comes within `patience_s` seconds, at once where that is known; what the book raises.
        """
        if self._fault:
            raise self._fault
        mine = _Waiting(
            Ask(next(self._ids), scope, interval_s, counted), self._clock() + patience_s, asyncio.get_running_loop().create_future()
        )
        self._waiting.setdefault(scope, deque()).append(mine)
        self._changed.set()
        try:
            async with asyncio.timeout(patience_s):
                answer = await mine.answer
        except TimeoutError:
            raise _postponed(scope, Answer(patience_s, Why.TURNS)) from None
        try:
            await asyncio.sleep(answer.in_s)
        except asyncio.CancelledError:
            self.give_back(Left(mine.ask.id, scope))
            raise
        return Turn(self, mine.ask)

    def give_back(self, left: Left) -> None:
        """A turn is over."""
        self._out -= 1
        self._left.append(left)
        self._not_before.pop(left.scope, None)
        self._changed.set()

    async def __aenter__(self) -> Self:
        self._clerk = asyncio.create_task(self._serve())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Not cancelled: a write that waits for its thread would be lost, and with it turns that others wait for.
        self._closing = True
        self._changed.set()
        await self._clerk

    async def _serve(self) -> None:
        try:
            while self._left or not self._closing:
                if self._left or self._ready():
                    await asyncio.sleep(GATHER_S * (1 + GATHER_MORE * self._out / self._capacity))
                    await self._write()
                else:
                    await self._wait()
        except Exception as fault:  # noqa: BLE001  # whoever waits must hear of it
            self._fault = fault
            for waiting in itertools.chain.from_iterable(self._waiting.values()):
                if not waiting.answer.done():
                    waiting.answer.set_exception(fault)

    async def _wait(self) -> None:
        """Until something changes, or a scope may be asked for again."""
        now = self._clock()
        again = [self._not_before[scope] - now for scope in self._waiting if scope in self._not_before]
        try:
            async with asyncio.timeout(max(0.0, min(again)) if again and self._out < self._capacity else None):
                await self._changed.wait()
        except TimeoutError:
            pass
        self._changed.clear()

    def _ready(self) -> list[_Waiting]:
        """Who is asked for next."""
        now = self._clock()
        found: list[_Waiting] = []
        for scope, queue in list(self._waiting.items()):
            while queue and queue[0].answer.done():
                queue.popleft()
            if not queue:
                del self._waiting[scope]
            elif self._not_before.get(scope, now) <= now:
                found += itertools.islice((waiting for waiting in queue if not waiting.answer.done()), self._per_scope)
        return found[: self._capacity - self._out]

    async def _write(self) -> None:
        asked, left = self._ready(), self._left
        self._left = []
        answers = await self._in_thread(self._book, [waiting.ask for waiting in asked], left)
        for waiting in asked:
            answer = answers[waiting.ask.id]
            if answer.why is None:
                self._out += 1
                if waiting.answer.done():  # it lost its patience meanwhile
                    self.give_back(Left(waiting.ask.id, waiting.ask.scope))
                else:
                    waiting.answer.set_result(answer)
            else:
                self._later(waiting, answer)

    def _later(self, refused: _Waiting, answer: Answer) -> None:
        """Ask again in time; who cannot wait for so long hears of it now."""
        scope, now = refused.ask.scope, self._clock()
        self._not_before[scope] = now + answer.in_s
        if answer.why is Why.TURNS:
            return
        for waiting in self._waiting.get(scope, ()):
            concerned = answer.why is Why.BLOCKED or waiting.ask.counted
            if concerned and not waiting.answer.done() and waiting.until < now + answer.in_s:
                waiting.answer.set_exception(_postponed(scope, answer))


def _postponed(scope: str, answer: Answer) -> Postponed:
    reason = Reason.HOST_BUDGET if answer.why is Why.BUDGET else Reason.HOST_WAITS
    return Postponed(f"{scope} is not asked now: {_WORDS[answer.why or Why.TURNS]}.", reason=reason, in_s=answer.in_s)
