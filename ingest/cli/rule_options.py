"""Options that several commands of `newsflow alerts` share, and how they become a rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from ingest.alerts import channel as channels
from ingest.alerts import schedule
from ingest.errors import UsageError
from ingest.model import Delivery, Rule
from ingest.pipeline.context import Context
from ingest.search.query import parse

To = Annotated[
    list[str] | None,
    typer.Option("--to", help="A channel: its name, a URL of Apprise, webhook+https://… or rss:/path. May be given several times."),
]
Lang = Annotated[list[str] | None, typer.Option("--lang", help="Only articles in this language; may be given several times.")]
Site = Annotated[list[str] | None, typer.Option("--site", help="Only articles of this site; may be given several times.")]
Throttle = Annotated[str | None, typer.Option(help="Least time between two messages, such as 15m; what comes meanwhile is gathered.")]
DigestAt = Annotated[str | None, typer.Option("--digest", help="One message at a time: hourly, daily@07:30, mon@07:30; none: at once.")]
QuietHours = Annotated[str | None, typer.Option("--quiet", help="Hours of silence, such as 22:00-07:00; none: no such hours.")]
Zone = Annotated[str | None, typer.Option("--timezone", help="Of digest, quiet hours and times in messages, such as Europe/Berlin.")]
LocaleName = Annotated[str | None, typer.Option("--locale", help="Of the dates in messages, such as de or en_GB.")]
Repeat = Annotated[
    bool | None, typer.Option("--repeat-per-story/--once-per-story", help="Tell of every copy of a story, not of the first alone.")
]
MaxAge = Annotated[str | None, typer.Option(help="Articles published longer ago are not told of, such as 7d; none: no limit.")]


def changed(
    delivery: Delivery,
    *,
    throttle: str | None,
    digest: str | None,
    quiet: str | None,
    timezone: str | None,
    locale: str | None,
    repeat: bool | None,
    max_age: str | None,
) -> Delivery:
    """`delivery` with what was given on the command line. Raises UsageError."""
    return schedule.check(
        Delivery(
            throttle_s=delivery.throttle_s if throttle is None else 0 if throttle == "none" else schedule.parse_span(throttle),
            digest=delivery.digest if digest is None else "" if digest == "none" else digest,
            quiet=delivery.quiet if quiet is None else "" if quiet == "none" else quiet,
            timezone=timezone or delivery.timezone,
            locale=locale or delivery.locale,
            repeat_per_story=delivery.repeat_per_story if repeat is None else repeat,
            max_age_s=delivery.max_age_s if max_age is None else None if max_age == "none" else schedule.parse_span(max_age),
        )
    )


def narrowed(query: str, languages: Sequence[str], sites: Sequence[str]) -> str:
    """The query with its filters written out. Raises QueryError where it cannot be searched: at the command line, never at match."""
    parse(query)
    filters = [
        f"{field}:{values[0] if len(values) == 1 else '(' + ' OR '.join(values) + ')'}"
        for field, values in (("lang", languages), ("site", sites))
        if values
    ]
    whole = " AND ".join([f"({query})", *filters]) if filters else query
    parse(whole)
    return whole


def checked_name(name: str) -> str:
    """A rule's name, blanks tidied. Raises UsageError."""
    clean = " ".join(name.split())
    if not clean or len(clean) > 80 or not clean.isprintable():
        raise UsageError("a rule's name is 1 to 80 characters on one line")
    return clean


def channel_names(ctx: Context, given: Sequence[str]) -> list[str]:
    """The names of the channels that are meant; a URL is saved where it is new. Raises UsageError before anything is saved."""
    known = {c.name for c in ctx.ledger.channels.all()}
    urls = {x: channels.check(x) for x in given if x not in known and is_url(x)}
    for x in given:
        if x not in known and x not in urls:
            raise UsageError(f"there is no channel {x[:80]!r}: newsflow alerts channels list shows them")
    return [ctx.ledger.channels.add(urls[x], shown=channels.shown(urls[x])) if x in urls else x for x in given]


def is_url(channel: str) -> bool:
    """Whether a channel is meant by its URL, not by its name."""
    return "://" in channel or channel.startswith("rss:")


def found(ctx: Context, name: str) -> Rule:
    """The rule of that name. Raises UsageError."""
    rule = ctx.ledger.alerts.rule(name)
    if rule is None:
        raise UsageError(f"there is no rule {name!r}: newsflow alerts list shows them.")
    return rule


def when(rule: Rule) -> str:
    """How a rule speaks, in a few words."""
    d = rule.delivery
    parts = [
        "" if rule.enabled else "paused",
        d.digest or "at once",
        f"every {schedule.show_span(d.throttle_s)} at most" if d.throttle_s else "",
        f"not {d.quiet}" if d.quiet else "",
        d.timezone if d.digest or d.quiet else "",
        "every copy" if d.repeat_per_story else "",
    ]
    return ", ".join(filter(None, parts))
