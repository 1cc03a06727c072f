"""WebSub: which feeds are subscribed to, and what is sent to hubs. Off where NEWSFLOW_WEBSUB_URL is empty."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus

from ingest import urls
from ingest.feeds.websub import State, Subscription, after_request, form, gives_up, linked
from ingest.log import logger
from ingest.model import Feed, ParsedFeed
from ingest.pipeline.context import Context
from ingest.pipeline.visits import polls
from ingest.state.websub import REASON, Held
from ingest.web.client import Exchange, WebClient

AT_ONCE = 50  # requests to hubs in one go
HOLD_S = 300.0  # longer than they take
_ANSWER_BYTES = 65_536


def note_hub(ctx: Context, feed: Feed, answer: Exchange, parsed: ParsedFeed | None, *, news: int) -> bool:
    """Note where the feed's news are told, and whether they are; True where polls may be slower for it.

    Only a hub that has told of news is trusted; a poll of our own that finds `news` ends that until it tells again.
    """
    if not ctx.settings.websub_url:
        return False
    if parsed is not None:
        hub, topic = offered(feed, answer, parsed)
        if ctx.ledger.websub.wanted(feed.id) != ((hub, topic) if hub else None):
            ctx.ledger.websub.want(feed.id, hub, topic)
    if feed.id not in ctx.ledger.websub.trusted([feed.id]):
        return False
    if news and feed.poll_reason != REASON:
        ctx.ledger.websub.distrust(feed.id)
        logger().info("hub did not tell", feed=urls.redact(feed.url), news=news)
        return False
    return True


def offered(feed: Feed, answer: Exchange, parsed: ParsedFeed) -> tuple[str, str]:
    """Hub and topic of a feed; Link headers come before what the document says (section 4). An empty hub: none."""
    links = linked(value for name, value in answer.headers if name.lower() == "link")
    hub = urls.clean_link(links.get("hub"), answer.final_url) or parsed.hub_url or ""
    topic = urls.clean_link(links.get("self"), answer.final_url) or parsed.self_url or feed.url
    return hub, topic


def keep_subscriptions(ctx: Context) -> int:
    """Ask hubs for what is wanted, renew what runs out, end what is not wanted any more; how many requests that took."""
    if not ctx.settings.websub_url:
        return 0
    held = [each for each in ctx.ledger.websub.claim(hold_s=HOLD_S, limit=AT_ONCE) if not _ended(ctx, each)]
    if not held:
        return 0
    for each, answer in zip(held, asyncio.run(_ask(ctx, held)), strict=True):
        error = _refusal(answer)
        sub = subscription(each)
        step = after_request(sub, error)
        # Where the hub has asked back meanwhile, that is the later news, and stays.
        ctx.ledger.websub.write(sub.id, sub.turn, state=step.state, in_s=step.in_s, attempts=step.attempts, error=step.error)
        logger().info("hub asked", hub=urls.redact(sub.hub), topic=urls.redact(sub.topic), was=str(sub.state), error=error or None)
    return len(held)


def subscription(held: Held) -> Subscription:
    """The row as decisions take it."""
    row = held.row
    return Subscription(
        id=row.id, feed_id=row.feed_id, hub=row.hub, topic=row.topic, key=row.key, state=State(row.state), turn=row.turn, attempts=row.attempts
    )  # fmt: skip


def _ended(ctx: Context, held: Held) -> bool:
    """Whether nothing is to be asked: given up, or to be ended first."""
    sub = subscription(held)
    if gives_up(sub):
        ctx.ledger.websub.write(sub.id, sub.turn, state=None)
        return True
    if not held.polled and sub.state is not State.LEAVING:
        ctx.ledger.websub.want(sub.feed_id, "", "")  # the next round tells the hub
        return True
    return False


async def _ask(ctx: Context, held: Sequence[Held]) -> list[Exchange]:
    # A hub of many feeds is asked as gently as any other host.
    async with WebClient(ctx.settings) as client, polls(ctx, client) as visits:
        forms = ((each.row.hub, form(subscription(each), ctx.settings.websub_url, each.secret)) for each in held)
        return list(await asyncio.gather(*(client.post(hub, fields, max_bytes=_ANSWER_BYTES, admission=visits) for hub, fields in forms)))


def _refusal(answer: Exchange) -> str:
    """Empty where the hub took the request. What it says is not kept: it may repeat what it was sent."""
    if answer.error is not None:
        return f"the hub cannot be asked: {answer.error.reason}"
    return "" if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES else f"the hub answers {answer.status}"
