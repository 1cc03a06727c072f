"""A site on loopback that answers for any host name, with pages, redirects, or raw bytes on the socket."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

HTML = "text/html; charset=utf-8"
_NO_HEADERS: Mapping[str, str] = {}


class Request(NamedTuple):
    """What a client asked for."""

    host: str
    path: str
    headers: dict[str, str]
    at: float  # monotonic seconds


class Response(NamedTuple):
    """What a handler answers."""

    body: bytes | str = b""
    status: int = 200
    headers: Mapping[str, str] = _NO_HEADERS
    content_type: str = HTML


Handler = Callable[[Request], Response]
Raw = Callable[[socket.socket], None]


class Site:
    """Use as a context manager. Unknown paths answer 404.

    `requests` are those that were understood, `connections` counts whoever connected, whatever was said then.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self._routes: dict[tuple[str, str], Handler | Raw] = {}
        self._raw: set[tuple[str, str]] = set()
        self._tls = tls
        site = self

        class Dispatch(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def get_request(self) -> tuple[socket.socket, Any]:
                connection, address = super().get_request()
                site.connections += 1
                return connection, address

            def finish_request(self, request: Any, client_address: Any) -> None:
                # In the connection's own thread: a handshake that fails or takes its time is nobody else's business.
                if tls is None:
                    super().finish_request(request, client_address)
                    return
                with tls.wrap_socket(request, server_side=True) as encrypted:
                    super().finish_request(encrypted, client_address)

            def handle_error(self, request: object, client_address: object) -> None:
                """A client that hangs up is part of many tests."""

        self._server = Server(("127.0.0.1", 0), Dispatch)

    @property
    def port(self) -> int:
        """The port on loopback that it listens on."""
        return int(self._server.server_address[1])

    @property
    def connect_to(self) -> str:
        """For the setting of that name: every host on port 80 (443 with TLS) is this site."""
        return f"*:{443 if self._tls else 80}=127.0.0.1:{self.port}"

    def route(
        self, host: str, path: str, body: bytes | str | Handler = b"", *, status: int = 200, headers: Mapping[str, str] | None = None,
        content_type: str = HTML,
    ) -> None:  # fmt: skip
        """Answer `path` (with its query) of `host`, by a handler too; If-None-Match is honoured where an ETag is given."""
        fixed = Response(b"" if callable(body) else body, status, headers or _NO_HEADERS, content_type)
        self._raw.discard((host, path))
        self._routes[host, path] = body if callable(body) else lambda _: fixed

    def redirect(self, host: str, path: str, location: str, *, status: int = 302) -> None:
        """Send whoever asks for `path` of `host` elsewhere."""
        self.route(host, path, status=status, headers={"Location": location})

    def raw(self, host: str, path: str, speak: Raw) -> None:
        """Once `path` of `host` is asked for, hand the bare socket to `speak`, then close it; see `tests.site.hostile`."""
        self._routes[host, path] = speak
        self._raw.add((host, path))

    def _answer(self, asked: BaseHTTPRequestHandler) -> None:
        host = asked.headers.get("Host", "").partition(":")[0]
        request = Request(host, asked.path, dict(asked.headers), time.monotonic())
        self.requests.append(request)
        route: Any = self._routes.get((host, asked.path))
        if (host, asked.path) in self._raw:
            asked.close_connection = True
            route(asked.connection)
            return
        response = route(request) if route else Response(status=404)
        etag = response.headers.get("ETag")
        fresh = etag is not None and request.headers.get("If-None-Match") == etag
        body = response.body.encode() if isinstance(response.body, str) else response.body
        standard = {"Content-Type": response.content_type, "Content-Length": str(0 if fresh else len(body))}
        asked.send_response(304 if fresh else response.status)
        for name, value in (standard | dict(response.headers)).items():
            asked.send_header(name, value)
        asked.end_headers()
        if not fresh:
            asked.wfile.write(body)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
