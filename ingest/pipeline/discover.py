"""Find the feed of a site: ask the address, then what its page names, then the customary paths. The first that is a feed counts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec

from ingest import urls
from ingest.errors import FetchError, ItemError
from ingest.feeds.discover import Candidate, PageToSearch, candidates, common_paths
from ingest.feeds.parse import FeedBytes, parse_feed
from ingest.model import ParsedFeed, Reason
from ingest.pipeline.context import Context
from ingest.pipeline.visits import Visits, polls
from ingest.sandbox import Sandbox
from ingest.settings import Settings
from ingest.web.client import Exchange, WebClient
from ingest.web.status import verdict

AT_ONCE = 4  # candidates asked together: they are of one host mostly


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A feed that answers. `how` is itself, link, anchor or path; `also` are other feeds that the page names."""

    url: str
    how: str
    title: str = ""
    format: str = ""
    entries: tuple[str, ...] = ()  # their keys
    also: tuple[Candidate, ...] = ()


class NotFound(msgspec.Struct, frozen=True, kw_only=True):
    """No feed. `final`: asking again later would find none either; `why` is one sentence."""

    why: str
    final: bool


def find_feed(ctx: Context, url: str) -> Found | NotFound:
    """The feed at `url`, or of the site that it belongs to. `url` may hold credentials, which only its own origin gets."""
    with Sandbox.of(ctx.settings, "ingest.feeds.parse", "ingest.feeds.discover") as children:
        return asyncio.run(_find(ctx, url, children))


async def _find(ctx: Context, url: str, children: Sandbox) -> Found | NotFound:
    settings = ctx.settings
    async with WebClient(settings) as client, polls(ctx, client) as visits:
        answer = await client.fetch(url, max_bytes=settings.feed_max_bytes, admission=visits)
        feed = _parsed(settings, answer, children)
        if isinstance(feed, ParsedFeed):
            return _found(answer, feed, "itself")
        named: list[Candidate] = []
        if _usable(answer):
            page = PageToSearch(body=answer.body, url=answer.final_url, now=datetime.now(UTC))
            (result,) = children.map(candidates, [page])
            named = [] if isinstance(result, ItemError) else result
        elif isinstance(answer.error, FetchError):
            return NotFound(why=str(answer.error), final=not answer.error.retryable)
        # Whoever names a feed that is refused wants this one, not another of its site.
        refused = feed if feed is not None and feed.reason is not Reason.NOT_A_FEED else None
        for chosen in (named, [] if refused else common_paths(answer.final_url)):
            if found := await _first(settings, client, visits, chosen, children):
                others = tuple(candidate for candidate in named if candidate.url != found.url)
                return msgspec.structs.replace(found, also=others)
    shown = urls.redact(answer.url)
    if refused:
        return NotFound(why=f"{shown} is not read as a feed: {refused}.", final=True)
    if not _usable(answer):
        return NotFound(
            why=f"{shown} answers {answer.status}, and its site has no feed where feeds usually are.", final=not verdict(answer.status)[1]
        )
    return NotFound(why=f"{shown} is no feed, names none, and its site has none where feeds usually are.", final=True)


async def _first(settings: Settings, client: WebClient, visits: Visits, chosen: Sequence[Candidate], children: Sandbox) -> Found | None:
    for start in range(0, len(chosen), AT_ONCE):
        group = chosen[start : start + AT_ONCE]
        answers = await asyncio.gather(
            *(client.fetch(candidate.url, max_bytes=settings.feed_max_bytes, admission=visits) for candidate in group)
        )
        for candidate, answer in zip(group, answers, strict=True):
            feed = _parsed(settings, answer, children)
            if isinstance(feed, ParsedFeed):
                return _found(answer, feed, candidate.how, candidate.url)
    return None


def _found(answer: Exchange, feed: ParsedFeed, how: str, url: str = "") -> Found:
    keys = tuple(entry.key for entry in feed.entries)
    return Found(url=url or answer.url, how=how, title=feed.title, format=feed.format, entries=keys)


def _usable(answer: Exchange) -> bool:
    return answer.error is None and verdict(answer.status)[0] is None


def _parsed(settings: Settings, answer: Exchange, children: Sandbox) -> ParsedFeed | ItemError | None:
    """The feed, or why its bytes are none; None where there are no bytes."""
    if not _usable(answer):
        return None
    item = FeedBytes(
        body=answer.body,
        url=answer.final_url,
        content_type=answer.content_type,
        max_entries=settings.feed_max_entries,
        now=answer.fetched_at,
    )
    (feed,) = children.map(parse_feed, [item])
    return feed


def front_page(url: str, site_url: str | None) -> str:
    """Where to look for a feed that is no longer at `url`: the page that it named as its site's, else the front page of its host."""
    parts = urlsplit(url)
    return site_url or f"{parts.scheme}://{parts.netloc}/"
