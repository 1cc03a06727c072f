"""`newsflow run` and `newsflow replay`: the pipeline in this process, without Airflow."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ingest.cli import console
from ingest.cli.numbers import several
from ingest.cli.outcomes import backlog_line, outcome_table
from ingest.errors import StorageError, UsageError
from ingest.pipeline.context import Context
from ingest.pipeline.deliver import deliver
from ingest.pipeline.replay import Reading, Selection, language_codes, plan_replay
from ingest.pipeline.run import PassCounts, run_follow, run_once
from ingest.pipeline.stages import REPLAY_AND_ALERT_STAGES, REPLAY_STAGES, run_batch
from ingest.search.moments import span


def run(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until Ctrl-C.")] = False,
    as_json: console.Json = False,
) -> None:
    """Poll the feeds that are due and take every new article into the index. Example: newsflow run --follow"""
    with console.context(bars=not as_json) as ctx:
        if not ctx.ledger.feeds.all():
            console.err.print("No feeds yet: newsflow feeds add URL, or newsflow feeds import FILE.opml")
            return
        if follow:
            console.err.print("Following; Ctrl-C ends it.")
            run_follow(ctx)
        counts = run_once(ctx)
        report(ctx, counts, as_json=as_json)


def report(ctx: Context, counts: PassCounts, *, as_json: bool = False) -> None:
    """What a pass did, and how all URLs stand."""
    if as_json:
        console.print_json(
            {"polls": dataclasses.asdict(counts.polls), "batches": counts.batches, "alerts": dataclasses.asdict(counts.alerts)}
        )
        return
    polls = counts.polls
    console.out.print(
        f"{several(polls.polled, 'feed')} polled: {polls.unchanged} unchanged, {polls.failed} failed; "
        f"{several(polls.new_urls, 'new article')}, {polls.changed} changed."
    )
    if polls.found or counts.batches:
        console.out.print(outcome_table(ctx.ledger.counts.outcomes()))
    else:
        console.out.print("Nothing new.")
    alerts = counts.alerts
    if alerts.sent or alerts.failed or alerts.dead:
        trouble = (
            f", {alerts.failed} to be tried again, {alerts.dead} given up: newsflow status tells why"
            if alerts.failed or alerts.dead
            else ""
        )
        console.out.print(f"Alerts: {alerts.sent} sent{trouble}.")
    if line := backlog_line(ctx.ledger.counts.backlog()):
        console.out.print(line)


def replay(
    paths: Annotated[list[Path] | None, typer.Argument(help="WARC files or folders; none: the whole archive.")] = None,
    outdated: Annotated[
        bool, typer.Option("--outdated", help="Only pages that this version of the extraction has not judged yet, as after an upgrade.")
    ] = False,
    host: Annotated[list[str] | None, typer.Option("--host", help="Only pages of this host and its subdomains; may be repeated.")] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="Only articles in this language, such as de; may be repeated.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only pages fetched then or later: 2026, 2026-11, 2026-11-01T12:30.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only pages fetched before that.")] = None,
    alert: Annotated[bool, typer.Option("--alert", help="Match the rules too, and tell of what was never told.")] = False,
    as_json: console.Json = False,
) -> None:
    """Extract, enrich and index archived pages again; nothing is fetched, nobody is alerted unless --alert asks for it.

    A file that is cut off gives the pages before the cut; it is named at the end, and the exit code is 1.

    Example: newsflow replay CC-NEWS-20261101000000-00001.warc.gz --language de
    """
    selection = Selection(
        hosts=tuple(name.lower().rstrip(".") for name in host or ()),
        since=_moment("--since", since),
        until=_moment("--until", until),
        languages=language_codes(language or ()),
        outdated=outdated,
    )
    batches, reading = 0, Reading()
    with console.context(bars=not as_json) as ctx:
        for ref in plan_replay(ctx, paths or [], selection, reading=reading):
            run_batch(ctx, ref, REPLAY_AND_ALERT_STAGES if alert else REPLAY_STAGES)
            batches += 1
        if alert:
            deliver(ctx)
        if as_json:
            console.print_json({"batches": batches} | dataclasses.asdict(reading))
        else:
            console.out.print(
                f"{several(reading.pages, 'page')} of {several(reading.files, 'file')} replayed." if batches else "No pages to replay."
            )
            if batches:
                console.out.print(outcome_table(ctx.ledger.counts.outcomes()))
    if reading.losses.records:
        lost = several(reading.losses.records, "record")
        console.err.print(f"{lost} could not be read, or exceed NEWSFLOW_PAGE_MAX_BYTES.")
    for sentence in reading.losses.damage:
        console.fail(StorageError(sentence))
    if reading.losses.damage:
        raise typer.Exit(StorageError.exit_code)


def _moment(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    if (found := span(text)) is None:
        raise UsageError(f"{option} {text}: write a date such as 2026-11-01 or 2026-11-01T12:30.")
    return found[0]
