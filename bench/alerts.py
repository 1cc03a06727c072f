"""How many articles a second are matched against saved rules.

Real articles in batches of 50 against rules made of the names and queries of the alert corpus: phrases, two of them with
AND, with OR, with a minus, plain words, beginnings of words. Analysing the articles is a part of it. On the embedded engine
the figures are per second of one core, on a server per second.

Each number of rules has two processes of its own. `compile_s`: the first batch of the first one, which finds no compiled
rules. `ready_s`: the first batch of the second one, which finds them kept, as every later task does. Then half of the
articles are matched, to know their words, and the other half twice. `articles_new_s`: the first time, when two
fifths of the different words of each are new to the process. `articles_s`: the second time, as in a process that has run for long.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench.corpora import corpora, real_articles
from bench.report import Figures, parser, run
from ingest.errors import QueryError
from ingest.model import Article, Rule
from ingest.search.engine import Engine
from ingest.search.opening import open_engine
from ingest.search.query import parse

BATCH = 50
COUNTS = (1_000, 10_000, 100_000)
SEED = 20_261_124


def names() -> list[str]:
    """People, places and organisations as the German and Portuguese press wrote them, and queries of people who watch the news."""
    found: list[str] = []
    for path in sorted(corpora("alerts").glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            column = {"text": 0, "id": 1}[next(rows)[0]]
            found += [" ".join("".join(c if c.isalnum() or c in " -'" else " " for c in row[column]).split()) for row in rows]
    return [name for name in found if any(map(str.isalnum, name))]


def rules(count: int) -> list[Rule]:
    """The same for the same count."""
    chance = random.Random(SEED)  # noqa: S311  # no secret
    queries = _queries(names(), chance)
    return [Rule(id=number, name=str(number), query=next(queries)) for number in range(count)]


def _queries(known: Sequence[str], chance: random.Random) -> Iterator[str]:
    number = 0
    while True:
        a, b = chance.choice(known), chance.choice(known)
        word = max(b.split(), key=len)
        forms = (
            f'"{a}"',
            f'"{a}" "{b}"',
            f'"{a}" OR "{b}"',
            f'"{a}" -"{b}"',
            a.replace("-", " ").lower(),
            f'"{a}" {word[:5]}*',
            f"lang:de {a}",
        )
        query = forms[number % len(forms)]
        try:
            parse(query)
        except QueryError:  # a name such as "OR"
            continue
        number += 1
        yield query


def _first(url: str, articles: Sequence[Article], saved: Sequence[Rule]) -> float:
    """Seconds of the first batch of this process."""
    with open_engine(url) as engine:
        clock = _clock(engine)
        start = clock()
        engine.match(articles[:BATCH], saved)
        return clock() - start


def _rates(url: str, articles: Sequence[Article], saved: Sequence[Rule]) -> tuple[float, float, float, int]:
    """Seconds of the first batch of this process, articles a second the first time and the second, and pairs found."""
    ready = _first(url, articles, saved)
    batches = [articles[at : at + BATCH] for at in range(0, len(articles), BATCH)]
    middle = len(batches) // 2
    with open_engine(url) as engine:
        clock = _clock(engine)
        pairs = sum(len(engine.match(batch, saved)) for batch in batches[:middle])
        times = []
        for _ in range(2):
            start = clock()
            found = sum(len(engine.match(batch, saved)) for batch in batches[middle:])
            times.append(clock() - start)
    new = len(articles) - middle * BATCH
    return ready, new / times[0], new / times[1], pairs + found


def _clock(engine: Engine) -> Callable[[], float]:
    return time.process_time if engine.name == "embedded" else time.perf_counter


def measure(arguments: argparse.Namespace) -> Figures:
    """By number of rules."""
    articles = real_articles()
    random.Random(SEED).shuffle(articles)  # noqa: S311  # no secret; by file name, articles of one paper stand together
    figures: dict[str, float] = {"articles": len(articles), "words_each": sum(len(a.text.split()) for a in articles) / len(articles)}
    for count in arguments.rules:
        saved = rules(count)
        with tempfile.TemporaryDirectory() as folder:
            url = arguments.engine or f"embedded:{folder}"
            with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as processes:
                figures[f"compile_s_{count}"] = processes.submit(_first, url, articles, saved).result()
                ready, new, known, pairs = processes.submit(_rates, url, articles, saved).result()
        figures |= {f"ready_s_{count}": ready, f"articles_new_s_{count}": new, f"articles_s_{count}": known, f"pairs_{count}": pairs}
    return figures


if __name__ == "__main__":
    options = parser("alerts", __doc__)
    options.add_argument("--engine", default="", help="URL of another engine, as in NEWSFLOW_SEARCH_URL")
    options.add_argument("--rules", type=int, nargs="+", default=COUNTS, help="numbers of rules")
    run("alerts", measure, options)
