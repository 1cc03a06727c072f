"""`newsflow demo`: the sample site through the real DAGs, then what a person wants to see of it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingest.airflow_env import airflow_command, airflow_environment
from ingest.alerts.channel import shown
from ingest.cli import console
from ingest.cli.numbers import several
from ingest.cli.outcomes import backlog_line, outcome_table
from ingest.cli.search import print_facets, print_results
from ingest.demo.inbox import Inbox
from ingest.demo.site import SampleSite
from ingest.errors import NewsError
from ingest.model import Rule
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.context import Progress as Report
from ingest.resources import bundled
from ingest.search.engine import SearchRequest
from ingest.search.query import parse
from ingest.settings import PREFIX, Settings

FOLDED = ("One agency report in three papers is one story: copies are folded", "Hafenarbeiter Streik lang:de")
SEARCHES = (
    ("Words, in German: inflected forms are found", "Hafenarbeiter Streik lang:de"),
    ("One name, in all languages", "Nordhafen"),
    ("Operators and filters", "(harbour OR port) lang:en -sport after:2020-01-01"),
)
CHANNEL = "demo inbox"
NAMES = "lang:de"
RULE = ("harbour strike", "Nordhafen AND (Streik OR Hafenarbeiter)")
_LOOK_S = 0.5  # between two looks at the ledger while a DAG runs


def demo() -> None:
    """Crawl the sample site with the real DAGs in Airflow, search it, fire an alert. Nothing leaves this machine.

    Example: newsflow --home /tmp/demo demo
    """
    os.environ.setdefault(PREFIX + "HOME", str(Path.home() / "newsflow-demo"))
    settings = console.settings()
    epoch_file = settings.home / "demo-epoch"
    seen_before = epoch_file.exists()
    epoch = _epoch(epoch_file)
    with SampleSite(bundled("examples") / "site", epoch=epoch, edited=seen_before) as site, Inbox() as inbox:
        settings = _use(settings, site)
        with open_context(settings) as ctx:
            _prepare(ctx, site, inbox)
            _crawl(ctx)
            _deliver(ctx, inbox)
            if not seen_before:
                site.edit()
                console.out.print("One paper corrects an article; the feeds are polled once more.\n")
                _crawl(ctx)
                _deliver(ctx, inbox)
            _show(ctx)


def _epoch(file: Path) -> datetime:
    """The sample site's today: that of the first run, so that a second one finds nothing new."""
    if file.exists():
        return datetime.fromisoformat(file.read_text())
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(now.isoformat())
    return now


def _use(settings: Settings, site: SampleSite) -> Settings:
    """Settings for a polite-enough crawl of loopback, given to child processes by the environment."""
    chosen = {"CONNECT_TO": site.connect_to, "POLL_INTERVAL_S": "0.5", "HOST_INTERVAL_S": "0", "POLL_WAIT_S": "0"}
    os.environ.update({PREFIX + name: value for name, value in chosen.items()})
    console.out.print(f"The sample site is on 127.0.0.1:{site.port}; data go to {settings.home}.\n", markup=False)
    return console.settings()


def _prepare(ctx: Context, site: SampleSite, inbox: Inbox) -> None:
    for url in site.feed_urls:
        ctx.ledger.feeds.add(url, folder="Demo")
    ctx.ledger.channels.remove(CHANNEL)  # that of an earlier run: its inbox is gone
    ctx.ledger.channels.add(inbox.url, shown=shown(inbox.url), name=CHANNEL)
    ctx.ledger.alerts.put_rules([Rule(id=0, name=RULE[0], query=RULE[1], channels=(CHANNEL,))])
    _airflow(ctx.settings, "preparing Airflow", "db", "migrate")


def _crawl(ctx: Context) -> None:
    """One run of both DAGs, and what it found."""
    before, changes = ctx.ledger.counts.total(), ctx.ledger.counts.revisions()
    with _bar(ctx, "polling feeds"):
        _airflow(ctx.settings, "", "dags", "test", "crawl_feeds")
    new, changed = ctx.ledger.counts.total() - before, ctx.ledger.counts.revisions() - changes
    console.out.print(f"[bold]crawl_feeds[/]      {len(ctx.ledger.feeds.all())} feeds polled, {new} new articles, {changed} changed")
    if not new and not changed and not ctx.ledger.counts.backlog().discovered:
        console.out.print("[bold]ingest_articles[/]  nothing new, nothing to do\n")
        return
    with _bar(ctx, "taking articles in"):
        _airflow(ctx.settings, "", "dags", "test", "ingest_articles")
    with ctx.engine() as engine:
        console.out.print(f"[bold]ingest_articles[/]  done; {engine.count()} articles are searchable\n")


def _deliver(ctx: Context, inbox: Inbox) -> None:
    """A run of the DAG that sends alerts, where some wait; and what arrived at the other end."""
    outbox = ctx.ledger.outbox.counts()
    if not outbox.held and not outbox.waiting:
        console.out.print("[bold]deliver_alerts[/]   nothing to tell: every story was told once\n")
        return
    before = len(inbox.messages)
    _airflow(ctx.settings, "", "dags", "test", "deliver_alerts")
    arrived = inbox.messages[before:]
    console.out.print(f"[bold]deliver_alerts[/]   {several(len(arrived), 'alert')} arrived at a webhook of this demo\n")
    for message in arrived:
        _print_alert(message)


def _print_alert(message: dict[str, Any]) -> None:
    """A message as its receiver reads it."""
    for story in message["stories"]:
        others = story["other_sources"]
        rows = {
            "Rule": f"{story['rule']}: {RULE[1]}",
            "Story": story["title"],
            "Source": f"{story['source']}, {story['site']}",
            "Also in": f"{others['count']} other sources: {', '.join(others['sites'])}" if others["count"] else "",
            "Matched": ", ".join(story["matched"]),
            "Names": ", ".join((*story["people"], *story["organisations"], *story["places"])),
            "Text": story["excerpt"],
            "Link": story["url"],
        }
        for name, text in rows.items():
            if text:
                console.out.print(f"  [yellow]{name:<8}[/]", end="")
                console.out.print(console.safe(text), markup=False)
        console.out.print()


def _airflow(settings: Settings, saying: str, *arguments: str) -> None:
    """Run Airflow's own command; its output is shown when it fails."""
    if saying:
        console.out.print(f"… {saying}", style="dim")
    log = settings.home / "demo-airflow.log"
    with log.open("wb") as file:
        code = subprocess.run(
            airflow_command(*arguments), env=airflow_environment(settings), stdout=file, stderr=file, check=False
        ).returncode
    text = log.read_text(errors="replace")
    if code or "state=failed" in text:
        console.err.print(text[-4000:], markup=False)
        raise NewsError(f"airflow {' '.join(arguments)} failed: see {log}")


@contextmanager
def _bar(ctx: Context, what: str) -> Iterator[None]:
    """A bar that follows the ledger while a DAG runs in a process of its own."""
    if not sys.stderr.isatty():
        yield
        return
    stop = threading.Event()

    def follow(report: Report) -> None:
        while not stop.wait(_LOOK_S):
            total = ctx.ledger.counts.total()
            backlog = ctx.ledger.counts.backlog()
            report(what, total - backlog.discovered - backlog.claimed, max(1, total))

    with console.progress() as (_, report):
        thread = threading.Thread(target=follow, args=(report,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _show(ctx: Context) -> None:
    console.out.print("[bold underline]How every article ended[/]")
    console.out.print(outcome_table(ctx.ledger.counts.outcomes()))
    console.out.print(backlog_line(ctx.ledger.counts.backlog()) or "No backlog.")
    for feed in ctx.ledger.feeds.all():
        if feed.errors:
            console.out.print(f"{feed.url} fails ({feed.last_error}); it is tried again, later each time.", markup=False)
    with ctx.engine() as engine:
        for title, query in SEARCHES:
            console.out.print(f"\n[bold underline]{title}[/]")
            console.out.print(f"$ newsflow search '{query}'", style="cyan", markup=False)
            print_results(engine.search(SearchRequest(query=parse(query), size=3)))
        title, query = FOLDED
        console.out.print(f"\n[bold underline]{title}[/]")
        console.out.print(f"$ newsflow search --fold '{query}'", style="cyan", markup=False)
        results = engine.search(SearchRequest(query=parse(query), size=3, fold=True))
        print_results(results, ctx.ledger.copies.stories([hit.article.id for hit in results.hits]))
        console.out.print("\n[bold underline]Who and what the German articles are about[/]")
        console.out.print(f"$ newsflow search --facets '{NAMES}'", style="cyan", markup=False)
        print_facets(engine.search(SearchRequest(query=parse(NAMES), size=1, facet_values=8)))
    console.out.print("\n[bold underline]What the alert rule told of, each story once[/]")
    console.out.print(f"{RULE[0]}: {RULE[1]}", style="cyan", markup=False)
    stories = ctx.ledger.copies.stories([event.article_id for event in ctx.ledger.alerts.events(5)])
    for event in reversed(ctx.ledger.alerts.events(5)):
        sites = ", ".join(stories[event.article_id].sites) if event.article_id in stories else event.card.site
        console.out.print(f"  {event.created_at:%Y-%m-%d %H:%M:%S}  {console.safe(event.card.title)} ({sites})", markup=False)
    home = ctx.settings.home
    console.out.print("\n[bold underline]Go on[/]")
    for command in ("search 'Nordhafen' --facets", "status", "alerts history", "up        (Airflow's pages on 127.0.0.1:8080)"):
        console.out.print(f"  newsflow --home {home} {command}", markup=False)
    console.out.print("  newsflow feeds add URL && newsflow run --follow      (your own feeds, in ~/newsflow)", markup=False)
