"""What a poll changes in a feed's life: what is learned, whether it moves, retires or is to be looked for. Pure decisions.

A permanent redirect (301, 308) moves a feed once it was seen at three polls in a row; a temporary one never does (it is
how sites answer while they are mended). 410 retires it. Errors teach nothing and end nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ingest.feeds.hints import Hints
from ingest.feeds.memory import FeedMemory
from ingest.feeds.rhythm import DAY_S, learn, per_second
from ingest.feeds.sitemap import INDEX
from ingest.model import Entry, ParsedFeed

MOVES_AFTER = 3  # polls in a row with the same permanent redirect
LOOKS_AFTER = 3  # polls in a row with 404; then at each further LOOKS_EVERY
LOOKS_EVERY = 5
TELLS_AFTER = 3  # errors in a row before the history mentions them
UNCONDITIONAL_EVERY = 50  # polls: some servers answer 304 for ever
MIN_WINDOW = 3  # items, below which "none of them was seen before" says nothing
GONE, NOT_FOUND = 410, 404
UNSTABLE = "guid_unstable"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """How a poll ended. `moved_to`: where a redirect that is permanent at each hop has led, else empty."""

    now: float  # seconds since 1970
    status: int = 0
    error: str | None = None
    moved_to: str = ""
    fresh_s: float = 0.0
    retry_after_s: float = 0.0
    feed: ParsedFeed | None = None  # None: nothing new was sent, or it failed
    new: Sequence[str] = ()  # keys of the entries never seen before
    guids_changed: bool = False  # of entries known by their link


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written after a poll. `events` are (event, detail)."""

    memory: FeedMemory
    events: tuple[tuple[str, str], ...] = ()
    move_to: str = ""
    retire: bool = False
    look: bool = False  # for the feed elsewhere on its site


def asks_unconditionally(memory: FeedMemory) -> bool:
    """Whether to leave the validators out: nothing was learned yet, it is time to see whether the server tells the truth, or an index.

    An index of sitemaps may stay as it is while its sitemaps change.
    """
    return memory.rhythm is None or memory.format == INDEX or memory.polls % UNCONDITIONAL_EVERY == UNCONDITIONAL_EVERY - 1


def turn(memory: FeedMemory, answer: Answer, *, errors: int) -> Turn:
    """The feed's memory after `answer`, and what it sets off. `errors` counts those in a row before this poll."""
    if answer.error is not None:
        return _failed(memory, answer, errors)
    events: list[tuple[str, str]] = []
    if errors >= TELLS_AFTER:
        events.append(("recovered", f"after {errors} errors in a row"))
    moved_polls = memory.moved_polls + 1 if answer.moved_to and answer.moved_to == memory.moved_to else bool(answer.moved_to)
    move = moved_polls >= MOVES_AFTER
    memory = msgspec.structs.replace(
        _learned(memory, answer, events),
        polls=memory.polls + 1,
        moved_to="" if move else answer.moved_to,
        moved_polls=0 if move else int(moved_polls),
        gone_polls=0,
    )
    return Turn(memory=memory, events=tuple(events), move_to=answer.moved_to if move else "")


def _failed(memory: FeedMemory, answer: Answer, errors: int) -> Turn:
    events: list[tuple[str, str]] = []
    if errors + 1 == TELLS_AFTER:
        events.append(("failing", f"{TELLS_AFTER} errors in a row, the last: {answer.error}"))
    gone = memory.gone_polls + 1 if answer.status == NOT_FOUND else 0
    memory = msgspec.structs.replace(
        memory, gone_polls=gone, hints=msgspec.structs.replace(memory.hints, retry_after_s=answer.retry_after_s)
    )
    if answer.status == GONE:
        return Turn(memory=memory, events=(*events, ("retired", "its server says that it is gone for good (410)")), retire=True)
    look = gone >= LOOKS_AFTER and (gone - LOOKS_AFTER) % LOOKS_EVERY == 0
    return Turn(memory=memory, events=tuple(events), look=look)


def _learned(memory: FeedMemory, answer: Answer, events: list[tuple[str, str]]) -> FeedMemory:
    feed, now = answer.feed, answer.now
    hints = msgspec.structs.replace(memory.hints, fresh_s=answer.fresh_s, retry_after_s=answer.retry_after_s)
    if feed is None:
        shown = memory.rhythm.window if memory.rhythm else 0
        return msgspec.structs.replace(memory, rhythm=learn(memory.rhythm, (), window=(), shown=shown, now=now), hints=hints)
    window = _dates(feed.entries, now)
    new = set(answer.new)
    fresh = [entry for entry in feed.entries if entry.key in new]
    undated = [now] * sum(entry.published_at is None for entry in fresh)
    flags = tuple(dict.fromkeys((*feed.flags, *((UNSTABLE,) if answer.guids_changed or UNSTABLE in memory.flags else ()))))
    if UNSTABLE in flags and UNSTABLE not in memory.flags:
        events.append((UNSTABLE, "entries of the same links came with other GUIDs: it is read by links alone"))
    return msgspec.structs.replace(
        _rolled_over(memory, fresh, window, now, len(feed.entries), events),
        rhythm=learn(memory.rhythm, [*_dates(fresh, now), *undated], window=window, shown=len(feed.entries), now=now),
        hints=Hints(
            fresh_s=answer.fresh_s,
            ttl_s=float(feed.ttl_s or 0),
            retry_after_s=answer.retry_after_s,
            skip_hours=feed.skip_hours,
            skip_days=feed.skip_days,
        ),
        format=feed.format,
        site_url=feed.site_url or memory.site_url,
        hub_url=feed.hub_url,
        flags=flags,
        newest=max(window, default=memory.newest),
    )


def _rolled_over(
    memory: FeedMemory, fresh: Sequence[Entry], window: Sequence[float], now: float, shown: int, events: list[tuple[str, str]]
) -> FeedMemory:
    """Whether nothing is left of what the poll before saw: then there were probably items that no poll saw.

    How many is the long-run rate times the gap between the newest item of then and the oldest of now.
    """
    rhythm = memory.rhythm
    if rhythm is None or rhythm.window < MIN_WINDOW or shown < MIN_WINDOW or len(fresh) < shown:
        return memory
    gap = min(window, default=now) - (memory.newest if memory.newest is not None and window else rhythm.at)
    missed = max(0, int(gap * per_second(rhythm)[0]))
    rollovers = memory.rollovers + 1
    if rollovers & (rollovers - 1) == 0:  # the first, the second, the fourth …: a history, not a log
        many = f"about {missed}" if missed else "perhaps some"
        events.append(("rolled_over", f"all {shown} items were new, {many} were missed; {rollovers} times so far"))
    return msgspec.structs.replace(memory, rollovers=rollovers, missed=memory.missed + missed)


def _dates(entries: Sequence[Entry], now: float) -> list[float]:
    # A date a little ahead is a clock that is wrong; further ahead it is an announcement, and says nothing of the rate.
    stamps = (entry.published_at.timestamp() for entry in entries if entry.published_at)
    return [min(stamp, now) for stamp in stamps if stamp < now + DAY_S / 24]
