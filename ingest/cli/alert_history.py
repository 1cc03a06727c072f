"""`newsflow alerts history`, `retry` and `deliver`: what was raised, and whether it reached anybody."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from ingest.cli import console
from ingest.pipeline.deliver import deliver
from ingest.state.alerts import AlertEvent


def history(
    rule: Annotated[str | None, typer.Argument(help="Of this rule; without it of all.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: console.Json = False,
) -> None:
    """The latest alert events. Example: newsflow alerts history --limit 5"""
    with console.context() as ctx:
        events = ctx.ledger.alerts.events(limit, rule=rule)
    if as_json:
        console.print_json(events)
        return
    console.out.print(table(events) if events else "No events yet.")


def retry() -> None:
    """Send again what was given up, and try resting channels now. Example: newsflow alerts retry"""
    with console.context() as ctx:
        revived = ctx.ledger.outbox.revive()
        counts = deliver(ctx)
    console.out.print(f"{revived} messages taken up again: {counts.sent} sent, {counts.failed} failed, {counts.dead} given up.")


def deliver_now(as_json: console.Json = False) -> None:
    """Write and send what is due, as `newsflow run` and the DAG do. Example: newsflow alerts deliver"""
    with console.context() as ctx:
        counts = deliver(ctx)
    if as_json:
        console.print_json(dataclasses.asdict(counts))
        return
    console.out.print(f"{counts.sent} messages sent, {counts.failed} failed, {counts.dead} given up.")


def table(events: Sequence[AlertEvent]) -> Table:
    """A row for each event."""
    rows = Table("When", "Rule", "Story", "Told", box=None, header_style="bold", pad_edge=False)
    for event in events:
        sources = f" (+{event.copies})" if event.copies else ""
        rows.add_row(
            f"{event.created_at:%Y-%m-%d %H:%M}",
            console.safe(event.rule_name),
            console.safe(f"{event.card.title or event.article_id[:12]}, {event.card.site}{sources}"),
            _told(event),
        )
    return rows


def _told(event: AlertEvent) -> str:
    """Such as "2 sent, 1 waits"; what is too old, or has no channel, says so."""
    if event.state == "too_old":
        return "[dim]too old[/]"
    counts = Counter(event.told)
    words = {"sent": "[green]{} sent[/]", "waiting": "{} being sent", "held": "{} waits", "dead": "[red]{} given up[/]"}
    parts = [text.format(counts[state]) for state, text in words.items() if counts[state]]
    late = " [yellow]late[/]" if event.late else ""
    return (", ".join(parts) or "[dim]no channel[/]") + late
