"""From a changed feed to a searchable article, under `newsflow up`, on the embedded engine.

A loopback site shows a feed. Each trial puts a new article into it and waits until a search for a word that only this
article has finds it.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rich.progress import track

from bench.report import Figures, parser, run
from ingest.pipeline.context import open_context
from ingest.search.engine import SearchRequest
from ingest.search.opening import open_engine
from ingest.search.query import parse
from ingest.settings import Settings, load

READY_S = 300.0  # Airflow answers within it
GIVE_UP_S = 120.0  # one trial
WARM_UP = 2  # trials not counted: the first run of each DAG takes longer
_SENTENCE = "The council of the harbour town met on Tuesday and agreed on the plan for the new bridge across the river. "


class News:
    """A feed that grows, and its articles."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def page(self, path: str) -> tuple[str, str]:
        """Content type and body of `path`."""
        if path == "/feed.xml":
            items = "".join(
                f"<item><title>Report {w}</title><link>http://news.example/{w}</link><guid>{w}</guid>"
                f"<pubDate>{format_datetime(datetime.now(UTC))}</pubDate></item>"
                for w in reversed(self.words[-20:])
            )
            return "application/rss+xml", f"<rss version='2.0'><channel><title>Bench</title>{items}</channel></rss>"
        word = path.strip("/")
        paragraphs = "".join(f"<p>{_SENTENCE * 4}{word}.</p>" for _ in range(8))
        title = f"<title>Report {word}</title>"
        return "text/html", f"<html><head>{title}</head><body><article><h1>Report {word}</h1>{paragraphs}</article></body></html>"


@contextmanager
def serve(news: News) -> Iterator[int]:
    """`news` on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = news.page(self.path)
            data = body.encode()
            self.send_response(200)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def airflow(settings: Settings, environment: dict[str, str]) -> Iterator[None]:
    """`newsflow up` until the block ends."""
    command = [sys.executable, "-m", "ingest", "up", "--port", environment["BENCH_PORT"]]
    log = (settings.home / "up.log").open("wb")
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        log.close()


def measure(arguments: argparse.Namespace) -> Figures:
    """Seconds per trial; the median, the 95th percentile and the largest."""
    news = News()
    with tempfile.TemporaryDirectory() as folder, serve(news) as port:
        environment = os.environ | {
            "NEWSFLOW_HOME": folder,
            "NEWSFLOW_CONNECT_TO": f"*.example:80=127.0.0.1:{port}",
            "NEWSFLOW_POLL_INTERVAL_S": "1",
            "BENCH_PORT": str(arguments.port),
        }
        settings = load(home=folder)
        with open_context(settings) as ctx:
            ctx.ledger.feeds.add("http://news.example/feed.xml")
        with airflow(settings, environment):
            _publish(news, settings, "warmup", READY_S)
            for number in range(WARM_UP - 1):
                _publish(news, settings, f"warmup{number}", GIVE_UP_S)
            seconds = sorted(
                _publish(news, settings, f"trial{number}x{os.getpid()}", GIVE_UP_S)
                for number in track(range(arguments.trials), description="trials", disable=not sys.stderr.isatty())
            )
    return {
        "trials": len(seconds),
        "median_s": seconds[len(seconds) // 2],
        "p95_s": seconds[max(0, -(-len(seconds) * 95 // 100) - 1)],
        "max_s": seconds[-1],
    }


def _publish(news: News, settings: Settings, word: str, give_up_s: float) -> float:
    """Put an article with `word` into the feed; seconds until a search finds it."""
    start = time.monotonic()
    news.words.append(word)
    request = SearchRequest(query=parse(word))
    while time.monotonic() - start < give_up_s:
        with open_engine(settings.engine) as engine:
            if engine.search(request).total:
                return time.monotonic() - start
        time.sleep(0.05)
    raise SystemExit(f"{word} was not found within {give_up_s:g} s; see {Path(settings.home) / 'up.log'}")


if __name__ == "__main__":
    options = parser("latency", __doc__)
    options.add_argument("--trials", type=int, default=20)
    options.add_argument("--port", type=int, default=18080, help="port of Airflow's pages while measuring")
    run("latency", measure, options)
