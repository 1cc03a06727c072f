"""Serves the sample site on loopback, for any number of host names on one port."""

from __future__ import annotations

import hashlib
import threading
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ingest.demo import feeds, pages
from ingest.demo.source import Sources, Variant, read_sources

_HTML = "text/html; charset={}"
_POLL_S = 0.05  # how soon the server notices that it is to stop


class Response(NamedTuple):
    """What stands at an address."""

    status: int
    content_type: str
    body: bytes
    validated: bool = False  # sent with an ETag, and answered with 304

    @property
    def etag(self) -> str:
        """Changes with the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


class Request(NamedTuple):
    """A line of the access log."""

    host: str
    path: str
    status: int


Responses = dict[tuple[str, str], Response]


class SampleSite:
    """Use as a context manager. `epoch` is the day that all dates of the site count from: the same one gives the same site."""

    def __init__(self, root: Path, *, epoch: datetime, edited: bool = False) -> None:
        """`root` is the folder with site.toml. Raises StorageError where its files cannot be read."""
        self.sources: Sources = read_sources(root)
        self.requests: list[Request] = []
        self._clock = pages.Clock(epoch)
        self._environment = Environment(
            loader=FileSystemLoader(root / "templates"),
            autoescape=select_autoescape(["html", "xml"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._responses = self._render(edited=edited)
        self._server = _Server(self)

    @property
    def port(self) -> int:
        """On 127.0.0.1."""
        return int(self._server.server_address[1])

    @property
    def connect_to(self) -> str:
        """For the setting of that name: the site's hosts are dialled on loopback."""
        return f"*.example:80=127.0.0.1:{self.port}"

    @property
    def feed_urls(self) -> list[str]:
        """Every feed, the one that always fails too."""
        return [feed.url for feed in self.sources.feeds]

    def edit(self) -> None:
        """Publish the second version of stories that have one."""
        self._responses = self._render(edited=True)

    def answer(self, host: str, target: str, if_none_match: str | None) -> Response:
        """What a GET of `target`, a path with or without a query, gets; logged. 304 has no body."""
        response = self._responses.get((host, urlsplit(target).path), Response(404, _HTML.format("utf-8"), b"<h1>404</h1>"))
        if response.validated and if_none_match == response.etag:
            response = response._replace(status=304)
        self.requests.append(Request(host, target, response.status))
        return response

    def _render(self, *, edited: bool) -> Responses:
        """All of the site, before the first request: a fault of a template shows at once."""
        sources, environment = self.sources, self._environment
        found: Responses = {}
        for host, paper in sources.papers.items():
            found[host, "/"] = Response(200, _HTML.format(paper.charset), pages.front_page(paper, sources, environment))
            found[host, "/robots.txt"] = Response(200, "text/plain", b"User-agent: *\nAllow: /\n")
        for story in sources.stories:
            if story.variant is not Variant.DEAD:
                body = pages.article_page(story, sources, environment, self._clock, edited=edited)
                found[story.host, story.path] = Response(200, _HTML.format(sources.papers[story.host].charset), body)
        for feed in sources.feeds:
            parts = urlsplit(feed.url)
            if feed.status != 200:
                answer = Response(feed.status, "text/plain", b"The feed cannot be made at present.\n")
            else:
                body = feeds.render(feed, sources, environment, self._clock, edited=edited)
                answer = Response(200, f"{feeds.CONTENT_TYPES[feed.format]}; charset={feed.charset}", body, validated=True)
            found[parts.hostname or "", parts.path] = answer
        return found

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), name="sample-site", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client that keeps its connection must not keep the site from closing
    request_queue_size = 128

    def __init__(self, site: SampleSite) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no fault of the site."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits for the client's delayed acknowledgement of the headers
    server: _Server

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        response = self.server.site.answer(host, self.path, self.headers.get("If-None-Match"))
        body = b"" if response.status == 304 else response.body
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        if response.validated:
            self.send_header("ETag", response.etag)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet: `SampleSite.requests` is the log."""
