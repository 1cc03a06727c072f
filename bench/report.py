"""How every bench prints: a table for people or `--json`, the machine's size, and `--check` against targets.toml."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tomllib
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

TARGETS = Path(__file__).with_name("targets.toml")
_RUNTIMES = ("apache-airflow", "feedparser", "trafilatura", "tantivy", "aiohttp", "sqlalchemy")

Figures = Mapping[str, float]


def machine() -> dict[str, str | int | float]:
    """Cores, memory in GiB, processor, Python and the versions that matter."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    facts: dict[str, str | int | float] = {
        "cores": os.cpu_count() or 1,
        "memory_gib": round(pages * size / 2**30),
        "processor": _processor(),
        "python": platform.python_version(),
    }
    return facts | {name: version(name) for name in _RUNTIMES}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """The options that all benches share."""
    options = argparse.ArgumentParser(prog=f"python -m bench.{name}", description=description)
    options.add_argument("--json", action="store_true", help="print JSON")
    options.add_argument("--check", action="store_true", help="exit 1 when a target of bench/targets.toml is missed")
    options.set_defaults(about="")  # what was measured, where a bench can measure several things
    return options


def run(name: str, measure: Callable[[argparse.Namespace], Figures], options: argparse.ArgumentParser) -> None:
    """Measure, print, check."""
    arguments = options.parse_args()
    figures = measure(arguments)
    missed = _missed(name, figures)
    if arguments.json:
        about = {"about": arguments.about} if arguments.about else {}
        print(json.dumps({"bench": name} | about | {"machine": machine(), "figures": dict(figures), "missed": missed}, indent=2))
    else:
        _print(name, arguments.about, figures, missed)
    if arguments.check and missed:
        sys.exit(1)


def _missed(name: str, figures: Figures) -> list[str]:
    targets = tomllib.loads(TARGETS.read_text()).get(name, {})
    missed = []
    for figure, bounds in targets.items():
        value = figures.get(figure)
        if value is None:
            missed.append(f"{figure} was not measured")
        elif value > bounds.get("at_most", float("inf")) or value < bounds.get("at_least", float("-inf")):
            missed.append(f"{figure} is {value:g}, wanted {bounds}")
    return missed


def _print(name: str, about: str, figures: Figures, missed: list[str]) -> None:
    console = Console(highlight=False)
    facts = machine()
    console.print(
        f"[bold]{name}[/]{f': {about},' if about else ''} on {facts['cores']} cores, {facts['memory_gib']} GiB, {facts['processor']}, Python {facts['python']}"
    )
    console.print(", ".join(f"{package} {facts[package]}" for package in _RUNTIMES), style="dim")
    table = Table("Figure", "Value", box=None, header_style="bold", pad_edge=False)
    table.columns[1].justify = "right"
    for figure, value in figures.items():
        table.add_row(figure, f"{value:,.3f}".rstrip("0").rstrip("."))
    console.print(table)
    for line in missed:
        console.print(f"[red]missed:[/] {line}")
