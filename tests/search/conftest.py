"""The engines that the conformance suite runs on. The test's id names the engine: `test_…[embedded]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.search.engine import Engine, open_engine
from tests.search.library import LIBRARY

ENGINES = ("embedded",)


def fresh_url(name: str, folder: Path) -> str:
    """A place for one fresh index."""
    return f"{name}:{folder / 'index'}"


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of an empty index."""
    return fresh_url(request.param, tmp_path)


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    """With an empty index."""
    with open_engine(engine_url) as opened:
        yield opened


@pytest.fixture(scope="session", params=ENGINES)
def library(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Holds LIBRARY; only read it."""
    with open_engine(fresh_url(request.param, tmp_path_factory.mktemp("library"))) as opened:
        opened.index(LIBRARY)
        yield opened
