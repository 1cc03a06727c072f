"""What polls ask of servers, and what parsers are given of the answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from ingest.feeds.lifecycle import asks_unconditionally
from ingest.feeds.memory import FeedMemory
from ingest.feeds.parse import FeedBytes
from ingest.feeds.sitemap import INDEX
from ingest.model import Feed
from ingest.pipeline.context import Context
from ingest.pipeline.visits import polls
from ingest.web.client import Exchange, WebClient
from ingest.web.status import verdict

_ACCEPT = "application/rss+xml, application/atom+xml, application/rdf+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class Work(msgspec.Struct, frozen=True):
    """A claimed feed, with what is remembered of it."""

    feed: Feed
    memory: FeedMemory


async def fetch_all(ctx: Context, works: Sequence[Work]) -> list[Exchange]:
    """The answers of all feeds, in their order. Raises StateError."""
    limit = ctx.settings.feed_max_bytes
    secrets = ctx.ledger.feeds.secrets([work.feed.id for work in works])
    async with WebClient(ctx.settings) as client, polls(ctx, client) as visits:
        fetches = (
            client.fetch(
                _dialled(work.feed, secrets.get(work.feed.id)),
                max_bytes=limit,
                headers=_conditions(work),
                admission=visits,
                verify_tls=work.feed.verify_tls,
            )
            for work in works
        )
        return list(await asyncio.gather(*fetches))


def _dialled(feed: Feed, secret: str | None) -> str:
    """The feed's URL with its credentials, for the client only."""
    return feed.url.replace("://", f"://{secret}@", 1) if secret else feed.url


def _conditions(work: Work) -> dict[str, str]:
    """Validators as the server gave them, byte for byte (RFC 9110, 13.1)."""
    feed, conditional = work.feed, not asks_unconditionally(work.memory)
    validators = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified} if conditional else {}
    return {"Accept": _ACCEPT} | {name: value for name, value in validators.items() if value}


def says_something_new(work: Work, answer: Exchange, digest: str) -> bool:
    """Whether there is a body that we have not read before; unchanged bytes cost no parsing."""
    if answer.error is not None or verdict(answer.status)[0] is not None:
        return False
    return digest != work.feed.body_hash or work.memory.rhythm is None or work.memory.format == INDEX


def feed_bytes(ctx: Context, answer: Exchange, item_memory: bytes | None = None) -> FeedBytes:
    """What a child parses."""
    return FeedBytes(
        item_memory=item_memory,
        body=answer.body,
        url=answer.final_url,
        content_type=answer.content_type,
        max_entries=ctx.settings.feed_max_entries,
        now=answer.fetched_at,
    )


async def fetch_parts(ctx: Context, addresses: Iterable[str]) -> dict[str, Exchange]:
    """The answers of the sitemaps at `addresses`, each asked for once. Raises StateError."""
    each = list(dict.fromkeys(addresses))
    async with WebClient(ctx.settings) as client, polls(ctx, client) as visits:
        fetches = (client.fetch(url, max_bytes=ctx.settings.feed_max_bytes, admission=visits) for url in each)
        return dict(zip(each, await asyncio.gather(*fetches), strict=True))


def body_hash(answer: Exchange) -> str:
    """Tells whether the same bytes came again."""
    return hashlib.sha256(answer.body).hexdigest()
