"""A server on loopback that answers bulk requests as a script says, and keeps what it was told to write."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

from ingest.search.elastic.templates import SCHEMA

Json = dict[str, Any]


class Sent(NamedTuple):
    """One document of a bulk request."""

    article_id: str
    version: int
    number: int  # of its request, from 0


class Answer(NamedTuple):
    """To one bulk request."""

    status: int = 200
    body: Json | None = None
    applied: bool = True  # whether the documents were written before the answer went wrong
    cut: bool = False  # half of the answer, then the connection ends
    item: Callable[[Sent], Json | None] | None = None  # in place of what the version check says


def failed(status: int, kind: str, reason: str = "staged") -> Json:
    return {"status": status, "error": {"type": kind, "reason": reason}}


class Scripted:
    """Use as a context manager. Bulk request n gets `answers[n]`, the last for all further ones."""

    def __init__(self, answers: list[Answer], tls: ssl.SSLContext | None = None) -> None:
        self.answers = answers
        self.bulks: list[list[Sent]] = []
        self.documents: dict[str, int] = {}
        self.writes: dict[str, int] = {}  # how often each document was written
        self.credentials: set[str] = set()  # what bulk requests were authorised by
        self.encodings: set[str] = set()  # and how they were packed
        handler = type("Handler", (_Handler,), {"scripted": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"{'https' if tls else 'http'}://bob:s3cret@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def bulk(self, lines: list[Json]) -> tuple[Answer, Json]:
        number = len(self.bulks)
        sent = [Sent(a["index"]["_id"], a["index"]["version"], number) for a in lines[::2]]
        self.bulks.append(sent)
        answer = self.answers[min(number, len(self.answers) - 1)]
        if answer.body is not None and not answer.applied:
            return answer, answer.body
        return answer, answer.body or {"errors": True, "items": [{"index": self._write(answer, doc)} for doc in sent]}

    def _write(self, answer: Answer, doc: Sent) -> Json:
        staged = answer.item(doc) if answer.item else None
        if staged:
            return staged
        if self.documents.get(doc.article_id, -1) > doc.version:
            return failed(409, "version_conflict_engine_exception")
        self.documents[doc.article_id] = doc.version
        self.writes[doc.article_id] = self.writes.get(doc.article_id, 0) + 1
        return {"status": 200}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    scripted: Scripted

    def do_GET(self) -> None:
        if "_mapping" in self.path:
            self._send(200, {"news-alert-queries-v1": {"mappings": {"_meta": {"schema": SCHEMA, "digest": "d"}}}})
        else:
            self._send(200, {"news-articles-v1-2026.11.01": {"aliases": {"news-articles": {}}}})

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        self.scripted.encodings.add(self.headers.get("content-encoding", ""))
        if self.headers.get("content-encoding") == "gzip":
            raw = gzip.decompress(raw)
        self.scripted.credentials.add(self.headers.get("authorization", ""))
        answer, body = self.scripted.bulk([json.loads(line) for line in raw.splitlines()])
        self._send(answer.status, body, cut=answer.cut)

    do_PUT = do_POST  # noqa: N815  # the base class names it so

    def _send(self, status: int, body: Json, *, cut: bool = False) -> None:
        encoded = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
        self.send_header("x-elastic-product", "Elasticsearch")
        self.send_header("content-length", str(len(encoded)))
        self.end_headers()
        self.wfile.write(encoded[: len(encoded) // 2] if cut else encoded)
        if cut:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
        """Quiet."""
