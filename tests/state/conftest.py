"""A ledger on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.state.ledger import Ledger
from tests.fresh import fresh_database
from tests.postgres import postgres_database


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/newsflow.db"
        return
    with postgres_database() as url:
        yield url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    if ledger_url.startswith("sqlite"):
        fresh_database(Path(ledger_url.removeprefix("sqlite:///")))
    with Ledger.open(ledger_url) as opened:
        yield opened
