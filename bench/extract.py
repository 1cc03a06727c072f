"""How fast pages become articles with metadata, beside plain trafilatura, mediacloud-metadata and news-please.

Every reader has a process of its own, and they read the same real pages in turns; the rivals are installed from PyPI into environments of
their own (kept in --environments). Seconds are CPU time. `python -m bench.extract --pages 100`
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench.report import Figures, parser, run
from ingest.extract.charset import decode
from tests.extract.test_gate import SETS, page_of, truths

RIVALS = {"mediacloud_metadata": "mediacloud-metadata==2.1.0", "news_please": "news-please==1.6.16"}
TURN = 10  # pages
HOME = Path(__file__).parents[1]
READERS = Path(__file__).with_name("readers.py")


def main() -> None:
    """The figures of all readers."""
    options = parser("extract", __doc__)
    options.add_argument("--pages", type=int, default=200, help="read of the 680 of the three shared sets, evenly (%(default)s)")
    options.add_argument("--environments", type=Path, default=HOME / "var" / "bench", help="where the rivals are installed")
    run("extract", measure, options)


def measure(arguments: argparse.Namespace) -> Figures:
    """Pages per second and core of each reader, how many of its pages have no text, and our speed as a multiple of each."""
    pages = sample(arguments.pages)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
        file = Path(folder) / "pages.json"
        file.write_text(json.dumps(pages), encoding="utf-8")
        pythons = {"newsflow": Path(sys.executable), "trafilatura": Path(sys.executable)}
        pythons |= {name: environment(package, arguments.environments / name) for name, package in RIVALS.items()}
        readers = {name: ending.enter_context(closing(Timed(name, python, file))) for name, python in pythons.items()}
        # In turns: what slows the machine down for a while then slows all of them down.
        for first in track(range(0, len(pages), TURN), "pages", console=Console(stderr=True), transient=True):
            for reader in readers.values():
                reader.read(first, min(first + TURN, len(pages)))
    speed = {name: reader.pages / reader.seconds for name, reader in readers.items()}
    figures: dict[str, float] = {"pages": len(pages)}
    for name, reader in readers.items():
        figures[f"{name}_pages_s"] = speed[name]
        figures[f"{name}_without_text"] = reader.without_text
    return figures | {f"times_{name}": speed["newsflow"] / speed[name] for name in speed if name != "newsflow"}


def sample(count: int) -> list[tuple[str, str]]:
    """Addresses and decoded pages, every n-th of all sets, in an order that mixes the sets' sizes and languages."""
    every = [truth for name in SETS for truth in truths(name)]
    step = max(1, len(every) // count)
    return [(page.url, decode(page.body)) for page in map(page_of, every[::step][:count])]


def environment(package: str, folder: Path) -> Path:
    """The interpreter of an environment that has `package`; it is made where it is missing."""
    python = folder / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    marker = folder / package
    if not marker.exists():
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, package], check=True)
        marker.touch()
    return python


class Timed:
    """A reader that runs, and what it took so far."""

    def __init__(self, name: str, python: Path, pages: Path) -> None:
        self.seconds = 0.0
        self.pages = self.without_text = 0
        self._process = subprocess.Popen(
            [python, READERS, name, pages],
            env={**os.environ, "PYTHONPATH": str(HOME)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def read(self, first: int, last: int) -> None:
        """Let it read these pages. Raises RuntimeError where it has died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(first, last, file=self._process.stdin, flush=True)
        except BrokenPipeError as error:
            raise RuntimeError(f"the reader ended with {self._process.wait()}") from error
        while line := self._process.stdout.readline():
            if line.startswith('{"seconds"'):  # some libraries print too
                found = json.loads(line)
                self.seconds += found["seconds"]
                self.pages += found["pages"]
                self.without_text += found["without_text"]
                return
        raise RuntimeError(f"the reader ended with {self._process.wait()}")

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


if __name__ == "__main__":
    main()
