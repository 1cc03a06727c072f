"""`newsflow alerts`: the saved queries that every new article is matched with."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ingest.cli import console
from ingest.errors import UsageError
from ingest.search.query import parse

app = typer.Typer(help="Saved queries that raise an event for every article that they find.", no_args_is_help=True)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A name of your own.")],
    query: Annotated[str, typer.Argument(help="A query, as in newsflow search.")],
) -> None:
    """Save a rule. Example: newsflow alerts add rates '(Zinsen OR Leitzins) lang:de'"""
    parse(query)  # a bad query is refused here, never at match
    with console.context() as ctx:
        ctx.ledger.alerts.add_rule(name, query)
    console.out.print(f"Rule {name!r} saved; it fires on articles that are indexed from now on.", markup=False)


@app.command("list")
def list_rules(as_json: console.Json = False) -> None:
    """List the rules. Example: newsflow alerts list"""
    with console.context() as ctx:
        rules = ctx.ledger.alerts.rules(enabled_only=False)
    if as_json:
        console.print_json(rules)
        return
    table = Table("Rule", "Query", box=None, header_style="bold", pad_edge=False)
    for rule in rules:
        table.add_row(console.safe(rule.name), console.safe(rule.query))
    console.out.print(table if rules else "No rules yet. Add one: newsflow alerts add NAME 'QUERY'")


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
        with ctx.engine() as engine:
            titles = {event.article_id: article.title for event in events if (article := engine.get(event.article_id))}
    if as_json:
        console.print_json(events)
        return
    table = Table("When", "Rule", "Article", box=None, header_style="bold", pad_edge=False)
    for event in events:
        table.add_row(
            f"{event.created_at:%Y-%m-%d %H:%M}",
            console.safe(event.rule_name),
            console.safe(titles.get(event.article_id, event.article_id)),
        )
    console.out.print(table if events else "No events yet.")
