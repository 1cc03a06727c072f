"""How many articles a second are matched against saved rules.

Real articles in batches of 50 against rules made of the names and queries of the alert corpus: phrases, two of them with
AND, with OR, with a minus, plain words, beginnings of words. On the embedded engine the figures are per second of one
core; on a server, per second. `ready_s`: the first batch of a process, with the rules parsed.
"""

from __future__ import annotations

import argparse
import csv
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence

from bench.corpora import corpora, real_articles
from bench.report import Figures, parser, run
from ingest.errors import QueryError
from ingest.model import Article, Rule
from ingest.search.engine import Engine, open_engine
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


def _rate(engine: Engine, articles: Sequence[Article], saved: Sequence[Rule], clock: Callable[[], float]) -> tuple[float, float, int]:
    """Seconds of the first batch, articles a second after it, and pairs found."""
    batches = [articles[at : at + BATCH] for at in range(0, len(articles), BATCH)]
    start = clock()
    engine.match(batches[0], saved)
    ready = clock() - start
    for batch in batches:  # every language once
        engine.match(batch, saved)
    start = clock()
    pairs = sum(len(engine.match(batch, saved)) for batch in batches)
    return ready, len(articles) / (clock() - start), pairs


def measure(arguments: argparse.Namespace) -> Figures:
    """By number of rules."""
    articles = real_articles()
    figures: dict[str, float] = {"articles": len(articles), "words_each": sum(len(a.text.split()) for a in articles) / len(articles)}
    with tempfile.TemporaryDirectory() as folder, open_engine(arguments.engine or f"embedded:{folder}") as engine:
        clock = time.perf_counter if arguments.engine else time.process_time
        for count in arguments.rules:
            ready, rate, pairs = _rate(engine, articles, rules(count), clock)
            figures |= {f"ready_s_{count}": ready, f"articles_s_{count}": rate, f"pairs_{count}": pairs}
    return figures


if __name__ == "__main__":
    options = parser("alerts", __doc__)
    options.add_argument("--engine", default="", help="URL of another engine, as in NEWSFLOW_SEARCH_URL")
    options.add_argument("--rules", type=int, nargs="+", default=COUNTS, help="numbers of rules")
    run("alerts", measure, options)
