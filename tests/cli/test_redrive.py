"""`newsflow redrive` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest.cli.app import app
from ingest.model import Outcome, OutcomeKind, Reason
from ingest.settings import load
from ingest.state.ledger import Ledger
from tests.fresh import fresh_database
from tests.state.acts import claim, entry, id_of, polled


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSFLOW_HOME", str(tmp_path))
    fresh_database(tmp_path / "newsflow.db")
    with Ledger.open(load().database) as ledger:
        ledger.feeds.store_entries(polled(ledger), [entry(1), entry(2), entry(3)])
        (ref,) = claim(ledger)
        reasons = {1: Reason.TIMEOUT, 2: Reason.TIMEOUT, 3: Reason.HTTP_GONE}
        ledger.batches.settle(ref, [Outcome(url_id=id_of(n), kind=OutcomeKind.DROPPED, reason=r) for n, r in reasons.items()])
        ledger.batches.finish(ref)


def newsflow(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def backlog() -> int:
    with Ledger.open(load().database) as ledger:
        return ledger.counts.backlog().discovered


def test_a_dry_run_only_tells() -> None:
    result = newsflow("redrive", "--dry-run")

    assert result.exit_code == 0
    assert "timeout" in result.stdout
    assert "2 articles would be tried again" in result.stdout
    assert backlog() == 0


def test_what_was_given_up_is_tried_again() -> None:
    assert "2 articles to be tried again" in newsflow("redrive").stdout
    assert backlog() == 2
    assert newsflow("redrive").stdout == "Nothing was given up that fits.\n"


@pytest.mark.parametrize(
    ("arguments", "number"),
    [
        pytest.param(["--reason", "http_gone"], 1, id="a reason that is not tried again otherwise"),
        pytest.param(["--reason", "HTTP gone", "--reason", "timeout"], 3, id="several, as status spells them"),
        pytest.param(["--host", "paper.example", "--since", "1h"], 2, id="host and time"),
        pytest.param(["--host", "other.example"], 0, id="another host"),
        pytest.param(["--since", "2999-01-01"], 0, id="a date"),
    ],
)
def test_what_fits_is_chosen(arguments: list[str], number: int) -> None:
    result = json.loads(newsflow("redrive", "--json", *arguments).stdout)

    assert (result["redriven"], result["dry_run"], sum(letters["urls"] for letters in result["dead_letters"])) == (number, False, number)
    assert backlog() == number


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--reason", "timeuot"], "did you mean timeout?"), (["--reason", "zzz"], "newsflow status"), (["--since", "soon"], "span of time")],
)
def test_a_wrong_option_is_one_sentence(arguments: list[str], said: str) -> None:
    result = newsflow("redrive", *arguments)

    assert said in str(result.exception)
    assert backlog() == 0


def test_status_lists_what_was_given_up() -> None:
    shown = newsflow("status").stdout
    (letters,) = json.loads(newsflow("status", "--json").stdout)["dead_letters"]

    assert "newsflow redrive tries them again." in shown
    assert (letters["reason"], letters["host"], letters["urls"]) == ("timeout", "paper.example", 2)
