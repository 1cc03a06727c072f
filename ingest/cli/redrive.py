"""`newsflow redrive`: articles that were given up are tried again."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ingest.alerts.schedule import parse_span
from ingest.cli import console
from ingest.cli.numbers import several
from ingest.cli.outcomes import dead_letter_table
from ingest.errors import UsageError
from ingest.model import Reason
from ingest.pipeline.fates import DEAD_LETTERS
from ingest.search.moments import span
from ingest.state.dead_letters import Wanted


def redrive(
    reason: Annotated[
        list[str] | None, typer.Option(help="Only what ended so, as newsflow status names it; may be given several times.")
    ] = None,
    host: Annotated[str, typer.Option(help="Only of this host and its subdomains.")] = "",
    since: Annotated[str, typer.Option(help="Only what was given up since then: 2h, 7d, or a date such as 2026-11-20.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be tried again.")] = False,
    as_json: console.Json = False,
) -> None:
    """Send articles that were given up back to the backlog, with all their attempts. Without a reason: all that may go well another time.

    Example: newsflow redrive --reason timeout --host example.org --since 2d
    """
    wanted = Wanted(
        reasons=frozenset(map(_reason, reason)) if reason else DEAD_LETTERS,
        host=host.strip().lower().rstrip("."),
        since=_moment(since, datetime.now(UTC)),
    )
    with console.context() as ctx:
        letters = ctx.ledger.given_up.list(wanted)
        number = 0 if dry_run else ctx.ledger.given_up.redrive(wanted)
    if as_json:
        console.print_json({"dry_run": dry_run, "redriven": number, "dead_letters": letters})
        return
    if not letters:
        console.out.print("Nothing was given up that fits.")
        return
    console.out.print(dead_letter_table(letters))
    if dry_run:
        console.out.print(f"{several(sum(letter.urls for letter in letters), 'article')} would be tried again, without --dry-run.")
    else:
        console.out.print(f"{several(number, 'article')} to be tried again: newsflow run does it.")


def _reason(text: str) -> Reason:
    name = text.strip().lower().replace(" ", "_").replace("-", "_")
    try:
        return Reason(name)
    except ValueError:
        close = difflib.get_close_matches(name, [str(reason) for reason in Reason], n=1)
        hint = f"did you mean {close[0]}?" if close else "newsflow status shows those that occur."
        raise UsageError(f"{text!r} is no reason: {hint}") from None


def _moment(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    if date := span(text):
        return date[0]
    return now - timedelta(seconds=parse_span(text))
