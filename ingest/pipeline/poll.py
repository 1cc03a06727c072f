"""Poll the feeds that are due: fetch, parse in a child, store what is new; `polled` says what else is written of each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ingest import urls
from ingest.errors import ItemError, LeaseLost, StateError
from ingest.feeds.memory import remembered
from ingest.feeds.parse import parse_feed
from ingest.feeds.sitemap import merged
from ingest.log import logger
from ingest.model import Feed, ParsedFeed
from ingest.pipeline.asking import Work, body_hash, feed_bytes, fetch_all, fetch_parts, says_something_new
from ingest.pipeline.context import Context
from ingest.pipeline.polled import PollCounts, Told, outcome
from ingest.pipeline.websub import keep_subscriptions
from ingest.sandbox import Sandbox
from ingest.state.ledger import PollEnd, Shown, Stored
from ingest.web.client import Exchange

_OK = 200
IDLE_LOOK_S = 1.0  # the longest sleep between two looks at the ledger: another process may add a feed


def poll_due(ctx: Context, *, shard: int = 0, shards: int = 1) -> PollCounts:
    """Poll every feed of the shard that is due now."""
    counts = PollCounts()
    with Sandbox.of(ctx.settings, "ingest.feeds.parse") as children:
        while claimed := _claim(ctx, shard, shards):
            counts.add(_poll(ctx, claimed, children))
    keep_subscriptions(ctx)
    return counts


def poll_until_new(ctx: Context, *, wait_s: float, shard: int = 0, shards: int = 1) -> PollCounts:
    """Long poll: poll feeds as they fall due; return soon after something new, or after `wait_s` seconds."""
    counts = PollCounts()
    end = time.monotonic() + wait_s
    keep_subscriptions(ctx)
    with Sandbox.of(ctx.settings, "ingest.feeds.parse") as children:
        while True:
            if claimed := _claim(ctx, shard, shards):
                counts.add(_poll(ctx, claimed, children))
                keep_subscriptions(ctx)
                continue
            left = end - time.monotonic()
            if counts.found or left <= 0:
                return counts
            due = ctx.ledger.feeds.next_due_in_s(shard, shards)
            time.sleep(max(0.0, min(left, IDLE_LOOK_S, IDLE_LOOK_S if due is None else due)))


def _claim(ctx: Context, shard: int, shards: int) -> list[Feed]:
    settings = ctx.settings
    if settings.websub_url:
        ctx.ledger.websub.answer_rings()
    return ctx.ledger.feeds.claim_due(owner=ctx.owner, lease_s=settings.lease_s, limit=settings.poll_batch, shard=shard, shards=shards)


def _poll(ctx: Context, claimed: Sequence[Feed], children: Sandbox) -> PollCounts:
    """Poll feeds that are leased. Should it fail, those not done with are free at once; the one in hand is tried again when its lease ends."""
    untouched = list(claimed)
    try:
        works = [Work(feed, remembered(feed.memory)) for feed in claimed]
        answers = dict(zip((feed.id for feed in claimed), asyncio.run(fetch_all(ctx, works)), strict=True))
        return _read(ctx, works, answers, children, untouched)
    except BaseException:  # also when it is told to stop
        with suppress(StateError):
            ctx.ledger.feeds.release(untouched)
        raise


def _read(ctx: Context, works: Sequence[Work], answers: Mapping[int, Exchange], children: Sandbox, untouched: list[Feed]) -> PollCounts:
    """Take feeds out of `untouched` as their turn comes."""
    counts = PollCounts(polled=len(works))
    hashes = {key: body_hash(answer) for key, answer in answers.items()}
    news = [work for work in works if says_something_new(work, answers[work.feed.id], hashes[work.feed.id])]
    bodies = (feed_bytes(ctx, answers[work.feed.id], bytes(work.memory.items) or None) for work in news)
    parsed = dict(zip((work.feed.id for work in news), children.map(parse_feed, bodies), strict=True))
    parsed |= _indexed(ctx, {key: p for key, p in parsed.items() if isinstance(p, ParsedFeed) and p.parts}, children)
    stored = _stored_together(ctx, works, parsed)
    ends: list[PollEnd] = []
    try:
        for done, work in enumerate(works, start=1):
            feed = untouched.pop(0)
            try:
                told = Told(answers[feed.id], hashes[feed.id], parsed.get(feed.id), stored.get(feed.id))
                if end := outcome(ctx, work, told, children, counts):
                    ends.append(end)
            except LeaseLost:
                _tell_lost(feed)
            ctx.progress("poll", done, len(works))
    finally:  # also when it is told to stop: what was read need not be read again
        for feed in ctx.ledger.feeds.finish_polls(ends):
            _tell_lost(feed)
    return counts


def _tell_lost(feed: Feed) -> None:
    logger().warning("feed lease lost: another worker has it", feed=urls.redact(feed.url))


def _indexed(ctx: Context, indexes: dict[int, ParsedFeed], children: Sandbox) -> dict[int, ParsedFeed]:
    """Indexes of sitemaps with the entries of their parts. A part that fails or holds no news is left out: the next poll asks again."""
    if not indexes:
        return {}
    answers = asyncio.run(fetch_parts(ctx, (part for index in indexes.values() for part in index.parts)))
    good = {url: answer for url, answer in answers.items() if answer.error is None and answer.status == _OK}
    sitemaps = dict(zip(good, children.map(parse_feed, (feed_bytes(ctx, answer) for answer in good.values())), strict=True))
    limit = ctx.settings.feed_max_entries
    return {
        key: merged(index, [s for part in index.parts if isinstance(s := sitemaps.get(part), ParsedFeed)], limit)
        for key, index in indexes.items()
    }


def _stored_together(ctx: Context, works: Sequence[Work], parsed: Mapping[int, ParsedFeed | ItemError]) -> dict[int, Stored]:
    """What came of storing what the feeds show, by feed; those whose lease is lost are left out.

    None where that fails: each is then stored by itself, so that only the one that is to blame is tried again when its lease ends.
    """
    shown = [Shown(work.feed, p.entries, p.unchanged) for work in works if isinstance(p := parsed.get(work.feed.id), ParsedFeed)]
    try:
        return ctx.ledger.feeds.store_shown(shown)
    except Exception as error:  # noqa: BLE001  # what it is will be seen at the feed that it comes from
        logger().warning("feeds are stored one by one", why=f"{type(error).__name__}: {error}")
        return {}
