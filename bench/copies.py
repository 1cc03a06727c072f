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
_FIRST_REPORT = 10**9  # number of the first one
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


def fill(c: Connection, first: int, last: int) -> None:
    """Signatures numbered from `first` to `last`, each a story of its own."""
    rng = np.random.default_rng(first)
    now_ms = round(NOW.timestamp() * 1000)
    keys = np.empty((last - first + 1, KEYS), np.int64)
    for start in range(first, last + 1, 20_000):
        ids = range(start, min(start + 20_000, last + 1))
        # The least of WORDS uniform numbers, ascending: their distances are exponential, but for the end.
        hashes = (np.cumsum(rng.exponential(size=(len(ids), SAMPLE)), axis=1) / WORDS * 2.0**63).astype(np.uint64)
        place = rng.integers(0, KEYS, (len(ids), PHRASES_OF_A_TEXT))
        np.put_along_axis(hashes, place, rng.integers(0, PHRASES, place.shape).astype(np.uint64), axis=1)
        hashes.sort(axis=1)
        keys[start - first : start - first + len(ids)] = hashes[:, :KEYS].astype(np.int64)
        stored = hashes.astype("<u8")
        _load(c, "copies", ("id", "article_id", "story", "site", "published_at", "first_seen_at"),
              ((i, f"filled{i:058x}", i, f"paper{i % 5000}.example", now_ms, now_ms) for i in ids))  # fmt: skip
        _load(c, "signatures", ("copy_id", "added_at", "shingles", "hashes", "title_key"),
              ((i, now_ms, WORDS, stored[n].tobytes(), i) for n, i in enumerate(ids)))  # fmt: skip
    _load(c, "signature_keys", ("hash", "story", "copy_id"), _key_rows(keys, first))


def _key_rows(keys: NDArray[np.int64], first: int) -> Iterator[tuple[int, int, int]]:
    """In the order of the table, of one hash at most 32 stories, as the ledger keeps them."""
    flat = keys.ravel()
    order = np.argsort(flat, kind="stable")
    last, times = -1, 0
    for at in range(0, len(order), 1_000_000):
        part = order[at : at + 1_000_000]
        for value, story in zip(flat[part].tolist(), (part // KEYS + first).tolist(), strict=True):
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


def open_window(ledger: Ledger) -> tuple[BatchRef, list[str]]:
    """A batch to work in, and the reports that the window holds."""
    writer = Writer(1)
    claim = Claim(url_id=url_id("https://p.example/1"), url="https://p.example/1", first_seen_at=NOW)
    ref = ledger.batches.create_replay([claim], owner="bench", lease_s=7200)
    reports = [writer.text() for _ in range(REPORTS)]
    _assign(ledger, ref, articles(reports, _FIRST_REPORT))
    return ref, reports


def fill_up(ledger: Ledger, window: int) -> None:
    """Until the window holds that many signatures."""
    with ledger.database.write() as c:
        last = c.exec_driver_sql("SELECT max(id) FROM copies").scalar_one()
        fill(c, last + 1, window)
    if ledger.database.dialect == "postgresql":
        with ledger.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
            c.exec_driver_sql("ANALYZE")


def take_in(ledger: Ledger, ref: BatchRef, reports: Sequence[str], number: int, first: int) -> dict[str, float]:
    """New articles, numbered from `first`: milliseconds for one, and the share of the copies that were found."""
    writer, rng = Writer(first), random.Random(first)  # noqa: S311  # not for secrets
    originals = [rng.randrange(REPORTS) if rng.random() < COPIES else None for _ in range(number)]
    texts = [writer.text() if o is None else writer.copied(reports[o]) for o in originals]
    new = articles(texts, first)
    started, cpu, signing = time.perf_counter(), time.process_time(), 0.0
    stories: dict[str, str] = {}
    for at in range(0, number, BATCH):
        seconds, some = _assign(ledger, ref, new[at : at + BATCH])
        signing += seconds
        stories |= some
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    right = [stories[a.article_id] == f"{_FIRST_REPORT + o:064x}" for (a, _), o in zip(new, originals, strict=True) if o is not None]
    return {
        "ms": elapsed / number * 1000,
        "cpu_ms": cpu / number * 1000,
        "signature_ms": signing / number * 1000,
        "found": sum(right) / len(right),
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
    """Articles per second against the full window, and how the cost grew since it held 10,000."""
    with tempfile.TemporaryDirectory() as folder:
        with Ledger.open(arguments.database or f"sqlite:///{folder}/window.db") as ledger:
            ref, reports = open_window(ledger)
            fill_up(ledger, SMALL)
            small = take_in(ledger, ref, reports, arguments.articles, 10**10)
            fill_up(ledger, arguments.window)
            large = take_in(ledger, ref, reports, arguments.articles, 10**11)
        size = sum(file.stat().st_size for file in Path(folder).glob("window.db*"))
    figures = {
        "window": arguments.window,
        "articles_per_s": 1000 / large["ms"],
        "articles_per_cpu_s": 1000 / large["cpu_ms"],
        "signature_ms": large["signature_ms"],
        "story_ms": large["cpu_ms"] - large["signature_ms"],
        "copies_found": large["found"],
        "window_growth": arguments.window / SMALL,
        "cost_growth": large["cpu_ms"] / small["cpu_ms"],
        "cost_growth_wall": large["ms"] / small["ms"],
    }
    return figures if arguments.database else figures | {"bytes_per_signature": size / arguments.window}


if __name__ == "__main__":
    options = parser("copies", __doc__)
    options.add_argument("--window", type=int, default=1_000_000, help="signatures in the window")
    options.add_argument("--articles", type=int, default=3_000, help="new articles")
    options.add_argument("--database", default="", help="measure on this empty PostgreSQL database and not on SQLite")
    run("copies", measure, options)
