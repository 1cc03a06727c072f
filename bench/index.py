"""Indexing, and matching with saved queries, on a search engine: articles per second.

The articles are real German pages of the test corpora; the saved queries are made of names that the German and Portuguese
press wrote: a third phrases, a third plain words, a third combinations. Without `--url`, one OpenSearch node is fetched and
started for the bench, with 1 GB of heap.

A server runs for months, and its first minutes are several times as slow, while Java compiles: so before matching is measured, other
pages than those measured are matched with the same queries for some rounds.

`cpu_ms_…` is the time on processors per matched article, of the bench and of the server that it started: unlike rates, other work on
the machine hardly changes it.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import itertools
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import msgspec

from bench.corpora import corpora, real_articles
from bench.report import Figures, parser, run
from ingest.model import Article, Rule
from ingest.search.elastic.setup import Setup
from ingest.search.engine import SERVER_SCHEMES, Engine
from ingest.search.opening import open_engine
from tests.engines.maven import libraries
from tests.engines.servers import OpenSearch, folder

COPIES = 5  # of each page, under ids of their own: enough documents to measure the rate of writing
BATCH = 200
MATCHED = 200  # articles per measurement of matching
WARM_UP = 10  # rounds of the other pages before each measurement
PREFIX = "bench"


@dataclasses.dataclass(frozen=True)
class Material:
    """What is indexed and asked for."""

    articles: list[Article]
    names: list[str]


def material(pages: int) -> Material:
    """From the corpora; exits with one sentence where they are absent."""
    alerts = corpora("alerts")
    articles = [
        msgspec.structs.replace(article, language="de") for article in real_articles(pages)
    ]  # one language field, as most of them are
    names: list[str] = []
    for file in ("derived-de.tsv", "derived-pt.tsv"):
        with (alerts / file).open(encoding="utf-8", newline="") as lines:
            names += [row["text"].replace('"', "") for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return Material(articles, [n for n in names if sum(map(str.isalnum, n)) > 2])


def rules(names: list[str], number: int) -> list[Rule]:
    """`number` different queries."""
    made = []
    later = itertools.cycle(names[len(names) // 3 :])
    for n, name in zip(range(number), itertools.cycle(names), strict=False):
        lap = n // len(names)  # further laps over the names combine each with others
        words = " ".join(w for w in name.split() if w.isalnum()) or f'"{name}"'
        if lap == 0:
            query = (f'"{name}"', words, f'"{name}" AND ("{next(later)}" OR "{next(later)}")')[n % 3]
        else:
            query = f'"{name}" AND ("{next(later)}" OR "{names[(n * 7 + lap) % len(names)]}")'
        made.append(Rule(id=n + 1, name=str(n), query=query))
    return made


@contextmanager
def engine_at(url: str | None) -> Iterator[Engine]:
    """An engine with an empty index of its own."""
    with folder() as data:
        server = None
        if url is None:
            server = OpenSearch(data, "-XX:+UseSerialGC")
            server.start()
            url = server.url
        elif url == "embedded":
            url = f"embedded:{data / 'index'}"
        if url.partition(":")[0] in SERVER_SCHEMES:
            url += f"?prefix={PREFIX}{int(time.time())}"
            setup = Setup(url)
            setup.apply()
            setup.close()
        with open_engine(url) as engine:
            yield engine
        if server is not None:
            server.stop()


def version_of(url: str | None, engine: Engine) -> str:
    """The engine and its version, as far as it tells."""
    if url == "embedded":
        return f"embedded (tantivy {version('tantivy')})"
    if url is None:
        return f"OpenSearch {next(libraries().glob('opensearch-[0-9]*.jar')).stem.removeprefix('opensearch-')}, one node with 1 GB of heap"
    return engine.name


def measure(arguments: argparse.Namespace) -> Figures:
    """Indexing, then matching with each number of queries."""
    given = material(arguments.pages)
    figures: dict[str, float] = {}
    with engine_at(arguments.url) as engine:
        arguments.about = f"{version_of(arguments.url, engine)}, {len(given.articles)} pages"
        copies = [msgspec.structs.replace(article, id=f"{article.id[:-2]}{n:02}") for n in range(COPIES) for article in given.articles]
        started = time.perf_counter()
        for start in range(0, len(copies), BATCH * 5):
            engine.index(copies[start : start + BATCH * 5])
        figures["indexed_per_s"] = len(copies) / (time.perf_counter() - started)
        batch, others = given.articles[:MATCHED], given.articles[MATCHED:]
        for number in arguments.queries:
            saved = rules(given.names, number)
            started = time.perf_counter()
            engine.match(given.articles[-1:], saved)
            figures[f"store_{number}_s"] = time.perf_counter() - started
            for _ in range(WARM_UP):
                engine.match(others, saved)
            started, spent = time.perf_counter(), _cpu_s()
            found = engine.match(batch, saved)
            figures[f"matched_per_s_{number}"] = len(batch) / (time.perf_counter() - started)
            figures[f"cpu_ms_{number}"] = 1000 * (_cpu_s() - spent) / len(batch)
            figures[f"matches_{number}"] = len(found)
    return figures


def _cpu_s() -> float:
    """Of this process and its children."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    ticks = [Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13] for child in children]
    return time.process_time() + sum(int(n) for both in ticks for n in both) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    options = parser("index", __doc__)
    options.add_argument("--url", help="a search engine, as NEWSFLOW_SEARCH_URL has it, or embedded")
    options.add_argument("--pages", type=int, default=400, help="pages of the corpus that are read")
    options.add_argument("--queries", type=json.loads, default=[1_000, 10_000, 50_000], help="numbers of saved queries, a JSON list")
    run("index", measure, options)
