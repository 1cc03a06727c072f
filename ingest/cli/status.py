"""`newsflow status`: feeds, outcomes by reason, backlog, alerts."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.table import Table

from ingest import urls
from ingest.cli import alert_channels, console
from ingest.cli.numbers import several
from ingest.cli.outcomes import backlog_line, dead_letter_table, outcome_table
from ingest.cli.when import ago
from ingest.pipeline.fates import DEAD_LETTERS
from ingest.state.dead_letters import Wanted


def status(as_json: console.Json = False) -> None:
    """How everything stands: feeds, articles by outcome and reason, backlog. Example: newsflow status --json"""
    with console.context() as ctx:
        feeds = ctx.ledger.feeds.all()
        outcomes = ctx.ledger.counts.outcomes()
        backlog = ctx.ledger.counts.backlog()
        outbox = ctx.ledger.outbox.counts()
        dead = ctx.ledger.outbox.dead(limit=20)
        given_up = ctx.ledger.given_up.list(Wanted(reasons=DEAD_LETTERS), limit=20)
        resting = [channel for channel in ctx.ledger.channels.all() if channel.failures]
        with ctx.engine() as engine:
            indexed = engine.count()
    failing = [feed for feed in feeds if feed.errors]
    if as_json:
        console.print_json(
            {
                "feeds": len(feeds),
                "failing_feeds": [{"url": urls.redact(f.url), "errors": f.errors, "last_error": f.last_error} for f in failing],
                "outcomes": [{"outcome": kind, "reason": reason, "urls": number} for (kind, reason), number in outcomes.items()],
                "backlog": backlog,
                "dead_letters": given_up,
                "searchable": indexed,
                "alerts": {"outbox": outbox, "failing_channels": resting, "dead_letters": dead},
            }
        )
        return
    now = datetime.now(UTC)
    last = max((feed.last_polled_at for feed in feeds if feed.last_polled_at), default=None)
    searchable = f"{several(indexed, 'article')} searchable"
    console.out.print(f"{several(len(feeds), 'feed')}, {len(failing)} failing, last poll {ago(last, now)}; {searchable}.")
    if outcomes:
        console.out.print(outcome_table(outcomes))
    console.out.print(backlog_line(backlog) or "No backlog.")
    if given_up:
        console.out.print(dead_letter_table(given_up))
        console.out.print("newsflow redrive tries them again.")
    if failing:
        table = Table("Failing feed", "Errors", "Last error", box=None, header_style="bold", pad_edge=False)
        for feed in failing[:20]:
            table.add_row(urls.redact(feed.url), str(feed.errors), console.safe(feed.last_error))
        console.out.print(table)
    if outbox.sent or outbox.waiting or outbox.held or dead:
        console.out.print(
            f"Alert messages: {outbox.sent} sent, {outbox.waiting} being sent; stories that wait for their time: {outbox.held}."
        )
    for channel in resting:
        console.out.print(f"Channel {alert_channels.line(channel)}", markup=False)
    if dead:
        table = Table("Given up", "Rule", "Channel", "Stories", "Tries", "Why", box=None, header_style="bold", pad_edge=False)
        for letter in dead:
            name = console.safe(letter.rule_name or "several")
            tries, when = str(letter.attempts), f"{letter.created_at:%Y-%m-%d %H:%M}"
            table.add_row(when, name, console.safe(letter.channel), str(letter.events), tries, console.safe(letter.reason))
        console.out.print(table)
        console.out.print("newsflow alerts retry sends them again.")
