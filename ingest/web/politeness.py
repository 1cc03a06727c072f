"""Politeness inside one worker: how many fetches at once from a host, and how far apart they start."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager


class HostGate:
    """At most `concurrency` turns of a host at once; their starts at least `interval_s` seconds apart."""

    def __init__(
        self,
        concurrency: int,
        interval_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`clock` and `sleep` are the test's to replace."""
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(concurrency))
        self._next: defaultdict[str, float] = defaultdict(lambda: float("-inf"))
        self._interval_s = interval_s
        self._clock = clock
        self._sleep = sleep

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for a turn of `host`, and hold it."""
        async with self._slots[host]:
            start = max(self._clock(), self._next[host])
            self._next[host] = start + self._interval_s
            if (wait := start - self._clock()) > 0:
                await self._sleep(wait)
            yield
