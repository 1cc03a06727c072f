"""`newsflow feeds show`: one feed, its schedule and why, what it asks for, what was missed, its history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from ingest import urls
from ingest.cli import console
from ingest.cli.numbers import several
from ingest.cli.when import ago, until
from ingest.errors import UsageError
from ingest.feeds.memory import FeedMemory, remembered
from ingest.feeds.rhythm import DAY_S, per_second
from ingest.feeds.schedule import span
from ingest.model import Feed, FeedEvent
from ingest.state.websub import Shown

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def show(
    feed_url: Annotated[str, typer.Argument(metavar="FEED", help="The feed's address, or one that it had before.")],
    as_json: console.Json = False,
) -> None:
    """Show a feed: when it is polled next and why, its history, what was missed. Example: newsflow feeds show https://example.org/feed.xml"""
    with console.context() as ctx:
        feed = ctx.ledger.feeds.get(feed_url)
        if feed is None:
            raise UsageError(f"{urls.redact(feed_url)} is not among your feeds: newsflow feeds list shows them.")
        history, aliases = ctx.ledger.feeds.moves.history(feed.id), ctx.ledger.feeds.moves.aliases(feed.id)
        hubs = ctx.ledger.websub.of(feed.id)
    facts = describe(feed, remembered(feed.memory), history, aliases) | {"hubs": [described(each) for each in hubs]}
    if as_json:
        console.print_json(facts)
        return
    _print(facts, datetime.now(UTC))


def described(hub: Shown) -> dict[str, Any]:
    """A subscription at a hub, URLs redacted."""
    return {
        "hub": urls.redact(hub.hub),
        "topic": urls.redact(hub.topic),
        "state": hub.state,
        "live_until": hub.live_until,
        "last_told_at": hub.last_told_at,
        "error": hub.error,
    }


def describe(feed: Feed, memory: FeedMemory, history: list[FeedEvent], aliases: list[str]) -> dict[str, Any]:
    """Everything that is known of a feed, as `--json` prints it. URLs are redacted."""
    rhythm = memory.rhythm
    slow, fast = per_second(rhythm) if rhythm else (0.0, 0.0)
    hints = memory.hints
    return {
        "url": urls.redact(feed.url),
        "title": feed.title,
        "folder": feed.folder,
        "tags": list(feed.tags),
        "polled": feed.enabled,
        "format": memory.format,
        "site_url": memory.site_url and urls.redact(memory.site_url),
        "hub_url": memory.hub_url and urls.redact(memory.hub_url),
        "next_poll_at": feed.next_poll_at if feed.enabled else None,
        "because": feed.poll_reason,
        "last_polled_at": feed.last_polled_at,
        "last_new_at": feed.last_new_at,
        "polls": memory.polls,
        "items_a_day": round(slow * DAY_S, 2) if rhythm else None,
        "items_a_day_at_present": round(fast * DAY_S, 2) if rhythm else None,
        "items_shown": rhythm.window if rhythm else None,
        "replaced_within_s": rhythm.turnover_s and round(rhythm.turnover_s) if rhythm else None,
        "windows_rolled_over": memory.rollovers,
        "items_missed": memory.missed,
        "hints": {
            "fresh_s": hints.fresh_s,
            "ttl_s": hints.ttl_s,
            "retry_after_s": hints.retry_after_s,
            "skip_hours": list(hints.skip_hours),
            "skip_days": [_DAYS[day] for day in hints.skip_days],
        },
        "flags": list(memory.flags),
        "verify_tls": feed.verify_tls,
        "obey_robots": feed.obey_robots,
        "errors_in_a_row": feed.errors,
        "last_error": feed.last_error,
        "moving_to": urls.redact(memory.moved_to) if memory.moved_to else None,
        "former_urls": [urls.redact(alias) for alias in aliases],
        "history": history,
    }


def _print(facts: dict[str, Any], now: datetime) -> None:
    hints = facts["hints"]
    asked = [
        f"{name} {span(hints[key])}"
        for name, key in (("cache", "fresh_s"), ("ttl", "ttl_s"), ("Retry-After", "retry_after_s"))
        if hints[key]
    ]
    asked += [f"not at {', '.join(f'{hour}:00' for hour in hints['skip_hours'])} UTC"] if hints["skip_hours"] else []
    asked += [f"not on {', '.join(hints['skip_days'])}"] if hints["skip_days"] else []
    rate = "not known yet"
    if facts["items_a_day"] is not None:
        rate = f"{facts['items_a_day']:g} items a day, {facts['items_a_day_at_present']:g} at present; it shows {facts['items_shown']}"
        rate += f", replaced within {span(facts['replaced_within_s'])} at most" if facts["replaced_within_s"] else ""
    lines = {
        "Feed": facts["title"] or facts["url"],
        "Address": facts["url"],
        "Formerly": ", ".join(facts["former_urls"]),
        "Folder": facts["folder"],
        "Tags": ", ".join(facts["tags"]),
        "Format": facts["format"],
        "Next poll": f"{until(facts['next_poll_at'], now)}, because: {facts['because']}"
        if facts["polled"]
        else f"never: {facts['because']}",
        "Last poll": ago(facts["last_polled_at"], now),
        "Last news": ago(facts["last_new_at"], now),
        "Publishes": rate,
        "It asks": "; ".join(asked) or "for nothing",
        "Missed": _missed(facts["items_missed"], facts["windows_rolled_over"]),
        "Flags": ", ".join(facts["flags"]),
        "Opts out": ", ".join(
            word for word, key in (("of verified certificates", "verify_tls"), ("of robots.txt", "obey_robots")) if not facts[key]
        ),
        "Errors": f"{facts['errors_in_a_row']} in a row, the last: {facts['last_error']}" if facts["errors_in_a_row"] else "",
        "Moving to": facts["moving_to"] or "",
    }
    rows = list(lines.items())
    for hub in facts["hubs"]:
        told = f", told of news {ago(hub['last_told_at'], now)}" if hub["last_told_at"] else ""
        held = f" until {hub['live_until']:%Y-%m-%d %H:%M}" if hub["state"] == "live" and hub["live_until"] else ""
        rows.append(("Hub", f"{hub['hub']}: {hub['state']}{held}{told}{': ' + hub['error'] if hub['error'] else ''}"))
    console.print_rows(rows, column=11, indent="")
    events = [(f"{event.at:%Y-%m-%d %H:%M}", ": ".join(filter(None, (event.event, event.detail)))) for event in facts["history"]]
    console.print_rows(events, column=18, indent="")


def _missed(items: int, gaps: int) -> str:
    """Of what rolled over between two polls."""
    if not gaps:
        return "nothing"
    missed = f"about {several(items, 'item')}" if items else "perhaps some items"
    return f"{missed}, in {several(gaps, 'gap')}"
