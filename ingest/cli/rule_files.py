"""`newsflow alerts import`, `export` and `feed`: rules as a file, a rule's stories as a feed."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.alerts import rss
from ingest.alerts.rulefile import MAX_BYTES, RuleEntry, read_rules, write_rules
from ingest.cli import console
from ingest.cli.rule_options import channel_names, checked_name, found
from ingest.errors import QueryError, UsageError
from ingest.model import Delivery, Rule
from ingest.pipeline.context import Context
from ingest.pipeline.deliver import feed_of
from ingest.pipeline.rules import judging
from ingest.search.query import parse

_ENV = "env:"


def import_rules(
    file: Annotated[Path, typer.Argument(help="A YAML file; - reads standard input.")],
    remove_others: Annotated[bool, typer.Option("--remove-others", help="Delete the rules that the file does not hold.")] = False,
) -> None:
    """Add the rules of a file and change those that are there, all or none. A channel is a name, a URL, or env:VARIABLE.

    Example: newsflow alerts import alerts.yaml
    """
    entries = read_rules(_bytes(file))
    checked = [_checked(entry) for entry in entries]
    with console.context() as ctx, judging(ctx) as flags_of:
        channels = {to: _channel(ctx, to) for to in dict.fromkeys(to for entry in entries for to in entry.to)}
        rules = [
            Rule(
                id=0,
                name=name,
                query=entry.query,
                enabled=entry.enabled,
                channels=tuple(dict.fromkeys(channels[to] for to in entry.to)),
                delivery=delivery,
                flags=flags_of(entry.query),
            )
            for entry, (name, delivery) in zip(entries, checked, strict=True)
        ]
        added, changed, removed = ctx.ledger.alerts.put_rules(rules, remove_others=remove_others)
    gone = f", {removed} removed" if remove_others else ""
    console.out.print(f"{added} rules added, {changed} changed, {len(rules) - added - changed} as they were{gone}.")
    if flagged := [rule.name for rule in rules if rule.flags]:
        console.err.print(f"{len(flagged)} are flagged, such as {flagged[0]!r}: newsflow alerts show tells why.", markup=False)


def export_rules(file: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None) -> None:
    """Write all rules as YAML; channels by name, without their secrets. Example: newsflow alerts export alerts.yaml"""
    with console.context() as ctx:
        rules = ctx.ledger.alerts.rules(enabled_only=False)
    _write(file, write_rules(rules), f"{len(rules)} rules")


def write_feed(
    name: Annotated[str, typer.Argument(help="The rule.")],
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None,
) -> None:
    """Write the latest stories of a rule as RSS. Example: newsflow alerts feed rates /srv/www/rates.xml"""
    with console.context() as ctx:
        document = feed_of(ctx, [found(ctx, name)], datetime.now(UTC))
    _write(file, document, "the feed")


def _checked(entry: RuleEntry) -> tuple[str, Delivery]:
    try:
        parse(entry.query)
        return checked_name(entry.name), entry.delivery()
    except QueryError:
        raise
    except UsageError as error:
        raise UsageError(f"rule {entry.name[:80]!r}: {error}") from None


def _channel(ctx: Context, to: str) -> str:
    if to.startswith(_ENV):
        url = os.environ.get(to.removeprefix(_ENV), "")
        if not url:
            raise UsageError(f"{to[:80]}: there is no such variable in the environment")
        return channel_names(ctx, [url])[0]
    return channel_names(ctx, [to])[0]


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read(MAX_BYTES + 1)
    try:
        with file.open("rb") as source:
            return source.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}.") from error


def _write(file: Path | None, document: bytes, what: str) -> None:
    if file is None:
        typer.echo(document.decode(), nl=False)
        return
    try:
        rss.write(file, document)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}.") from error
    console.out.print(f"{what} written to {file}", markup=False)
