"""A proxy before a real server that delivers half of an answer, after the server has done what it was asked."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

_END_TO_END = ("accept", "authorization", "content-encoding", "content-type")


class Cutting:
    """Use as a context manager. Cuts the answers to the first `cuts` bulk requests, and passes on all others whole."""

    def __init__(self, port: int, *, cuts: int) -> None:
        self.cuts = cuts
        self.bulks = 0
        handler = type("Handler", (_Handler,), {"cutting": self, "behind": port})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    cutting: Cutting
    behind: int

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        server = http.client.HTTPConnection("127.0.0.1", self.behind, timeout=60)
        server.request(self.command, self.path, body, {k: v for k, v in self.headers.items() if k.lower() in _END_TO_END})
        answer = server.getresponse()
        whole = answer.read()
        server.close()
        cut = False
        if self.path.startswith("/_bulk"):
            self.cutting.bulks += 1
            cut = self.cutting.bulks <= self.cutting.cuts
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        self.send_header("content-length", str(len(whole)))
        self.end_headers()
        self.wfile.write(whole[: len(whole) // 2] if cut else whole)
        self.close_connection = cut

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  # the base class names them so

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Quiet."""
