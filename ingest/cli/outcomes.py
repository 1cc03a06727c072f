"""Outcomes and backlog as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.table import Table

from ingest.cli import console

if TYPE_CHECKING:
    from ingest.state.dead_letters import DeadLetters
    from ingest.state.records import Backlog

_COLOURS = {"indexed": "green", "duplicate": "cyan", "dropped": "yellow", "quarantined": "red"}


def outcome_table(counts: Mapping[tuple[str, str | None], int]) -> Table:
    """A row per outcome and reason, the most frequent first."""
    table = Table("Outcome", "Reason", "Articles", box=None, header_style="bold", pad_edge=False)
    table.columns[2].justify = "right"
    for (kind, reason), number in sorted(counts.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or "")):
        table.add_row(f"[{_COLOURS.get(str(kind), 'white')}]{kind}[/]", (reason or "").replace("_", " "), f"{number:,}")
    return table


def dead_letter_table(letters: Sequence[DeadLetters]) -> Table:
    """A row per reason and host of what was given up."""
    table = Table("Given up", "Host", "Articles", "Last", box=None, header_style="bold", pad_edge=False)
    table.columns[2].justify = "right"
    for letter in letters:
        table.add_row(letter.reason.replace("_", " "), console.safe(letter.host), f"{letter.urls:,}", f"{letter.last_at:%Y-%m-%d %H:%M}")
    return table


def backlog_line(backlog: Backlog) -> str:
    """What still waits, or "" where nothing does."""
    parts = [
        f"{number} {what}"
        for number, what in (
            (backlog.discovered, "to be fetched"),
            (backlog.waiting_retry, "wait to be tried again"),
            (backlog.claimed, "in work"),
        )
        if number
    ]
    return f"Backlog: {', '.join(parts)}." if parts else ""
