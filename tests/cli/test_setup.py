"""`newsflow setup` and `newsflow reindex` as a person and a program use them."""

from __future__ import annotations

import json
import secrets

import pytest
from typer.testing import CliRunner, Result

from ingest.cli.app import app
from ingest.errors import UsageError
from tests.engines.servers import OpenSearch


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("command", ["setup", "reindex"])
def test_the_embedded_engine_needs_none_of_it(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSFLOW_SEARCH_URL", "embedded:/nowhere")

    result = run(command)

    assert isinstance(result.exception, UsageError)
    assert "needs no setup" in str(result.exception)


@pytest.mark.engines
def test_setup_makes_all_once_and_check_tells_what_differs(opensearch: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    prefix = f"c{secrets.token_hex(4)}"
    monkeypatch.setenv("NEWSFLOW_SEARCH_URL", f"{opensearch.url}?prefix={prefix}")

    missing = run("setup", "--check", "--json")
    assert missing.exit_code == 1
    assert {c["action"] for c in json.loads(missing.output)["changes"]} <= {"create", "same"}

    made = run("setup")
    assert made.exit_code == 0
    assert f"{prefix}-articles" in made.output

    again = run("setup", "--json")
    assert {c["action"] for c in json.loads(again.output)["changes"]} == {"same"}
    assert run("setup", "--check").exit_code == 0
    assert "Everything is as it should be." in run("setup").output

    assert "nothing to do" in run("reindex").output
    assert json.loads(run("reindex", "--force", "--json").output)["changes"][-1]["action"] == "reindex"
