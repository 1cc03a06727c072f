"""`newsflow alerts test`, `preview` and `send-test`: what a rule finds and says, before anybody relies on it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.table import Table

from ingest.alerts.card import card_of
from ingest.alerts.message import Content, Story, compose
from ingest.alerts.plan import Kind
from ingest.alerts.schedule import parse_span, zone_of
from ingest.alerts.send import send
from ingest.cli import console
from ingest.cli.numbers import several
from ingest.cli.rule_options import found
from ingest.cli.search import print_hit, print_results
from ingest.errors import UsageError
from ingest.model import Card, Rule
from ingest.pipeline.context import Context
from ingest.pipeline.passages import pieces
from ingest.pipeline.rules import MOST, Backtest, backtest, judging
from ingest.search.engine import SearchRequest, Sort
from ingest.search.query import parse

_BAR = 40  # columns of the busiest day


def backtest_rule(
    name: Annotated[str, typer.Argument(help="The rule.")],
    since: Annotated[str, typer.Option(help="How far back, such as 30d or 12h.")] = "30d",
    shown: Annotated[int, typer.Option("--size", "-n", min=0, max=100, help="Articles to show.")] = 5,
    as_json: console.Json = False,
) -> None:
    """What a rule would have raised on the articles in the index, day by day. Nobody is told. Example: newsflow alerts test rates --since 30d"""
    now = datetime.now(UTC)
    span = timedelta(seconds=parse_span(since))
    with console.context() as ctx:
        rule = found(ctx, name)
        if rule.kind != "query":
            raise UsageError(f"{name!r} watches Newsflow itself: there are no articles to try it on")
        every = rule.delivery.repeat_per_story
        past = backtest(ctx, rule.query, since=now - span, until=now, zone=zone_of(rule.delivery), every_copy=every, shown=shown)
    if as_json:
        days = [{"day": day.isoformat(), "alerts": number} for day, number in past.days]
        console.print_json({"articles": past.articles, "alerts": past.stories, "days": days, "hits": past.hits, "cut": past.cut})
        return
    _print_backtest(past, span)


def preview(
    query: Annotated[str, typer.Argument(help="A query, as in newsflow search.")],
    size: Annotated[int, typer.Option("--size", "-n", min=1, max=100, help="Articles to show.")] = 10,
    as_json: console.Json = False,
) -> None:
    """The newest articles that a rule with this query would tell of. Example: newsflow alerts preview '(Zinsen OR Leitzins) lang:de'"""
    request = SearchRequest(query=parse(query), size=size, sort=Sort.NEWEST, fold=True)
    with console.context() as ctx:
        with judging(ctx) as flags_of:
            flags = flags_of(query)
        with ctx.engine() as engine:
            results = engine.search(request)
    if as_json:
        console.print_json({"flags": flags, "results": results})
        return
    print_results(results)
    for flag in flags:
        console.err.print(console.hanging(f"Note: {flag}", on=console.err), markup=False)


def send_test(name: Annotated[str, typer.Argument(help="The rule.")]) -> None:
    """Send a test on every channel of a rule, now: its newest article, or a sample. Example: newsflow alerts send-test rates"""
    failed = 0
    with console.context() as ctx:
        rule = found(ctx, name)
        urls = {channel: ctx.ledger.channels.url(channel) for channel in rule.channels}
        content = Content(
            kind=Kind.ALERT,
            key=f"test_{secrets.token_hex(16)}",
            created_at=datetime.now(UTC),
            stories=[_sample(ctx, rule)],
            total=1,
            test=True,
        )
    for channel, url in urls.items():
        if url is None or url.startswith("rss:"):
            console.out.print(f"{channel}: a feed is written when the rule fires", markup=False)
            continue
        result = send(url, compose(content), datetime.now(UTC))
        failed += not result.ok
        console.out.print(f"{channel}: {'sent' if result.ok else 'failed: ' + console.safe(result.error)}", markup=False)
    if not urls:
        console.err.print(f"The rule has no channel: newsflow alerts edit {name!r} --to URL", markup=False)
    raise typer.Exit(1 if failed else 0)


def _sample(ctx: Context, rule: Rule) -> Story:
    if rule.kind != "query":
        return Story(rule=rule, article_id="", card=Card(title="A sample: nothing is wrong", url=""))
    with ctx.engine() as engine:
        hits = engine.search(SearchRequest(query=parse(rule.query), size=1, sort=Sort.NEWEST)).hits
    if not hits:
        return Story(rule=rule, article_id="", card=Card(title="A sample: no article in the index fits the rule yet", url=""))
    title, passage = pieces(rule.query, hits[0].article)
    return Story(rule=rule, article_id=hits[0].article.id, card=card_of(hits[0].article), title=title, passage=passage)


def _print_backtest(past: Backtest, span: timedelta) -> None:
    """The sum, and the days that have any alerts: those of most rules are few."""
    console.out.print(summary(past, span), markup=False)
    most = max((number for _, number in past.days), default=0)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(justify="right")
    for day, number in past.days:
        if number:
            table.add_row(f"{day:%a %Y-%m-%d}", f"{number:,}", "▇" * -(-number * _BAR // most))
    if table.rows:
        console.out.print(table)
    for hit in past.hits:
        print_hit(hit)


def summary(past: Backtest, span: timedelta) -> str:
    """How often the rule would have fired, in one sentence. A mean is told where there is about one alert a day or more."""
    period = (
        several(round(span / timedelta(days=1)), "day") if span >= timedelta(days=2) else several(round(span / timedelta(hours=1)), "hour")
    )
    if not past.stories:
        return f"No alerts in {period}: no article in the index fits."
    said = [f"{several(past.stories, 'alert')} in {period}, from {several(past.articles, 'article')}"]
    mean = past.stories / max(1.0, span / timedelta(days=1))
    if mean >= 1 and span >= timedelta(days=2):
        said.append(f"about {mean:,.0f} a day, {max(number for _, number in past.days):,} on the busiest")
    if past.cut:
        said.append(f"only the newest {MOST:,} articles are counted")
    return "; ".join(said) + "."
