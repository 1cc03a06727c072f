"""What a poll has told of a feed, and what is written of it: validators, the next time, and the feed's own life."""

from __future__ import annotations

import dataclasses

import msgspec

from ingest import urls
from ingest.errors import ItemError, Postponed
from ingest.feeds.hints import fresh_s
from ingest.feeds.lifecycle import Answer, Turn, turn
from ingest.feeds.memory import NO_ITEMS
from ingest.feeds.parse import parse_feed
from ingest.feeds.schedule import Pace, next_poll
from ingest.log import logger
from ingest.model import Feed, ParsedFeed
from ingest.pipeline.asking import Work, feed_bytes
from ingest.pipeline.context import Context
from ingest.pipeline.discover import Found, find_feed, front_page
from ingest.pipeline.websub import note_hub
from ingest.sandbox import Sandbox
from ingest.settings import Settings
from ingest.state.ledger import PollEnd, Stored
from ingest.web.client import Exchange
from ingest.web.status import retry_after_s, verdict

_NOT_MODIFIED = 304
_PERMANENT = frozenset({301, 308})


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


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """What one feed has told."""

    answer: Exchange
    digest: str
    parsed: ParsedFeed | ItemError | None
    stored: Stored | None  # None: not yet


def outcome(ctx: Context, work: Work, told: Told, children: Sandbox, counts: PollCounts) -> PollEnd | None:
    """What is to be written last: entries are stored first, so that a crash between costs a second look, never an entry.

    None where nothing is: the poll was postponed, or the feed has become another. Raises LeaseLost.
    """
    feed, answer, parsed = work.feed, told.answer, told.parsed
    if isinstance(answer.error, Postponed):
        _postpone(ctx, feed, answer.error)
        return None
    stored = told.stored or _stored(ctx, feed, parsed)
    if stored.doubtful:  # the ledger does not know what the parse took for known
        (parsed,) = children.map(parse_feed, [feed_bytes(ctx, answer)])
        stored = _stored(ctx, feed, parsed)
    error = _failure(answer, parsed)
    document = parsed if isinstance(parsed, ParsedFeed) else None
    found = stored.new_urls + stored.changed
    counts.entries += stored.seen
    counts.new_urls += stored.new_urls
    counts.changed += stored.changed
    counts.failed += error is not None
    counts.unchanged += error is None and parsed is None
    after = _turn(work, answer, document, error, stored)
    poll = next_poll(
        feed.url, now=answer.fetched_at.timestamp(), pace=pace(ctx.settings), rhythm=after.memory.rhythm, hints=after.memory.hints,
        own_s=feed.interval_s, errors=feed.errors + 1 if error else 0, error=error or "",
        pushed=note_hub(ctx, feed, answer, document, news=stored.new_urls),
    )  # fmt: skip
    if after.move_to and ctx.ledger.feeds.moves.move(feed, after.move_to, why="a permanent redirect at three polls in a row"):
        logger().info("feed merged", feed=urls.redact(feed.url), into=urls.redact(after.move_to))
        return None
    if after.look and _found_elsewhere(ctx, feed, after.memory.site_url):
        return None
    logger().info("poll", feed=urls.redact(feed.url), status=answer.status, new=found, error=error, next=poll.reason)
    modified = answer.status != _NOT_MODIFIED
    return PollEnd(
        feed=feed,
        in_s=poll.in_s,
        poll_reason=poll.reason if not after.retire else "its server says that it is gone for good",
        had_new=bool(found),
        etag=answer.header("etag") if modified else answer.header("etag") or feed.etag,
        last_modified=answer.header("last-modified") if modified else answer.header("last-modified") or feed.last_modified,
        body_hash=told.digest if modified else feed.body_hash,
        title=document.title if document else None,
        error=error,
        memory=msgspec.json.encode(after.memory),
        events=after.events,
        retire=after.retire,
    )


def _stored(ctx: Context, feed: Feed, parsed: ParsedFeed | ItemError | None) -> Stored:
    return (
        ctx.ledger.feeds.store_entries(feed, parsed.entries, unchanged=parsed.unchanged)
        if isinstance(parsed, ParsedFeed)
        else Stored(0, 0, 0)
    )


def _postpone(ctx: Context, feed: Feed, postponed: Postponed) -> None:
    """Its host was not asked: nothing is known of the feed that was not known before, and no error is counted."""
    ctx.ledger.feeds.put_off(feed, in_s=postponed.in_s, poll_reason=str(postponed))
    logger().info("poll postponed", feed=urls.redact(feed.url), why=str(postponed))


def _found_elsewhere(ctx: Context, feed: Feed, site_url: str | None) -> bool:
    """Look for a feed that answers 404 on its site; it moves only to one that has its title or shows an item of it. True where it is done with."""
    found = find_feed(ctx, front_page(feed.url, site_url))
    if not isinstance(found, Found) or found.url == feed.url:
        return False
    same_title = bool(feed.title) and found.title.casefold() == feed.title.casefold()
    if not same_title and not ctx.ledger.feeds.shows_any(feed.id, found.entries):
        return False
    merged = ctx.ledger.feeds.moves.move(feed, found.url, why="it answered 404, and its site names this one instead")
    if merged is None:
        ctx.ledger.feeds.finish_poll(feed, in_s=0.0, poll_reason="found at another address", memory=feed.memory)
    return True


def _turn(work: Work, answer: Exchange, parsed: ParsedFeed | None, error: str | None, stored: Stored) -> Turn:
    headers = {name.lower(): value for name, value in answer.headers}
    permanent = bool(answer.hops) and all(hop.status in _PERMANENT for hop in answer.hops)
    facts = Answer(
        now=answer.fetched_at.timestamp(),
        status=answer.status,
        error=error,
        moved_to=answer.final_url if permanent else "",
        fresh_s=fresh_s(headers, answer.fetched_at),
        retry_after_s=retry_after_s(answer.header("retry-after"), answer.fetched_at) or 0.0,
        feed=parsed,
        new=stored.new_keys,
        guids_changed=stored.guids_changed,
    )
    after = turn(work.memory, facts, errors=work.feed.errors)
    if parsed is None:
        return after
    items = msgspec.Raw(parsed.item_memory) if parsed.item_memory else NO_ITEMS
    return msgspec.structs.replace(after, memory=msgspec.structs.replace(after.memory, items=items))


def pace(settings: Settings) -> Pace:
    """What the settings ask of the schedule."""
    return Pace(
        fixed_s=settings.poll_interval_s,
        hourly_s=settings.poll_pace_s,
        floor_s=settings.poll_min_s,
        ceiling_s=max(settings.poll_max_s, settings.poll_min_s),
        window_share=settings.poll_window_share,
        error_cap_s=settings.poll_error_cap_s,
    )


def _failure(answer: Exchange, parsed: ParsedFeed | ItemError | None) -> str | None:
    """Why the poll gave no feed, or None."""
    if answer.error is not None:
        return str(answer.error.reason)
    if isinstance(parsed, ItemError):
        return str(parsed.reason)
    if answer.status == _NOT_MODIFIED:
        return None
    reason, _ = verdict(answer.status)
    return f"{reason} {answer.status}" if reason else None
