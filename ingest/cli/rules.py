"""`newsflow alerts`: the saved queries that every new article is matched with, and whom they tell."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ingest.alerts import channel as channels
from ingest.alerts import schedule
from ingest.cli import console
from ingest.errors import UsageError
from ingest.model import Delivery, Rule
from ingest.pipeline.context import Context
from ingest.search.query import parse

app = typer.Typer(help="Saved queries that tell you of every story that they find, once.", no_args_is_help=True)

To = Annotated[
    list[str] | None, typer.Option("--to", help="A channel: its name, or a URL of Apprise, webhook+https://SECRET@host/… or rss:/path.")
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


@app.command()
def add(  # noqa: PLR0917  # typer passes by name
    name: Annotated[str, typer.Argument(help="A name of your own.")],
    query: Annotated[str, typer.Argument(help="A query, as in newsflow search.")],
    to: To = None,
    lang: Lang = None,
    site: Site = None,
    throttle: Throttle = None,
    digest: DigestAt = None,
    quiet: QuietHours = None,
    timezone: Zone = None,
    locale: LocaleName = None,
    repeat: Repeat = None,
    max_age: MaxAge = None,
) -> None:
    """Save a rule.

    Example: newsflow alerts add rates '(Zinsen OR Leitzins)' --lang de --to mailto://USER:PASSWORD@example.org --quiet 22:00-07:00
    --timezone Europe/Berlin
    """
    name = _name(name)
    query = narrowed(query, lang or (), site or ())
    delivery = changed(Delivery(), throttle, digest, quiet, timezone, locale, repeat, max_age)
    urls = [checked(x) for x in to or ()]
    with console.context() as ctx:
        rule = ctx.ledger.alerts.add_rule(name, query, [channel_name(ctx, x) for x in urls], delivery=delivery)
    console.out.print(f"Rule {rule.name!r} saved; it fires on articles that are indexed from now on.", markup=False)


@app.command("list")
def list_rules(as_json: console.Json = False) -> None:
    """List the rules. Example: newsflow alerts list"""
    with console.context() as ctx:
        rules = ctx.ledger.alerts.rules(enabled_only=False)
    if as_json:
        console.print_json(rules)
        return
    table = Table("Rule", "Query", "To", "When", box=None, header_style="bold", pad_edge=False)
    for rule in rules:
        table.add_row(console.safe(rule.name), console.safe(rule.query), console.safe(", ".join(rule.channels)), when(rule))
    console.out.print(table if rules else "No rules yet. Add one: newsflow alerts add NAME 'QUERY' --to URL")


@app.command()
def remove(name: str) -> None:
    """Delete a rule. Example: newsflow alerts remove rates"""
    with console.context() as ctx:
        if not ctx.ledger.alerts.remove_rule(name):
            raise UsageError(f"there is no rule {name!r}: newsflow alerts list shows them.")
    console.out.print(f"Rule {name!r} removed.", markup=False)


@app.command()
def history(limit: Annotated[int, typer.Option(min=1, max=1000)] = 20, as_json: console.Json = False) -> None:
    """The latest alert events. Example: newsflow alerts history --limit 5"""
    with console.context() as ctx:
        events = ctx.ledger.alerts.events(limit)
    if as_json:
        console.print_json(events)
        return
    table = Table("When", "Rule", "Article", box=None, header_style="bold", pad_edge=False)
    for event in events:
        table.add_row(
            f"{event.created_at:%Y-%m-%d %H:%M}", console.safe(event.rule_name), console.safe(event.card.title or event.article_id)
        )
    console.out.print(table if events else "No events yet.")


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


def narrowed(query: str, languages: tuple[str, ...] | list[str], sites: tuple[str, ...] | list[str]) -> str:
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


def changed(
    delivery: Delivery,
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


def checked(channel: str) -> str:
    """A channel's name, or its URL once it is sure that it can be used. Raises UsageError."""
    return channels.check(channel) if _is_url(channel) else channel


def channel_name(ctx: Context, channel: str) -> str:
    """The name of the channel that is meant: a URL is saved where it is new."""
    if channel in {c.name for c in ctx.ledger.channels.all()} or not _is_url(channel):
        return channel
    return ctx.ledger.channels.add(channel, shown=channels.shown(channel))


def _is_url(channel: str) -> bool:
    return "://" in channel or channel.startswith("rss:")


def _name(name: str) -> str:
    clean = " ".join(name.split())
    if not clean or len(clean) > 80 or not clean.isprintable():
        raise UsageError("a rule's name is 1 to 80 characters on one line")
    return clean
