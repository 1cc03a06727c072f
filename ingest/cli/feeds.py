"""`newsflow feeds`: which feeds are polled."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ingest import urls
from ingest.cli import console, feed_show
from ingest.cli.numbers import several
from ingest.cli.when import ago, until
from ingest.errors import UsageError
from ingest.feeds.lists import read_sources
from ingest.feeds.opml import FeedSource, write_opml
from ingest.model import Feed
from ingest.pipeline.context import Context
from ingest.pipeline.discover import NotFound, find_feed

_ALSO_SHOWN = 5  # other feeds of a site
app = typer.Typer(help="Add, list, show, remove, import and export feeds.", no_args_is_help=True)
app.command("show")(feed_show.show)


@app.command()
def add(
    feed_urls: Annotated[list[str], typer.Argument(metavar="URL", help="Addresses of feeds, news sitemaps or sites.")],
    title: Annotated[str, typer.Option(help="A name of your own; else the feed's.")] = "",
    folder: Annotated[str, typer.Option(help="A folder, levels separated by /.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A label; may be given several times.")] = None,
    look: Annotated[bool, typer.Option(help="Look at the address first, and find the feed of a site.")] = True,
) -> None:
    """Add feeds; of a site, its feed is found. Example: newsflow feeds add https://www.tagesschau.de --folder Deutsch"""
    for url in feed_urls:
        _check(url)
    with console.context() as ctx:
        for url in feed_urls:
            known = ctx.ledger.feeds.get(url)
            address = url if known or not look else _address(ctx, url)
            feed, created = ctx.ledger.feeds.add(address, title=title, folder=folder, tags=tuple(tag or ()))
            console.out.print(f"{'added' if created else 'known already'}: {urls.redact(feed.url)}", markup=False)


def _check(url: str) -> None:
    if urls.clean_link(url) is None:
        raise UsageError(f"{urls.redact(url)!r} is not an http or https URL: give one such as https://example.org/feed.xml")


def _address(ctx: Context, url: str) -> str:
    """Where the feed of `url` is. One that does not answer now is taken as given: it is polled until it does. Raises UsageError."""
    found = find_feed(ctx, url)
    if isinstance(found, NotFound):
        if found.final:
            raise UsageError(f"{found.why} With --no-look it is added all the same.")
        console.err.print(f"{console.safe(found.why)} It is added as it is.", markup=False)
        return url
    for other in found.also[:_ALSO_SHOWN]:
        console.err.print(f"also there: {console.safe(urls.redact(other.url))} {console.safe(other.title)}".rstrip(), markup=False)
    return url if found.how == "itself" else found.url


@app.command("list")
def list_feeds(as_json: console.Json = False) -> None:
    """List feeds with their state. Example: newsflow feeds list --json"""
    with console.context() as ctx:
        feeds = ctx.ledger.feeds.all()
    if as_json:
        console.print_json([{name: value for name, value in msgspec.structs.asdict(feed).items() if name != "memory"} for feed in feeds])
        return
    if not feeds:
        console.out.print("No feeds yet: newsflow feeds add URL, or newsflow feeds import FILE.opml")
        return
    now = datetime.now(UTC)
    for feed in feeds:
        # Addresses are to be copied: no terminal is so narrow that they are cut.
        title = f"[bold]{console.safe(feed.title)}[/] " if feed.title else ""
        console.out.print(f"{title}{console.safe(urls.redact(feed.url))}", soft_wrap=True)
        polled = f"last poll {ago(feed.last_polled_at, now)}" if feed.last_polled_at else "not polled yet"
        following = f"next {until(feed.next_poll_at, now)}" if feed.enabled else "never again"
        facts = (_state(feed), f"{polled}, {following}", console.safe(feed.folder))
        console.out.print(f"  {' · '.join(filter(None, facts))}", soft_wrap=True)


def _state(feed: Feed) -> str:
    if not feed.enabled:
        return f"[yellow]retired: {console.safe(feed.poll_reason)}[/]"
    if feed.errors:
        return f"[red]{several(feed.errors, 'error')}: {console.safe(feed.last_error)}[/]"
    return "[green]ok[/]"


@app.command("set")
def choose(
    feed_url: Annotated[str, typer.Argument(metavar="FEED", help="The feed's address.")],
    verify_tls: Annotated[
        bool | None, typer.Option("--verify-tls/--no-verify-tls", help="Whether its host must show a certificate that is trusted.")
    ] = None,
    robots: Annotated[bool | None, typer.Option("--robots/--no-robots", help="Whether robots.txt decides on its articles.")] = None,
    as_json: console.Json = False,
) -> None:
    """Let a feed opt out of a rule, or in again; its history keeps it. Example: newsflow feeds set https://example.org/feed.xml --no-verify-tls"""
    if verify_tls is None and robots is None:
        raise UsageError("nothing to set: give --no-verify-tls, --no-robots, or their opposites")
    with console.context() as ctx:
        feed = ctx.ledger.feeds.get(feed_url)
        if feed is None:
            raise UsageError(f"{urls.redact(feed_url)} is not among your feeds: newsflow feeds list shows them.")
        changes = ctx.ledger.feeds.options.choose(feed.id, verify_tls=verify_tls, obey_robots=robots)
    if as_json:
        console.print_json({"url": urls.redact(feed.url), "changes": changes})
        return
    for change in changes or ["nothing changes"]:
        console.out.print(f"{urls.redact(feed.url)}: {change}", markup=False)


@app.command()
def remove(feed_urls: Annotated[list[str], typer.Argument(metavar="URL")]) -> None:
    """Stop polling feeds; what they brought stays. Example: newsflow feeds remove https://example.org/feed.xml"""
    with console.context() as ctx:
        for url in feed_urls:
            if not ctx.ledger.feeds.remove(url):
                raise UsageError(f"{urls.redact(url)} is not among your feeds: newsflow feeds list shows them.")
            console.out.print(f"removed: {urls.redact(url)}", markup=False)


@app.command("import")
def import_feeds(
    file: Annotated[Path, typer.Argument(help="OPML, CSV with a header line, or one URL a line; - reads standard input.")],
) -> None:
    """Add the feeds of a list, with folders and tags. Example: newsflow feeds import examples/feeds/german.opml"""
    sources = read_sources(_bytes(file))
    created = 0
    with console.context() as ctx:
        for source in sources:
            created += ctx.ledger.feeds.add(source.url, title=source.title, folder=source.folder, tags=source.tags)[1]
    console.out.print(f"{several(created, 'feed')} added, {len(sources) - created} known already.")


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}.") from error


@app.command()
def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None,
) -> None:
    """Write all feeds as OPML, without credentials. Example: newsflow feeds export feeds.opml"""
    with console.context() as ctx:
        sources = [FeedSource(url=f.url, title=f.title, folder=f.folder, tags=f.tags) for f in ctx.ledger.feeds.all()]
    document = write_opml(sources, title="Newsflow feeds", now=datetime.now(UTC))
    if file is None:
        typer.echo(document.decode())
        return
    try:
        file.write_bytes(document)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}.") from error
    console.out.print(f"{several(len(sources), 'feed')} written to {file}")
