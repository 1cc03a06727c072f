"""Copies: signature and story of new articles, in batches of 50, against a window that is full.

The window is filled with signatures as texts of 600 words have them, some of whose hashes lead to many stories, as turns of
phrase do. Three of ten new articles are copies of one of a thousand reports in the window, cut and with other sentences
around. One process does all; time of the processor is counted too, which others on the machine disturb less. A database
server's is not in it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from bench.report import Figures, parser, run
from ingest.enrich.signature import SAMPLE, signature
from ingest.model import Claim, Copy
from ingest.state.ledger import BatchRef, Ledger
from ingest.state.resemblance import KEYS
from ingest.urls import url_id

WORDS = 600
VOCABULARY = 50_000
REPORTS = 1_000  # in the window, with texts that we know
COPIES = 0.3  # of the new articles
BATCH = 50
SMALL = 10_000  # signatures in the window that the large one is compared with
PHRASES = 20_000  # hashes that texts of the window share by chance
PHRASES_OF_A_TEXT = 1  # among the keys of each, in the mean
WINDOW_S = 604_800.0
NOW = datetime.now(UTC).replace(microsecond=0)


class Writer:
    """Texts with the word frequencies of a language: the nth word is n times rarer than the first."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        weights = 1.0 / np.arange(1, VOCABULARY + 1)
        self._edges = np.cumsum(weights / weights.sum())

    def text(self, words: int = WORDS) -> str:
        return " ".join(f"w{n}" for n in np.searchsorted(self._edges, self._rng.random(words)))

    def copied(self, text: str) -> str:
        """Three quarters of the text between sentences of another paper."""
        return f"{self.text(20)} {text[: len(text) * 3 // 4]} {self.text(30)}"


def articles(texts: Sequence[str], first: int) -> list[tuple[Copy, str]]:
    """Without signatures, which are measured, each with its text."""
    return [
        (
            Copy(
                article_id=f"{first + n:064x}", site=f"paper{n % 200}.example", title=f"Title {n}", published_at=NOW,
                first_seen_at=NOW + timedelta(seconds=n), signature=signature(""),
            ),
            text,
        )
        for n, text in enumerate(texts)
    ]  # fmt: skip


def fill(c: Connection, number: int, now_ms: int) -> None:
    """`number` signatures, numbered from 1, each a story of its own."""
    rng = np.random.default_rng(1)
    keys = np.empty((number, KEYS), np.int64)
    for start in range(0, number, 20_000):
        ids = range(start + 1, min(start + 20_000, number) + 1)
        # The least of WORDS uniform numbers, ascending: their distances are exponential, but for the end.
        hashes = (np.cumsum(rng.exponential(size=(len(ids), SAMPLE)), axis=1) / WORDS * 2.0**63).astype(np.uint64)
        place = rng.integers(0, KEYS, (len(ids), PHRASES_OF_A_TEXT))
        np.put_along_axis(hashes, place, rng.integers(0, PHRASES, place.shape).astype(np.uint64), axis=1)
        hashes.sort(axis=1)
        keys[start : start + len(ids)] = hashes[:, :KEYS].astype(np.int64)
        stored = hashes.astype("<u8")
        _load(c, "copies", ("id", "article_id", "story", "site", "published_at", "first_seen_at"),
              ((i, f"filled{i:058x}", i, f"paper{i % 5000}.example", now_ms, now_ms) for i in ids))  # fmt: skip
        _load(c, "signatures", ("copy_id", "added_at", "shingles", "hashes", "title_key"),
              ((i, now_ms, WORDS, stored[n].tobytes(), i) for n, i in enumerate(ids)))  # fmt: skip
    _load(c, "signature_keys", ("hash", "story", "copy_id"), _key_rows(keys))


def _key_rows(keys: NDArray[np.int64]) -> Iterator[tuple[int, int, int]]:
    """In the order of the table, of one hash at most 32 stories, as the ledger keeps them."""
    flat = keys.ravel()
    order = np.argsort(flat, kind="stable")
    last, times = -1, 0
    for at in range(0, len(order), 1_000_000):
        part = order[at : at + 1_000_000]
        for value, story in zip(flat[part].tolist(), (part // KEYS + 1).tolist(), strict=True):
            times = times + 1 if value == last else 1
            last = value
            if times <= 32:
                yield value, story, story


def _load(c: Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]) -> None:
    names = ", ".join(columns)
    if c.dialect.name == "sqlite":
        raw = c.connection.driver_connection
        assert raw is not None
        raw.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})", rows)  # noqa: S608  # our own names
        return
    raw = c.connection.driver_connection
    assert raw is not None
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def measure_window(url: str, window: int, number: int) -> dict[str, float]:
    """Milliseconds for an article, and how many copies were found."""
    writer, rng = Writer(2), random.Random(3)  # noqa: S311  # not for secrets
    reports = [writer.text() for _ in range(REPORTS)]
    with Ledger.open(url) as ledger:
        with ledger.database.write() as c:
            fill(c, window - REPORTS, round(NOW.timestamp() * 1000))
        if ledger.database.dialect == "postgresql":
            with ledger.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
                c.exec_driver_sql("ANALYZE")
        claim = Claim(url_id=url_id("https://p.example/1"), url="https://p.example/1", first_seen_at=NOW)
        ref = ledger.batches.create_replay([claim], owner="bench", lease_s=3600)
        _assign(ledger, ref, articles(reports, 10**9))
        originals = [rng.randrange(REPORTS) if rng.random() < COPIES else None for _ in range(number)]
        texts = [writer.text() if o is None else writer.copied(reports[o]) for o in originals]
        new = articles(texts, 10**10)
        started, cpu = time.perf_counter(), time.process_time()
        signing, found = 0.0, 0
        for at in range(0, number, BATCH):
            seconds, stories = _assign(ledger, ref, new[at : at + BATCH])
            signing += seconds
            found += sum(
                stories[a.article_id] == f"{10**9 + (o or 0):064x}"
                for (a, _), o in zip(new[at : at + BATCH], originals[at : at + BATCH], strict=True)
                if o is not None
            )
        elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    return {
        "ms": elapsed / number * 1000,
        "cpu_ms": cpu / number * 1000,
        "signature_ms": signing / number * 1000,
        "found": found / max(1, number - originals.count(None)),
    }


def _assign(ledger: Ledger, ref: BatchRef, batch: Sequence[tuple[Copy, str]]) -> tuple[float, dict[str, str]]:
    """Seconds of this process for the signatures, and the stories."""
    started = time.process_time()
    signed = [
        Copy(article_id=a.article_id, site=a.site, title=a.title, published_at=a.published_at, first_seen_at=a.first_seen_at, signature=signature(text))
        for a, text in batch
    ]  # fmt: skip
    seconds = time.process_time() - started
    return seconds, ledger.copies.assign(ref, signed, window_s=WINDOW_S)


def measure(arguments: argparse.Namespace) -> Figures:
    """Articles per second against the full window, and how the cost grew from a window of 10,000."""
    if arguments.database:
        large = measure_window(arguments.database, arguments.window, arguments.articles)
        return _figures(large, arguments.window)
    with tempfile.TemporaryDirectory() as folder:
        small = measure_window(f"sqlite:///{folder}/small.db", SMALL, arguments.articles)
        large = measure_window(f"sqlite:///{folder}/large.db", arguments.window, arguments.articles)
        size = sum(file.stat().st_size for file in Path(folder).glob("large.db*"))
    growth = {
        "window_growth": arguments.window / SMALL,
        "cost_growth": large["cpu_ms"] / small["cpu_ms"],
        "small_window_per_cpu_s": 1000 / small["cpu_ms"],
    }
    return _figures(large, arguments.window) | growth | {"bytes_per_signature": size / arguments.window}


def _figures(large: dict[str, float], window: int) -> dict[str, float]:
    return {
        "window": window,
        "articles_per_s": 1000 / large["ms"],
        "articles_per_cpu_s": 1000 / large["cpu_ms"],
        "signature_ms": large["signature_ms"],
        "story_ms": large["cpu_ms"] - large["signature_ms"],
        "copies_found": large["found"],
    }


if __name__ == "__main__":
    options = parser("copies", __doc__)
    options.add_argument("--window", type=int, default=1_000_000, help="signatures in the window")
    options.add_argument("--articles", type=int, default=3_000, help="new articles")
    options.add_argument("--database", default="", help="measure on this empty PostgreSQL database and not on SQLite")
    run("copies", measure, options)
