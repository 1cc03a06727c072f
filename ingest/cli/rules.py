"""`newsflow alerts`: the saved queries that every new article is matched with, and whom they tell."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer
from rich.table import Table

from ingest.alerts.health import Condition
from ingest.alerts.health import show as show_conditions
from ingest.alerts.schedule import show_span
from ingest.cli import alert_channels, alert_history, console, rule_files, rule_trials
from ingest.cli.rule_options import (
    DigestAt,
    Lang,
    LocaleName,
    MaxAge,
    QuietHours,
    Repeat,
    Site,
    Throttle,
    To,
    Zone,
    changed,
    channel_names,
    checked_name,
    found,
    narrowed,
    when,
)
from ingest.errors import UsageError
from ingest.model import Delivery, Rule
from ingest.pipeline.rules import judging

app = typer.Typer(help="Saved queries that tell you of every story that they find, once.", no_args_is_help=True)


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

    Example: newsflow alerts add rates 'Zinsen OR Leitzins' --lang de --to mailto://USER:PASSWORD@example.org
    --quiet 22:00-07:00 --timezone Europe/Berlin
    """
    name = checked_name(name)
    whole = narrowed(query, lang or (), site or ())
    delivery = changed(
        Delivery(), throttle=throttle, digest=digest, quiet=quiet, timezone=timezone, locale=locale, repeat=repeat, max_age=max_age
    )
    with console.context() as ctx:
        if ctx.ledger.alerts.rule(name) is not None:
            raise UsageError(f"there is a rule {name!r} already: newsflow alerts edit changes it")
        with judging(ctx) as flags_of:
            flags = flags_of(whole)
        rule = ctx.ledger.alerts.add_rule(name, whole, channel_names(ctx, to or ()), delivery=delivery, flags=flags)
    _say(rule, "saved; it fires on articles that are indexed from now on")


@app.command()
def edit(  # noqa: PLR0917  # typer passes by name
    name: Annotated[str, typer.Argument(help="The rule.")],
    query: Annotated[str | None, typer.Option(help="Another query; --lang and --site narrow it down.")] = None,
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
    """Change a rule; what is not given stays. Channels given replace all there were; --to none leaves it without any.

    Example: newsflow alerts edit rates --digest daily@07:30 --quiet none
    """
    with console.context() as ctx:
        rule = found(ctx, name)
        if rule.kind != "query" and (query or lang or site):
            raise UsageError(f"{name!r} watches Newsflow itself and has no query: remove it, and add it with newsflow alerts watch")
        whole = narrowed(rule.query if query is None else query, lang or (), site or ()) if rule.kind == "query" else rule.query
        channels = rule.channels if to is None else () if to == ["none"] else channel_names(ctx, to)
        delivery = changed(
            rule.delivery, throttle=throttle, digest=digest, quiet=quiet, timezone=timezone, locale=locale, repeat=repeat, max_age=max_age
        )
        with judging(ctx) as flags_of:
            flags = flags_of(whole) if rule.kind == "query" else ()
            rule = msgspec.structs.replace(rule, query=whole, channels=tuple(channels), delivery=delivery, flags=flags)
        ctx.ledger.alerts.change_rule(rule)
    _say(rule, "changed")


@app.command("watch")
def watch(
    name: Annotated[str, typer.Argument(help="A name of your own.")],
    to: To = None,
    conditions: Annotated[
        list[Condition] | None, typer.Option("--for", help="What to watch; may be given several times; without it all.")
    ] = None,
    throttle: Throttle = None,
    quiet: QuietHours = None,
    timezone: Zone = None,
) -> None:
    """Be told when Newsflow itself is not well: sources silent or flooding, pages without text, backlog, the engine down.

    Example: newsflow alerts watch ops --to desk --for silent --for engine
    """
    delivery = changed(Delivery(), throttle=throttle, digest=None, quiet=quiet, timezone=timezone, locale=None, repeat=None, max_age=None)
    with console.context() as ctx:
        names = channel_names(ctx, to or ())
        rule = ctx.ledger.alerts.add_rule(
            checked_name(name), show_conditions(conditions or list(Condition)), names, delivery=delivery, kind="pipeline"
        )
    _say(rule, f"saved; it watches: {rule.query}")


@app.command("list")
def list_rules(as_json: console.Json = False) -> None:
    """List the rules. Example: newsflow alerts list"""
    with console.context() as ctx:
        rules = ctx.ledger.alerts.rules(enabled_only=False, kind=None)
    if as_json:
        console.print_json(rules)
        return
    table = Table("Rule", "Query", "To", "When", box=None, header_style="bold", pad_edge=False)
    for rule in rules:
        mark = " [yellow]![/]" if rule.flags else ""
        table.add_row(console.safe(rule.name) + mark, console.safe(rule.query), console.safe(", ".join(rule.channels)), when(rule))
    console.out.print(table if rules else "No rules yet. Add one: newsflow alerts add NAME 'QUERY' --to URL")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The rule.")], as_json: console.Json = False) -> None:
    """Show a rule with its channels and what it raised last. Example: newsflow alerts show rates"""
    with console.context() as ctx:
        rule = found(ctx, name)
        channels = [c for c in ctx.ledger.channels.all() if c.name in rule.channels]
        events = ctx.ledger.alerts.events(5, rule=name)
    if as_json:
        console.print_json({"rule": rule, "channels": channels, "latest": events})
        return
    limit = rule.delivery.max_age_s
    rows = {
        "Query": rule.query,
        "When": when(rule),
        "Times": f"{rule.delivery.timezone}, dates in {rule.delivery.locale}",
        "Age": f"articles of the last {show_span(limit)}" if limit else "articles of any age",
        "Since": f"{rule.created_at:%Y-%m-%d %H:%M}" if rule.created_at else "",
        **{f"Flag {n}": flag for n, flag in enumerate(rule.flags, start=1)},
        **{f"To {n}": alert_channels.line(channel) for n, channel in enumerate(channels, start=1)},
    }
    console.out.print(console.safe(rule.name), style="bold", markup=False)
    console.print_rows(rows.items(), column=8)
    console.out.print(alert_history.table(events) if events else "  It has raised nothing yet.")


@app.command()
def pause(name: Annotated[str, typer.Argument(help="The rule.")]) -> None:
    """Let a rule find and say nothing until it is resumed. Example: newsflow alerts pause rates"""
    _enable(name, enabled=False)


@app.command()
def resume(name: Annotated[str, typer.Argument(help="The rule.")]) -> None:
    """End the pause of a rule; what was indexed meanwhile raises nothing. Example: newsflow alerts resume rates"""
    _enable(name, enabled=True)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The rule.")]) -> None:
    """Delete a rule, and what it raised. Example: newsflow alerts remove rates"""
    with console.context() as ctx:
        if not ctx.ledger.alerts.remove_rule(name):
            raise UsageError(f"there is no rule {name!r}: newsflow alerts list shows them.")
    console.out.print(f"Rule {name!r} removed.", markup=False)


app.command("test")(rule_trials.backtest_rule)
app.command("preview")(rule_trials.preview)
app.command("send-test")(rule_trials.send_test)
app.command("history")(alert_history.history)
app.command("retry")(alert_history.retry)
app.command("deliver")(alert_history.deliver_now)
app.command("import")(rule_files.import_rules)
app.command("export")(rule_files.export_rules)
app.command("feed")(rule_files.write_feed)
app.add_typer(alert_channels.app, name="channels")


def _enable(name: str, *, enabled: bool) -> None:
    with console.context() as ctx:
        ctx.ledger.alerts.change_rule(msgspec.structs.replace(found(ctx, name), enabled=enabled))
    console.out.print(f"Rule {name!r} {'is on again' if enabled else 'paused'}.", markup=False)


def _say(rule: Rule, what: str) -> None:
    console.out.print(f"Rule {rule.name!r} {what}.", markup=False)
    for flag in rule.flags:
        console.err.print("[yellow]Note:[/] ", end="")
        console.err.print(console.hanging(flag, len("Note: "), on=console.err), markup=False)
    if not rule.channels:
        untold = "It has no channel: newsflow alerts history shows what it raises; edit it with --to URL to be told."
        console.err.print(console.hanging(untold, on=console.err))
