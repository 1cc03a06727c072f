"""The command line as a whole: its commands, its global options, how errors reach a person."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ingest import __version__
from ingest.cli import console, crawl, deploy, extract, feeds, maintain, rules, search, setup, status, up
from ingest.cli.demo import demo
from ingest.errors import NewsError

app = typer.Typer(
    name="newsflow",
    help="From news feeds to a searchable, alerting archive.\n\n"
    "Start: newsflow init, newsflow feeds add URL, newsflow run, newsflow search 'WORDS'. Or see it work: newsflow demo.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(maintain.init)
app.add_typer(feeds.app, name="feeds")
app.command("run")(crawl.run)
app.command("search")(search.search)
app.command("show")(search.show)
app.command("status")(status.status)
app.command("extract")(extract.extract)
app.command("replay")(crawl.replay)
app.add_typer(rules.app, name="alerts")
app.command("up")(up.up)
app.command("demo")(demo)
app.command("upkeep")(maintain.upkeep)
app.command("setup")(setup.setup)
app.command("reindex")(setup.reindex)
app.add_typer(deploy.app, name="deploy")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsflow {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    home: Annotated[
        Path | None, typer.Option(help="Folder of state, archive and index [default: NEWSFLOW_HOME or ~/newsflow].", show_default=False)
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="One log line per event, on standard error.")] = False,
    _version_wanted: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    console.choose(home=home, verbose=verbose)


def main() -> None:
    """Entry point: run the command and turn what went wrong into one sentence and an exit code."""
    try:
        app()
    except NewsError as error:
        console.fail(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The reader of our output has gone (`newsflow search … | head`): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)
