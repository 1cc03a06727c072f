"""Receivers on loopback: a mail server and a webhook that keep what they get, and fail when told to."""

from __future__ import annotations

import email
import email.policy
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

SECRET = "a-secret-that-nobody-may-see"


class Mailbox:
    """An SMTP server."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuse = ""  # an SMTP answer such as "451 later": given to every message

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd's name
        if self.refuse:
            return self.refuse
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        return [email.message_from_bytes(e.content or b"", policy=email.policy.default) for e in self.envelopes]  # type: ignore[arg-type]


@contextmanager
def mailbox() -> Iterator[tuple[Mailbox, str]]:
    """The server and the channel's URL."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield box, f"mailto://127.0.0.1:{port}?from=newsflow@desk.example&to=editor@desk.example&mode=insecure"
    finally:
        controller.stop()


class Hook:
    """An HTTP server that takes POSTs."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.delay_s = 0.0

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.requests]

    @property
    def keys(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.requests]


@contextmanager
def hook() -> Iterator[tuple[Hook, str]]:
    """The server and the channel's URL."""
    received = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(received.delay_s)
            self.send_response(received.status)
            for name, value in received.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield received, f"webhook+http://{SECRET}@127.0.0.1:{server.server_address[1]}/news"
    finally:
        server.shutdown()
        server.server_close()
