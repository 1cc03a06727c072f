"""How many feeds one core polls: the captured feeds on loopback, through fetch, parse and ledger.

Three loads. `new`: every item is new. `two`: each document has two items that the poll before did not see. `quiet`: nine of ten feeds
are as they were. Each is put on several times, since a round is over in a second. Figures are polls per second of CPU of the poller and
its children; the server is a process of its own and is not counted. For comparison, `feedparser` is that library alone on the same documents, as it comes.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import fmean, harmonic_mean

import feedparser

from bench.polling import CORPUS
from bench.report import Figures, parser, run
from ingest import log, sandbox
from ingest.feeds.incremental import cut
from ingest.feeds.prolog import as_utf8, without_prolog
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.poll import poll_due
from ingest.settings import load

HELD_BACK = 2  # items that the first document lacks, under `two`
LOADED_S = 5.0  # the fork server has imported what its children need
REAPED_S = 0.3  # children that have ended are counted by the fork server
ROUNDS = 5  # times that all feeds are polled under `new` and `two`, each in a world of its own
QUIET_POLLS = 10  # under `quiet`


def documents(root: Path) -> list[bytes]:
    """The captured feeds."""
    return [(root / feed["file"]).read_bytes() for feed in json.loads((root / "INDEX.json").read_text())]


def shorter(document: bytes) -> bytes:
    """`document` as it was before its first two items came; as it is where it cannot be cut."""
    try:
        pieces = cut(without_prolog(as_utf8(document, None)), "")
    except Exception:  # noqa: BLE001  # a feed that is refused is polled all the same
        return document
    if pieces is None or len(pieces.spans) <= HELD_BACK:
        return document
    first, last = pieces.spans[0][0], pieces.spans[HELD_BACK - 1][1]
    return pieces.document[:first] + pieces.document[last:]


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # all feeds come at once: of a shorter queue connections are dropped, and polls wait for seconds


def _serve(pipe: Connection) -> None:
    """Answer with the documents that the pipe brings, by their number in the path; ETags are honoured."""
    bodies: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = bodies[int(self.path.strip("/"))]
            tag = f'"{hash(body)}"'
            same = self.headers.get("If-None-Match") == tag
            self.send_response(304 if same else 200)
            self.send_header("ETag", tag)
            if not same:
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not same:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    pipe.send(server.server_address[1])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    while (changed := pipe.recv()) is not None:
        bodies[:] = changed
        pipe.send("ready")


@contextmanager
def served() -> Iterator[tuple[Connection, int]]:
    """The server as a process: its pipe and its port."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours, ours.recv()
    finally:
        ours.send(None)
        process.join(10)


def measure(arguments: argparse.Namespace) -> Figures:
    """Polls per CPU second under each load, and the shares that were as the load says."""
    full = documents(arguments.feeds)
    sandbox.start_server("ingest.feeds.parse")
    time.sleep(LOADED_S)
    figures: dict[str, float] = {"feeds": len(full), "mean_kb": sum(map(len, full)) / len(full) / 1000}
    with served() as (pipe, port):
        figures["feedparser"] = _feedparser_alone(full)
        new, two, short = [], [], [shorter(document) for document in full]
        for _ in range(ROUNDS):
            with _world(port, len(full)) as ctx:
                new.append(_polled(ctx, pipe, full))
            with _world(port, len(full)) as ctx:
                _polled(ctx, pipe, short)
                two.append(_polled(ctx, pipe, full))
        figures["new"], figures["two"] = (harmonic_mean(rate for rate, _ in rounds) for rounds in (new, two))
        figures["two_new_items"] = fmean(items for _, items in two)
        with _world(port, len(full)) as ctx:
            _polled(ctx, pipe, full)
            figures["quiet"] = _quiet(ctx, pipe, full)
    return figures


def _feedparser_alone(full: list[bytes]) -> float:
    start = time.process_time()
    for document in full:
        feedparser.parse(document)
    return len(full) / (time.process_time() - start)


@contextmanager
def _world(port: int, feeds: int) -> Iterator[Context]:
    """A new home whose feeds are each on a host of their own, all of them the server."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load(home=Path(folder), connect_to=f"*.example:80=127.0.0.1:{port}", workers=1, host_interval_s=0.0, log_level="error")
        log.configure(settings)
        with open_context(settings) as ctx:
            for number in range(feeds):
                ctx.ledger.feeds.add(f"http://f{number}.example/{number}")
            yield ctx


def _polled(ctx: Context, pipe: Connection, bodies: list[bytes]) -> tuple[float, float]:
    """Polls per CPU second when the server has `bodies`, and the new URLs per feed."""
    pipe.send(bodies)
    pipe.recv()
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
    before = _cpu_s()
    counts = poll_due(ctx)
    assert not counts.failed, f"{counts.failed} feeds were not read: what is measured would be less than a poll"
    return counts.polled / (_cpu_s() - before), counts.new_urls / counts.polled


def _quiet(ctx: Context, pipe: Connection, full: list[bytes]) -> float:
    """Every round another tenth of the feeds has lost its two newest items, or has them again."""
    bodies, spent, polls = list(full), 0.0, 0
    for turn in range(QUIET_POLLS):
        for number in range(turn, len(full), 10):
            bodies[number] = shorter(full[number])
        rate, _ = _polled(ctx, pipe, bodies)
        spent += len(full) / rate
        polls += len(full)
    return polls / spent


def _cpu_s() -> float:
    """Of this process and the children that parse, which are children of the fork server."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    server = sandbox._SERVER._forkserver_pid  # noqa: SLF001  # nothing else knows it
    time.sleep(REAPED_S)
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return usage.ru_utime + usage.ru_stime + sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    options = parser("poll", __doc__)
    options.add_argument("--feeds", type=Path, default=CORPUS, help="folder of captured feeds")
    run("poll", measure, options)
