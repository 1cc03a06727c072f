"""A WebSub hub on loopback, and a server that hands what comes in to our callback."""

from __future__ import annotations

import hashlib
import hmac
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode

from ingest.pipeline.websub_callback import receive
from ingest.state.ledger import Ledger

Handle = Callable[[str, str, Mapping[str, str], bytes], tuple[int, bytes] | tuple[int, bytes, Mapping[str, str]]]


@contextmanager
def serving(handle: Handle) -> Iterator[int]:
    """A server for GET and POST; its port."""

    class Dispatch(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer, *headers = handle(self.command, self.path, dict(self.headers), body)
            self.send_response(status)
            for name, value in (headers[0] if headers else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  # names of the library

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Dispatch)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def callbacks(ledger_url: str) -> Iterator[str]:
    """The public base URL of our callbacks."""

    def handle(method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        with Ledger.open(ledger_url) as ledger:  # as a web server in a process of its own
            answer = receive(ledger, method, target, headers, body)
        return answer.status, answer.body

    with serving(handle) as port:
        yield f"http://127.0.0.1:{port}/websub"


def call(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """What a hub does with our callback."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, dict(headers or {})), timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


class Hub:
    """As section 5 to 7 want it. It asks back before it answers a request, which is allowed, and the harder case."""

    def __init__(self) -> None:
        self.requests: list[dict[str, str]] = []
        self.subscribers: dict[tuple[str, str], str] = {}  # (topic, callback): secret
        self.lease_s = "864000"
        self.refuse = 0  # a status for all requests
        self.deny = False
        self.verify = True
        self.challenges = 0

    def handle(self, _method: str, _target: str, _headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.requests.append(fields)
        if self.refuse:
            return self.refuse, b"no"
        where = fields["hub.topic"], fields["hub.callback"]
        if self.deny:
            assert self.ask(where, "denied", {"hub.reason": "not here"})[0] == 200
            return 202, b""
        if self.verify:
            self.challenges += 1
            challenge = f"<challenge {self.challenges}>"
            more = {"hub.challenge": challenge} | ({"hub.lease_seconds": self.lease_s} if self.lease_s else {})
            if self.ask(where, fields["hub.mode"], more) == (200, challenge.encode()):
                if fields["hub.mode"] == "subscribe":
                    self.subscribers[where] = fields["hub.secret"]
                else:
                    self.subscribers.pop(where, None)
        return 202, b""

    def ask(self, where: tuple[str, str], mode: str, more: Mapping[str, str]) -> tuple[int, bytes]:
        """A request to the callback of a subscriber."""
        topic, callback = where
        return call(f"{callback}?{urlencode({'hub.mode': mode, 'hub.topic': topic, **more})}")

    def tell(self, body: bytes, *, method: str = "sha256", secret: str | None = None) -> list[int]:
        """News for all subscribers; what they answer."""
        answers = []
        for (_, callback), theirs in self.subscribers.items():
            digest = hmac.new((secret or theirs).encode(), body, getattr(hashlib, method)).hexdigest()
            answers.append(call(callback, body, {"X-Hub-Signature": f"{method}={digest}", "Content-Type": "application/rss+xml"})[0])
        return answers
