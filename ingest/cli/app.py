"""The command line as a whole: its commands, its global options, how errors reach a person."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from ingest import __version__
from ingest.cli import console
from ingest.cli.lazy import LazyGroup
from ingest.errors import NewsError, StorageError

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_COMMANDS = {
    "init": "maintain:init",
    "run": "crawl:run",
    "search": "search:search",
    "show": "search:show",
    "status": "status:status",
    "extract": "extract:extract",
    "replay": "crawl:replay",
    "up": "up:up",
    "demo": "demo:demo",
    "upkeep": "maintain:upkeep",
    "redrive": "redrive:redrive",
    "setup": "setup:setup",
    "reindex": "setup:reindex",
    "feeds": "feeds:app",
    "alerts": "rules:app",
    "deploy": "deploy:app",
}


class _Commands(LazyGroup):
    places = MappingProxyType({name: f"ingest.cli.{place}" for name, place in _COMMANDS.items()})


app = typer.Typer(
    cls=_Commands,
    name="newsflow",
    help="From news feeds to a searchable, alerting archive.\n\n"
    "Start: newsflow init, newsflow feeds add URL, newsflow run, newsflow search 'WORDS'. Or see it work: newsflow demo.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"newsflow {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    home: Annotated[
        Path | None, typer.Option(help="Folder of state, archive and index; else NEWSFLOW_HOME or ~/newsflow.", show_default=False)
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
    except OSError as error:
        if error.errno not in _NO_ROOM or error.filename is not None:
            raise
        console.fail(StorageError(f"the output cannot be written: {error.strerror}; free some space, or send it elsewhere."))
        # What waits in the buffer would be tried once more at the end (Python's documentation of SIGPIPE).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(StorageError.exit_code)
