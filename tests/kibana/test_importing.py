"""The import, against a server that answers as Kibana does."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from ingest.errors import EngineRefused, EngineUnavailable, NewsError, SettingsError
from ingest.kibana import kibana_objects
from ingest.kibana.importing import import_objects

TAKEN = {"success": True, "successCount": 25, "warnings": [], "successResults": []}
NEWER = {
    "type": "lens",
    "id": "newsflow-lens-news-1",
    "error": {"type": "unknown", "message": "belongs to a more recent version of Kibana", "statusCode": 422},
}


class Kibana:
    """Gives the answers of `script` in turn, the last one for ever; keeps what it was asked."""

    def __init__(self, *script: tuple[int, Any]) -> None:
        self.script = list(script)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        kibana = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                kibana.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, answer = kibana.script.pop(0) if len(kibana.script) > 1 else kibana.script[0]
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def kibana(request: pytest.FixtureRequest) -> Iterator[Kibana]:
    server = Kibana(*request.param)
    yield server
    server.stop()


@pytest.mark.parametrize("kibana", [[(200, TAKEN)]], indirect=True)
def test_what_is_sent(kibana: Kibana) -> None:
    assert import_objects(kibana.url + "/", kibana_objects(), user="elastic", password="p:w") == 25

    [(path, headers, body)] = kibana.requests
    assert path == "/api/saved_objects/_import?overwrite=true"
    assert headers["kbn-xsrf"] == "true"
    assert base64.b64decode(headers["authorization"].removeprefix("Basic ")) == b"elastic:p:w"
    assert b'filename="newsflow.ndjson"' in body
    assert kibana_objects() in body


@pytest.mark.parametrize("kibana", [[(503, b"Kibana server is not ready yet"), (200, TAKEN)]], indirect=True)
def test_a_kibana_that_is_starting_is_waited_for(kibana: Kibana) -> None:
    assert import_objects(kibana.url, b"{}\n", wait_s=30) == 25
    assert len(kibana.requests) == 2


FAULTS = {
    "an object of a newer version": (
        (200, {"success": False, "successCount": 3, "errors": [NEWER]}),
        EngineRefused,
        "lens newsflow-lens-news-1: belongs to",
    ),
    "refused without a reason": ((200, {"success": False}), EngineRefused, "no reason given"),
    "wrong password": ((401, {"statusCode": 401, "error": "Unauthorized"}), EngineRefused, r"refuses the import \(401\)"),
    "no right": ((403, {"statusCode": 403, "error": "Forbidden"}), EngineRefused, r"refuses the import \(403\)"),
    "not ready": ((503, b"Kibana server is not ready yet"), EngineUnavailable, r"is not ready \(503\)"),
    "another server": ((200, b"<html>"), EngineRefused, r"does not answer as Kibana does"),
}


@pytest.mark.parametrize(("kibana", "error", "message"), [([a], e, m) for a, e, m in FAULTS.values()], ids=FAULTS, indirect=["kibana"])
def test_a_fault_is_one_sentence(kibana: Kibana, error: type[NewsError], message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        import_objects(kibana.url, b"{}\n", user="elastic", password="s3cret")
    assert "s3cret" not in str(caught.value)


def test_nobody_there() -> None:
    with pytest.raises(EngineUnavailable, match="cannot be reached"):
        import_objects("http://127.0.0.1:9", b"{}\n")


def test_no_url() -> None:
    with pytest.raises(SettingsError, match="is not the URL of a Kibana"):
        import_objects("kibana:5601", b"{}\n")
