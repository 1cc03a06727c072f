"""A site on loopback that answers for any host name, with pages, redirects, or raw bytes on the socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import NamedTuple, Self

Handler = Callable[[BaseHTTPRequestHandler], None]
Raw = Callable[[socket.socket], None]


class Request(NamedTuple):
    """What a client asked for."""

    host: str
    path: str
    headers: dict[str, str]
    at: float  # monotonic seconds


class Site:
    """Use as a context manager. Unknown paths answer 404."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._routes: dict[tuple[str, str], Handler] = {}
        site = self

        class Dispatch(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                host = self.headers.get("Host", "").partition(":")[0]
                site.requests.append(Request(host, self.path, dict(self.headers), time.monotonic()))
                site._routes.get((host, self.path), _missing)(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is part of many tests."""

        self._server = Server(("127.0.0.1", 0), Dispatch)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def connect_to(self) -> str:
        """For the setting of that name: every host on port 80 is this site."""
        return f"*:80=127.0.0.1:{self.port}"

    def route(
        self, host: str, path: str, body: bytes | str = b"", *, status: int = 200, headers: Mapping[str, str] | None = None,
        content_type: str = "text/html; charset=utf-8",
    ) -> None:  # fmt: skip
        """Answer `path` of `host`; If-None-Match is honoured where an ETag is given."""
        data = body.encode() if isinstance(body, str) else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            etag = (headers or {}).get("ETag")
            fresh = etag is not None and request.headers.get("If-None-Match") == etag
            request.send_response(304 if fresh else status)
            for name, value in {"Content-Type": content_type, "Content-Length": str(0 if fresh else len(data)), **(headers or {})}.items():
                request.send_header(name, value)
            request.end_headers()
            if not fresh:
                request.wfile.write(data)

        self._routes[host, path] = answer

    def raw(self, host: str, path: str, speak: Raw) -> None:
        """Hand the bare socket to `speak`, then close it."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.close_connection = True
            speak(request.connection)

        self._routes[host, path] = answer

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


def _missing(request: BaseHTTPRequestHandler) -> None:
    request.send_response(404)
    request.send_header("Content-Length", "0")
    request.end_headers()
