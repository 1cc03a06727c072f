"""What is asked before each request of a worker: robots.txt where articles are fetched, and a turn of the host from the ledger."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from ingest import urls
from ingest.errors import FetchError, RobotsDisallowed, RobotsUnreachable
from ingest.pipeline.context import Context
from ingest.state.ledger import Ledger
from ingest.web import manners, robots
from ingest.web.client import Admission, WebClient
from ingest.web.manners import Answer, Ask, Left, Rules, ScopeMemory
from ingest.web.politeness import Book, Desk, Turn
from ingest.web.robots import Policy, Robots

POLL_PATIENCE_S = 30.0  # a feed whose host has no time is polled later: a whole round of polls waits for it
_GRACE_S = 5.0  # a turn is held a little longer than a fetch may take; longer, and the host waits for a worker that is gone


class Visits:
    """Admission of one worker, for `WebClient.fetch`: each request waits for a turn of its scope."""

    def __init__(self, ctx: Context, client: WebClient, desk: Desk, *, patience_s: float) -> None:
        self._settings = ctx.settings
        self._client = client
        self._desk = desk
        self._patience_s = patience_s

    async def admit(self, url: str) -> Turn:
        """Raises Postponed, StateError."""
        return await self._desk.take(await self._scope(url), patience_s=self._patience_s)

    async def turn(self, url: str, interval_s: float) -> Turn:
        """A turn for an article, which the budget of its host counts. Raises Postponed, StateError."""
        return await self._desk.take(await self._scope(url), patience_s=self._patience_s, interval_s=interval_s, counted=True)

    async def _scope(self, url: str) -> str:
        match self._settings.politeness_scope:
            case "site":
                return urls.site(url)
            case "address":
                try:
                    return await self._client.address(url)
                except FetchError:  # the request will say what is wrong
                    return urls.host(url)
            case _:
                return urls.host(url)


class ArticleVisits:
    """Admission for articles: what robots.txt forbids is not asked for, and its crawl-delay spaces the turns.

    robots.txt is for crawlers that find their way by themselves. A feed was named by a person and is made for programs, so polls
    use `Visits` alone, as feed readers do.
    """

    def __init__(self, ctx: Context, client: WebClient, visits: Visits, trusted: Collection[str]) -> None:
        """`trusted` are hosts whose certificates are not verified."""
        self._trusted = frozenset(trusted)
        self._settings = ctx.settings
        self._ledger = ctx.ledger
        self._client = client
        self._visits = visits
        self._known: dict[str, Robots] = {}
        self._policies: dict[str, Policy] = {}
        self._asking: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def admit(self, url: str) -> Turn:
        """Raises RobotsDisallowed, RobotsUnreachable, Postponed, StateError."""
        delay_s = await self._delay_s(url) if self._settings.robots else 0.0
        return await self._visits.turn(url, delay_s)

    def without_robots(self) -> Admission:
        """The same for a feed that opts out of robots.txt."""
        return _Unruled(self._visits)

    async def _delay_s(self, url: str) -> float:
        origin = robots.address(url)
        async with self._asking[origin]:  # once for all that wait
            known = self._known.get(origin) or await self._look(origin)
            self._known[origin] = known
            if origin not in self._policies:
                self._policies[origin] = await asyncio.to_thread(Policy, known.text)
        if not known.reachable:
            raise RobotsUnreachable(f"{origin} cannot be read now: until it can, everything there is forbidden.")
        policy = self._policies[origin]
        if not policy.allows(url):
            raise RobotsDisallowed(f"{origin} forbids {urls.redact(url)} to crawlers.")
        return min(policy.delay_s(), self._settings.crawl_delay_cap_s)

    async def _look(self, origin: str) -> Robots:
        """From the ledger while it is good, else from the host; where that fails, what was known before may do."""
        remembered = await asyncio.to_thread(self._ledger.hosts.robots, origin, Robots)
        if remembered and remembered[2] > 0:
            return remembered[0]
        answer = await self._client.fetch(
            origin, max_bytes=robots.MAX_BYTES, admission=self._visits, cut=True, verify_tls=urls.host(origin) not in self._trusted
        )
        found = robots.reading(answer.status, answer.error, answer.body)
        if not found.reachable and remembered and remembered[0].reachable and remembered[1] < robots.STALE.total_seconds():
            known, age_s, _ = remembered
            await asyncio.to_thread(self._ledger.hosts.keep_robots, origin, known, kept_s=found.kept_s, age_s=age_s)
            return known
        await asyncio.to_thread(self._ledger.hosts.keep_robots, origin, found, kept_s=found.kept_s)
        return found


class _Unruled:
    """Admission for articles, whatever robots.txt says."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    async def admit(self, url: str) -> Turn:
        return await self._visits.turn(url, 0.0)


@asynccontextmanager
async def polls(ctx: Context, client: WebClient) -> AsyncIterator[Visits]:
    """Admission for polls of feeds."""
    async with _desk(ctx) as desk:
        yield Visits(ctx, client, desk, patience_s=POLL_PATIENCE_S)


@asynccontextmanager
async def articles(ctx: Context, client: WebClient, *, trusted: Collection[str] = ()) -> AsyncIterator[ArticleVisits]:
    """Admission for articles; certificates of the hosts `trusted` are not verified."""
    async with _desk(ctx) as desk:
        yield ArticleVisits(ctx, client, Visits(ctx, client, desk, patience_s=ctx.settings.host_patience_s), trusted)


def _desk(ctx: Context) -> Desk:
    return Desk(book(ctx), capacity=ctx.settings.fetch_concurrency, per_scope=ctx.settings.host_concurrency)


def book(ctx: Context) -> Book:
    """The turns of all workers, in the ledger."""
    settings = ctx.settings
    rules = Rules(settings.host_concurrency, settings.host_interval_s, settings.host_hourly, settings.fetch_total_s + _GRACE_S)
    return lambda asks, left: write(ctx.ledger, rules, asks, left)


def write(ledger: Ledger, rules: Rules, asks: Sequence[Ask], left: Sequence[Left]) -> Mapping[str, Answer]:
    """Turns that are over and turns that are asked for, in one transaction."""
    names = {ask.scope for ask in asks} | {turn.scope for turn in left}
    return ledger.hosts.change(names, ScopeMemory, lambda known, now: manners.decide(known, asks, left, rules, now))
