"""The stack's users of Elasticsearch, against a server that answers by script. The real one is asked in test_stack."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import elasticsearch
import pytest

from ingest.deploy.accounts import make_accounts
from ingest.errors import EngineRefused, EngineUnavailable, NewsError

Request = tuple[str, str, dict[str, Any]]  # method, path, body
PASSWORD = "s3cret-word"


@contextmanager
def server(*statuses: int) -> Iterator[tuple[str, list[Request]]]:
    """Answers with `statuses` in turn, the last one for ever; its URL and what it was asked."""
    script, asked = list(statuses), []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            asked.append((self.command, self.path, body))
            status = script.pop(0) if len(script) > 1 else script[0]
            answer = (
                b"{}" if status == 200 else json.dumps({"error": {"type": "some_exception", "reason": "why"}, "status": status}).encode()
            )
            self.send_response(status)
            self.send_header("x-elastic-product", "Elasticsearch")
            self.send_header("content-type", "application/vnd.elasticsearch+json;compatible-with=9")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    running = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}", asked
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def make(url: str, wait_s: float = 30.0) -> None:
    with elasticsearch.Elasticsearch(url, max_retries=0) as client:
        make_accounts(client, kibana_password=PASSWORD, ingest_password=PASSWORD, ingest_roles=["news-ingester"], wait_s=wait_s)


def test_kibanas_password_is_set_and_the_ingester_is_made() -> None:
    with server(200) as (url, asked):
        make(url)

    assert [(path, body.get("password"), body.get("roles")) for _, path, body in asked] == [
        ("/_security/user/kibana_system/_password", PASSWORD, None),
        ("/_security/user/newsflow", PASSWORD, ["news-ingester"]),
    ]


def test_a_server_whose_users_are_not_there_yet_is_asked_again() -> None:
    with server(503, 200, 200) as (url, asked):
        make(url)
    assert len(asked) == 3


FAULTS = {
    "wrong password of the superuser": (401, EngineRefused, r"does not take the accounts \(401\)"),
    "no superuser": (403, EngineRefused, r"does not take the accounts \(403\)"),
    "never ready": (503, EngineUnavailable, "is not ready to take accounts"),
}


@pytest.mark.parametrize(("status", "error", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_one_sentence_without_secrets(status: int, error: type[NewsError], message: str) -> None:
    with server(status) as (url, _), pytest.raises(error, match=message) as caught:
        make(url, wait_s=0)
    assert PASSWORD not in str(caught.value)


def test_nobody_there() -> None:
    with pytest.raises(EngineUnavailable, match="does not answer"):
        make("http://127.0.0.1:9", wait_s=0)
