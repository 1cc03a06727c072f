"""A receiver of signed webhooks on loopback, so that the demo's alert arrives somewhere."""

from __future__ import annotations

import json
import secrets
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

MAX_BYTES = 1_000_000  # of one message; ours are a few kB


class Inbox:
    """Use as a context manager: `url` is the channel, `messages` what came, in order; a message that comes again counts once."""

    def __init__(self) -> None:
        self._secret = secrets.token_hex(24)
        self._messages: dict[str, dict[str, Any]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The channel's URL, with the secret that messages are signed with."""
        return f"webhook+http://{self._secret}@127.0.0.1:{self._server.server_address[1]}/alerts"

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The payloads."""
        return list(self._messages.values())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        messages = self._messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                if length > MAX_BYTES:
                    self.send_error(413)
                    return
                payload = json.loads(self.rfile.read(length))
                messages[self.headers.get("webhook-id", "")] = payload
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler
