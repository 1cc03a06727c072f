"""From a changed feed to the alert in a mailbox and at a webhook, both on loopback, under `newsflow up`, on the embedded engine.

Each trial puts a new article into a feed that is polled every second, and waits until the mail server and the receiver of the
webhook have it.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import os
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from rich.progress import track

from bench.latency import GIVE_UP_S, READY_S, WARM_UP, News, airflow, serve
from bench.report import Figures, parser, run
from ingest.alerts.channel import shown
from ingest.pipeline.context import open_context
from ingest.settings import load


class Arrivals:
    """What came in, and when."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._texts: dict[str, list[tuple[float, str]]] = {"mail": [], "webhook": []}

    def came(self, where: str, text: str) -> None:
        """A message with `text` arrived now."""
        with self._news:
            self._texts[where].append((time.monotonic(), text))
            self._news.notify_all()

    def wait(self, where: str, word: str, end: float) -> float | None:
        """When the first message with `word` came; None where it has not by `end`."""
        with self._news:
            while True:
                for at, text in self._texts[where]:
                    if word in text:
                        return at
                if not self._news.wait(max(0.0, end - time.monotonic())):
                    return None

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        content = envelope.original_content or b""
        self.came("mail", str(email.message_from_bytes(content, policy=email.policy.default)["Subject"]))
        return "250 OK"


@contextmanager
def receivers(arrivals: Arrivals) -> Iterator[tuple[str, str]]:
    """A mail server and a webhook's receiver; the URLs of their channels."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrivals.came("webhook", self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mail = Controller(arrivals, hostname="127.0.0.1", port=port)
    hook = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mail.start()
    threading.Thread(target=hook.serve_forever, daemon=True).start()
    try:
        secret = os.urandom(16).hex()
        yield (
            f"mailto://127.0.0.1:{port}?from=newsflow@bench.example&to=reader@bench.example&mode=insecure",
            f"webhook+http://{secret}@127.0.0.1:{hook.server_address[1]}/",
        )
    finally:
        hook.shutdown()
        hook.server_close()
        mail.stop()


def measure(arguments: argparse.Namespace) -> Figures:
    """Seconds per trial until the later of the two has the message; the median, the 95th percentile, the largest; each alone."""
    news, arrivals = News(), Arrivals()
    with tempfile.TemporaryDirectory() as folder, serve(news) as port, receivers(arrivals) as urls:
        environment = os.environ | {
            "NEWSFLOW_HOME": folder,
            "NEWSFLOW_CONNECT_TO": f"*.example:80=127.0.0.1:{port}",
            "NEWSFLOW_POLL_INTERVAL_S": "1",
            "NEWSFLOW_ALERT_RULE_CAP": "1000",  # every trial is an alert of its own
            "NEWSFLOW_ALERT_CHANNEL_CAP": "1000",
            "BENCH_PORT": str(arguments.port),
        }
        settings = load(home=folder)
        with open_context(settings) as ctx:
            ctx.ledger.feeds.add("http://news.example/feed.xml")
            channels = [ctx.ledger.channels.add(url, shown=shown(url)) for url in urls]
            ctx.ledger.alerts.add_rule("bench", "council bridge", channels)
        with airflow(settings, environment):
            _trial(news, arrivals, "warmup", READY_S, settings.home)
            for number in range(WARM_UP - 1):
                _trial(news, arrivals, f"warmup{number}", GIVE_UP_S, settings.home)
            trials = [
                _trial(news, arrivals, f"trial{number}x{os.getpid()}", GIVE_UP_S, settings.home)
                for number in track(range(arguments.trials), description="trials", disable=not sys.stderr.isatty())
            ]
    both, mails, hooks = (sorted(column) for column in zip(*((max(t), *t) for t in trials), strict=True))
    return {
        "trials": len(both),
        "median_s": both[len(both) // 2],
        "p95_s": both[_p95(len(both))],
        "max_s": both[-1],
        "mail_p95_s": mails[_p95(len(both))],
        "webhook_p95_s": hooks[_p95(len(both))],
    }


def _p95(count: int) -> int:
    return max(0, -(-count * 95 // 100) - 1)


def _trial(news: News, arrivals: Arrivals, word: str, give_up_s: float, home: Path) -> tuple[float, float]:
    """Put an article with `word` into the feed; seconds until mailbox and webhook have its alert."""
    start = time.monotonic()
    news.words.append(word)
    mail, hook = (arrivals.wait(where, word, start + give_up_s) for where in ("mail", "webhook"))
    if mail is None or hook is None:
        raise SystemExit(f"no alert for {word} within {give_up_s:g} s; see {home / 'up.log'}")
    return mail - start, hook - start


if __name__ == "__main__":
    options = parser("alert_latency", __doc__)
    options.add_argument("--trials", type=int, default=20)
    options.add_argument("--port", type=int, default=18080, help="port of Airflow's pages while measuring")
    run("alert_latency", measure, options)
