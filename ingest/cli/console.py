"""What all commands share: the settings in force, where output goes, progress bars, `--json`, safe text."""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from ingest import log
from ingest.errors import NewsError, QueryError
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.context import Progress as Report
from ingest.search.query import caret
from ingest.settings import PREFIX, Settings, load

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

_NARROWEST = 20  # columns of text, beside the names

# Control and bidirectional override characters of foreign text would act on the terminal (rule O3).
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def choose(*, home: Path | None, verbose: bool) -> None:
    """Take the global options; they go into the environment, so that child processes have them too."""
    if home is not None:
        os.environ[PREFIX + "HOME"] = str(home.expanduser().absolute())
    if verbose:
        os.environ.setdefault(PREFIX + "LOG_LEVEL", "info")


def settings() -> Settings:
    """The settings in force, with logs set up for them."""
    loaded = load()
    log.configure(loaded)
    return loaded


def safe(text: str) -> str:
    """Foreign text as a terminal may get it."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text)


def print_rows(rows: Iterable[tuple[str, str]], *, column: int, indent: str = "  ") -> None:
    """A name and what it is, a line each; those that are empty are left out. `column` is the width of the names.

    On a terminal a long line goes on below its beginning.
    """
    for name, value in rows:
        if value:
            out.print(f"{indent}[dim]{name:<{column}}[/]", end="")
            out.print(hanging(safe(value), len(indent) + column), markup=False)


def hanging(text: str, column: int = 0, *, on: Console | None = None) -> str:
    """`text` as it stands behind `column` characters: on a terminal a long one goes on below its beginning.

    Addresses stay whole, since they are to be copied.
    """
    on = on or out
    if not on.is_terminal:
        return text
    lines = textwrap.wrap(text, max(_NARROWEST, on.width - column), break_long_words=False, break_on_hyphens=False)
    return f"\n{' ' * column}".join(lines)


def print_json(value: Any) -> None:
    """One JSON document on standard output; msgspec structs and datetimes included."""
    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=2))


def print_line(value: Any) -> None:
    """One JSON line on standard output."""
    typer.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))


def fail(error: NewsError) -> None:
    """The one sentence of `error`, with the place of a bad query underneath."""
    err.print("[bold red]newsflow:[/] ", end="")
    err.print(hanging(safe(str(error)), len("newsflow: "), on=err), markup=False)
    if isinstance(error, QueryError) and (place := caret(error)):
        err.print(safe(place), markup=False)


@contextmanager
def context(*, bars: bool = False) -> Iterator[Context]:
    """The context of one command, with progress bars on a terminal where `bars` is set."""
    loaded = settings()
    if not (bars and sys.stderr.isatty()):
        with open_context(loaded) as ctx:
            yield ctx
        return
    with progress() as (_, report), open_context(loaded, progress=report) as ctx:
        yield ctx


@contextmanager
def progress() -> Iterator[tuple[Progress, Report]]:
    """A bar per stage, and the function that moves them."""
    columns = (SpinnerColumn(), TextColumn("{task.description:<8}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield bars, report
