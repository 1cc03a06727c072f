"""`newsflow alerts channels`: where alerts go, by names of your own."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ingest.alerts import channel as channels
from ingest.cli import console
from ingest.cli.numbers import several
from ingest.errors import UsageError
from ingest.state.channels import Channel

app = typer.Typer(help="Where alerts go. Give a channel a name, and rules need no URL.", no_args_is_help=True)


@app.command("list")
def list_channels(as_json: console.Json = False) -> None:
    """List the channels; no secret is shown. Example: newsflow alerts channels list"""
    with console.context() as ctx:
        found = ctx.ledger.channels.all()
    if as_json:
        console.print_json(found)
        return
    table = Table("Channel", "Goes to", "Rules", "State", box=None, header_style="bold", pad_edge=False)
    for channel in found:
        table.add_row(console.safe(channel.name), console.safe(channel.shown), str(channel.rules), console.safe(state(channel)))
    console.out.print(table if found else "No channels yet. Add one: newsflow alerts channels add NAME URL")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="A name of your own.")],
    url: Annotated[str, typer.Argument(help="A URL of Apprise, webhook+https://SECRET@host/path or rss:/path; - asks for it.")],
) -> None:
    """Save a channel. With - the URL is asked for and does not stand in the shell's history.

    Example: newsflow alerts channels add desk slack://TOKEN_A/TOKEN_B/TOKEN_C/#news
    """
    checked = channels.check(typer.prompt("URL", hide_input=True) if url == "-" else url)
    if not name.strip() or "://" in name or len(name) > 80 or not name.isprintable():
        raise UsageError("a channel's name is 1 to 80 characters on one line, and no URL")
    with console.context() as ctx:
        ctx.ledger.channels.add(checked, shown=channels.shown(checked), name=name.strip())
    console.out.print(f"Channel {name.strip()!r} saved: {channels.shown(checked)}", markup=False)


@app.command()
def remove(name: Annotated[str, typer.Argument(help="The channel.")]) -> None:
    """Forget a channel and what waits for it; rules stay. Example: newsflow alerts channels remove desk"""
    with console.context() as ctx:
        if not ctx.ledger.channels.remove(name):
            raise UsageError(f"there is no channel {name!r}: newsflow alerts channels list shows them.")
    console.out.print(f"Channel {name!r} removed.", markup=False)


def state(channel: Channel) -> str:
    """How a channel fares, in a few words."""
    if not channel.failures:
        return "ok"
    rests = f", rests until {channel.blocked_until:%H:%M:%S} UTC" if channel.blocked_until else ""
    return f"{several(channel.failures, 'failure')}: {channel.last_error}{rests}"


def line(channel: Channel) -> str:
    """Name, target and state on one line."""
    target = "" if channel.name == channel.shown else f" ({channel.shown})"
    return f"{channel.name}{target}, {state(channel)}"
