"""Deliver alerts: write the messages whose time has come, send them, note how it went.

Safe in any number of processes at once. What waits for its time (digest, quiet hours, throttle, a resting channel) stays in the
outbox until a later call.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from ingest.alerts import plan as planning
from ingest.alerts import rss
from ingest.alerts.message import SHOWN, Content, Message, Story, compose
from ingest.alerts.retry import Sent, blocked_until, gives_up
from ingest.alerts.send import send
from ingest.errors import EngineError, LeaseLost, QueryError
from ingest.log import logger
from ingest.model import Article, Rule
from ingest.pipeline.context import Context
from ingest.pipeline.passages import pieces
from ingest.pipeline.watch import watch
from ingest.search.engine import Engine
from ingest.state.messages import ChannelState, Draft, Outgoing, Told

SENDERS = 8  # channels at once: one that hangs must not hold up the others
_RSS = "rss:"
LEASE_SHARE = 0.5  # of a lease is used to begin with messages: the last one may take its service's whole timeout
ROUND = 64  # messages claimed at once; each takes a service a second or less, their lease minutes


@dataclasses.dataclass(slots=True)
class DeliveryCounts:
    """What a call did, in messages."""

    written: int = 0
    sent: int = 0
    failed: int = 0  # to be tried again
    dead: int = 0


def deliver(ctx: Context) -> DeliveryCounts:
    """Look whether engine and workers are well, where a rule watches them; write and send what is due now. Raises StateError."""
    settings = ctx.settings
    watch(ctx)
    caps = planning.Caps(settings.alert_rule_cap, settings.alert_channel_cap)

    def decide(state: ChannelState, now: datetime) -> list[Draft]:
        return [Draft(kind=p.kind, rule_id=p.rule_id, events=p.events) for p in planning.plan(_lanes(state), _past(state), caps, now)]

    counts = DeliveryCounts(ctx.ledger.outbox.compose(decide, window_s=planning.STORM_WINDOW.total_seconds()))
    with contextlib.ExitStack() as stack:
        engine: Engine | None = None
        while True:
            end = time.monotonic() + LEASE_SHARE * settings.lease_s
            claimed = ctx.ledger.outbox.claim(owner=ctx.owner, lease_s=settings.lease_s, limit=ROUND, shown=SHOWN)
            if not claimed:
                return counts
            engine = engine or _open(ctx, stack)
            _send_round(ctx, claimed, engine, counts, end)


def _other_sites(ctx: Context, told: Sequence[Told]) -> dict[str, tuple[str, ...]]:
    """For each article the other sites that carry its story, whether or not their copies fit the rule."""
    stories = ctx.ledger.copies.stories([t.article_id for t in told if t.article_id])
    return {
        t.article_id: tuple(
            site
            for site in dict.fromkeys((*(stories[t.article_id].sites if t.article_id in stories else ()), *t.copies))
            if site != t.card.site
        )
        for t in told
    }


def _lanes(state: ChannelState) -> list[planning.Lane]:
    return [
        planning.Lane(
            rule_id=lane.rule_id,
            delivery=lane.delivery,
            waiting=tuple(planning.Waiting(w.event_id, w.at) for w in lane.waiting),
            enabled=lane.enabled,
            last_at=lane.last_at,
            recent=lane.recent,
            storm_at=lane.storm_at,
        )
        for lane in state.lanes
    ]


def _past(state: ChannelState) -> planning.Past:
    return planning.Past(state.recent, state.storm_at)


def _open(ctx: Context, stack: contextlib.ExitStack) -> Engine | None:
    """The engine, for the passages that matched. A message goes out without them rather than late."""
    try:
        return stack.enter_context(ctx.engine())
    except EngineError as error:
        logger().warning("alerts without passages", error=str(error))
        return None


def _send_round(ctx: Context, claimed: Sequence[Outgoing], engine: Engine | None, counts: DeliveryCounts, end: float) -> None:
    """Send the messages, those of one channel one after the other, several channels at once."""
    by_channel: dict[int, list[tuple[Outgoing, Message]]] = {}
    for outgoing in claimed:
        by_channel.setdefault(outgoing.channel_id, []).append((outgoing, written(ctx, outgoing, engine)))
    with ThreadPoolExecutor(min(SENDERS, len(by_channel))) as pool:
        for one in pool.map(lambda messages: _send_in_order(ctx, messages, end), by_channel.values()):
            counts.sent += one.sent
            counts.failed += one.failed
            counts.dead += one.dead


def _send_in_order(ctx: Context, messages: Sequence[tuple[Outgoing, Message]], end: float) -> DeliveryCounts:
    """Each is noted before the next is sent. Where one fails for the channel's sake the channel rests and the others are let go,
    as they are by `end` of the monotonic clock: the lease runs out.
    """
    counts = DeliveryCounts()
    for number, (outgoing, message) in enumerate(messages, start=1):
        result = _send(ctx, outgoing, message)
        _note(ctx, outgoing, result, counts)
        if (not result.ok and not result.final) or time.monotonic() > end:
            ctx.ledger.outbox.release([o for o, _ in messages[number:]])
            break
    return counts


def _send(ctx: Context, outgoing: Outgoing, message: Message) -> Sent:
    """One try. A feed is not sent but written anew, whole: with the message's stories in it."""
    now = datetime.now(UTC)
    if not outgoing.url.startswith(_RSS):
        return send(outgoing.url, message, now)
    try:
        rss.write(Path(outgoing.url.removeprefix(_RSS)), feed_of(ctx, ctx.ledger.alerts.rules_on(outgoing.channel_id), now))
    except OSError as error:
        return Sent(f"cannot write the feed: {error.strerror}")
    return Sent()


def feed_of(ctx: Context, rules: Sequence[Rule], now: datetime) -> bytes:
    """The latest stories of the rules as RSS, the newest first."""
    events = [event for rule in rules for event in ctx.ledger.alerts.events(rss.ITEMS, rule=rule.name) if event.state != "too_old"]
    events.sort(key=lambda event: event.id, reverse=True)
    items = [rss.Item(f"newsflow:{e.rule_id}:{e.story_key}", e.created_at, e.card, e.copies, e.rule_name) for e in events]
    return rss.feed({rule.name: rule.query for rule in rules}, items, now)


def _note(ctx: Context, outgoing: Outgoing, result: Sent, counts: DeliveryCounts) -> None:
    """Tell the ledger and the log how a try went."""
    log = logger().bind(message=outgoing.key, channel=outgoing.channel, kind=outgoing.kind, events=outgoing.total)
    try:
        if result.ok:
            ctx.ledger.outbox.sent(outgoing)
            counts.sent += 1
            log.info("alert sent")
            return
        dead = gives_up(result, outgoing.attempts + 1)
        rests = None if result.final else blocked_until(result, outgoing.failures + 1, datetime.now(UTC))
        ctx.ledger.outbox.failed(outgoing, result.error, dead=dead, blocked_until=rests)
        counts.dead += dead
        counts.failed += not dead
        log.warning("alert given up" if dead else "alert not sent", error=result.error, attempt=outgoing.attempts + 1)
    except LeaseLost:
        log.warning("alert lease lost: another worker has it")


def written(ctx: Context, outgoing: Outgoing, engine: Engine | None) -> Message:
    """The message in words."""
    return compose(
        Content(
            kind=planning.Kind(outgoing.kind),
            key=outgoing.key,
            created_at=outgoing.created_at,
            stories=list(_stories(outgoing.told, engine, _other_sites(ctx, outgoing.told))),
            total=outgoing.total,
        )
    )


def _stories(told: Sequence[Told], engine: Engine | None, others: Mapping[str, tuple[str, ...]]) -> Iterator[Story]:
    for one in told:
        article = _article(one, engine)
        title, passage = pieces(one.rule.query, article) if article else ((), ())
        sites = others[one.article_id]
        yield Story(
            rule=one.rule,
            article_id=one.article_id,
            card=one.card,
            title=title,
            passage=passage,
            late=one.late,
            sites=sites,
            others=len(sites),
        )


def _article(told: Told, engine: Engine | None) -> Article | None:
    if engine is None or not told.article_id:
        return None
    try:
        return engine.get(told.article_id)
    except (EngineError, QueryError) as error:
        logger().warning("alert without its passage", article=told.article_id, error=str(error))
        return None
