"""Ten minutes of polling many feeds of few hosts, of which half misbehave: what it costs, whether anyone starves, whether limits hold.

Time is made to pass by moving the schedule in the ledger back, a minute at a time; each minute is polled in real time. Of the ten feeds of a
host one resets its connections, one never answers, one answers 500, one sends a bomb, one redirects, and five are well. One host answers
503 with a Retry-After. All figures about hosts are read from the log of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import multiprocessing
import os
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from bench.report import Figures, parser, run
from ingest import log
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.poll import poll_due
from ingest.settings import load

PER_HOST = 10  # feeds
MINUTES, MINUTE_MS = 10, 60_000
INTERVAL_S = 120.0  # between two polls of a feed that is well
HOST_INTERVAL_S, CONCURRENCY = 0.1, 2
DEADLINE_S = 2.0  # of a fetch, so that one that is never answered ends
RESET, STALL, FAIL, BOMB, MOVE = range(5)  # places of those that misbehave among the feeds of a host, but the last, which works
BUSY_HOST = "h0.example"
TOGETHER_S = 0.1  # an end and a start this close may be read in one turn of the server, in either order
_BOMB = gzip.compress(bytes(20 << 20), 1)


class Visit(NamedTuple):
    """A request as the server saw it; times in seconds since 1970."""

    host: str
    path: str
    begun: float
    ended: float


def document(number: int) -> bytes:
    """A feed of ten items; one is new every second."""
    now = int(time.time())
    items = "".join(f"<item><title>Report {n}</title><link>http://h.example/{number}/{n}</link></item>" for n in range(now, now - 10, -1))
    return f"<rss version='2.0'><channel><title>Feed {number}</title>{items}</channel></rss>".encode()


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, visits: list[Visit]) -> None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()
        return
    begun, path = time.time(), head.split(" ", 2)[1]
    host = next(line[6:].strip() for line in head.splitlines() if line.lower().startswith("host: "))
    number = int(path.rpartition("/")[2])
    place = PER_HOST if path.startswith("/real/") else number % PER_HOST
    status, headers, body = "200 OK", "Content-Type: application/rss+xml", b""
    try:
        if host == BUSY_HOST:
            status, headers = "503 Busy", "Retry-After: 600"
        elif place == RESET:
            writer.transport.abort()
            return
        elif place == STALL:
            await reader.read()  # until the other side has had enough
            return
        elif place == FAIL:
            status = "500 Broken"
        elif place == MOVE:
            status, headers = "302 Found", f"Location: http://{host}/real/{number}"
        elif place == BOMB:
            headers, body = f"{headers}\r\nContent-Encoding: gzip", _BOMB
        else:
            body = document(number)
        writer.write(f"HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        visits.append(Visit(host, path, begun, time.time()))
        writer.close()


def _serve(pipe: Connection) -> None:
    """Answer until told to stop, then say what was seen."""
    visits: list[Visit] = []

    async def main() -> None:
        server = await asyncio.start_server(lambda r, w: _answer(r, w, visits), "127.0.0.1", 0, backlog=1000)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(pipe.recv)
        server.close()

    asyncio.run(main())
    pipe.send(visits)


def soak(hosts: int, minutes: int = MINUTES) -> Figures:
    """Poll ten feeds on each of `hosts` hosts, for so many minutes."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    server.start()
    try:
        with _world(ours.recv(), hosts) as ctx, _watched() as most:
            began, resident = [], []
            for _ in range(minutes):
                began.append(time.time())
                poll_due(ctx)
                resident.append(_resident_mb())
                with ctx.ledger.database.write() as c:
                    c.exec_driver_sql("UPDATE feeds SET next_poll_at = next_poll_at - ?", (MINUTE_MS,))
            articles = ctx.ledger.counts.total()
        ours.send("stop")
        visits: list[Visit] = ours.recv()
    finally:
        server.join(10)
        server.kill()
    return {
        "feeds": hosts * PER_HOST, "hosts": hosts, "polls": len(visits), "articles": articles, "most_open_files": max(most), "most_mb": max(resident),
        "growth_mb": resident[-1] - resident[min(2, len(resident) - 1)],
    } | _kept(visits, began, hosts)  # fmt: skip


def _kept(visits: list[Visit], began: list[float], hosts: int) -> dict[str, float]:
    """What the server saw: the feeds asked least, the most requests of a host at once, and those that came too early."""
    asked = Counter(visit.path for visit in visits)
    places = [(number, number % PER_HOST) for number in range(PER_HOST, hosts * PER_HOST)]
    by_host: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        by_host[visit.host].append(visit)
    return {
        "least_polls_well": min(asked[f"/{number}"] for number, place in places if place >= MOVE),
        "least_polls_broken": min(asked[f"/{number}"] for number, place in places if place < MOVE),
        "polls_busy_host": len(by_host[BUSY_HOST]),
        "most_at_once": max(map(_at_once, by_host.values())),
        "too_early": sum(_too_early(seen, began) for seen in by_host.values()),
    }


def _at_once(seen: Iterable[Visit]) -> int:
    changes = sorted((moment, step) for v in seen for moment, step in ((v.begun, 1), (max(v.ended - TOGETHER_S, v.begun), -1)))
    most = current = 0
    for _, step in changes:
        current += step
        most = max(most, current)
    return most


def _too_early(seen: Iterable[Visit], began: list[float]) -> int:
    """Requests before the moment at which the limit allows so many since the round began, however late each has arrived."""
    early = 0
    for start, end in zip(began, [*began[1:], float("inf")], strict=True):
        moments = sorted(v.begun for v in seen if start <= v.begun < end)
        early += sum(moment < start + n * HOST_INTERVAL_S - 0.005 for n, moment in enumerate(moments))
    return early


@contextmanager
def _world(port: int, hosts: int) -> Iterator[Context]:
    with tempfile.TemporaryDirectory() as folder:
        settings = load(
            home=Path(folder), connect_to=f"*.example:80=127.0.0.1:{port}", workers=1, log_level="error", poll_interval_s=INTERVAL_S,
            host_interval_s=HOST_INTERVAL_S, host_concurrency=CONCURRENCY, fetch_total_s=DEADLINE_S, fetch_concurrency=64,
        )  # fmt: skip
        log.configure(settings)
        with open_context(settings) as ctx:
            for number in range(hosts * PER_HOST):
                ctx.ledger.feeds.add(f"http://h{number // PER_HOST}.example/{number}")
            yield ctx


@contextmanager
def _watched() -> Iterator[list[int]]:
    """The numbers of open files of this process, looked at ten times a second."""
    numbers: list[int] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.1):
            numbers.append(sum(1 for _ in Path("/proc/self/fd").iterdir()))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield numbers
    finally:
        over.set()
        thread.join()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measure(arguments: argparse.Namespace) -> Figures:
    """The soak with as many hosts as asked for."""
    return soak(arguments.hosts)


if __name__ == "__main__":
    options = parser("soak", __doc__)
    options.add_argument("--hosts", type=int, default=200, help="hosts, of ten feeds each")
    run("soak", measure, options)
