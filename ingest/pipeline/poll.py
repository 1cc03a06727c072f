"""Poll the feeds that are due: fetch, parse in a child, store what is new, then save validators and the next time."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import hashlib
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from ingest import urls
from ingest.errors import FeedRejected, ItemError, LeaseLost
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.feeds.schedule import next_poll
from ingest.log import logger
from ingest.model import Feed, ParsedFeed, Reason
from ingest.pipeline.context import Context
from ingest.sandbox import Sandbox
from ingest.web.client import Exchange, WebClient
from ingest.web.politeness import HostGate
from ingest.web.status import retry_after_s, verdict

IDLE_LOOK_S = 1.0  # the longest sleep between two looks at the ledger: another process may add a feed


@dataclasses.dataclass(slots=True)
class PollCounts:
    """What one poll did, in feeds and entries."""

    polled: int = 0
    unchanged: int = 0  # 304, or the same bytes: nothing was parsed
    failed: int = 0
    entries: int = 0
    new_urls: int = 0
    changed: int = 0

    @property
    def found(self) -> int:
        """URLs that wait to be fetched because of this poll."""
        return self.new_urls + self.changed

    def add(self, other: PollCounts) -> None:
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def poll_due(ctx: Context, *, shard: int = 0, shards: int = 1) -> PollCounts:
    """Poll every feed of the shard that is due now."""
    counts = PollCounts()
    with ctx.sandbox("ingest.feeds.parse") as children:
        while claimed := _claim(ctx, shard, shards):
            counts.add(_poll(ctx, claimed, children))
    return counts


def poll_until_new(ctx: Context, *, wait_s: float, shard: int = 0, shards: int = 1) -> PollCounts:
    """Long poll: poll feeds as they fall due; return soon after something new, or after `wait_s` seconds.

    Returns too when URLs of earlier polls wait to be tried (again), so that the caller can ring for them.
    """
    counts = PollCounts()
    end = time.monotonic() + wait_s
    with ctx.sandbox("ingest.feeds.parse") as children:
        while True:
            if claimed := _claim(ctx, shard, shards):
                counts.add(_poll(ctx, claimed, children))
                continue
            left = end - time.monotonic()
            if counts.found or left <= 0:
                return counts
            due = ctx.ledger.feeds.next_due_in_s(shard, shards)
            time.sleep(max(0.0, min(left, IDLE_LOOK_S, IDLE_LOOK_S if due is None else due)))


def _claim(ctx: Context, shard: int, shards: int) -> list[Feed]:
    settings = ctx.settings
    return ctx.ledger.feeds.claim_due(
        owner=ctx.owner, lease_s=settings.lease_s, limit=settings.poll_batch, shard=shard, shards=shards
    )


def _poll(ctx: Context, claimed: Sequence[Feed], children: Sandbox) -> PollCounts:
    counts = PollCounts(polled=len(claimed))
    answers = asyncio.run(_fetch_all(ctx, claimed))
    to_parse = [(feed, answer) for feed, answer in zip(claimed, answers, strict=True) if _is_news(feed, answer)]
    parsed = dict(zip((feed.id for feed, _ in to_parse), _parse(ctx, to_parse, children), strict=True))
    for done, (feed, answer) in enumerate(zip(claimed, answers, strict=True), start=1):
        try:
            _store(ctx, feed, answer, parsed.get(feed.id), counts)
        except LeaseLost:
            logger().warning("feed lease lost", feed=urls.redact(feed.url))
        ctx.progress("poll", done, len(claimed))
    return counts
