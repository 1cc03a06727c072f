"""The engines that the conformance suite runs on. The test's id names the engine: `test_…[embedded]`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ingest.search.elastic.products import ELASTICSEARCH, Product
from ingest.search.elastic.setup import Setup
from ingest.search.engine import Engine
from ingest.search.opening import open_engine
from tests.engines.servers import TEST_PREFIX
from tests.search.library import LIBRARY

ENGINES = (
    "embedded",
    pytest.param("opensearch", marks=pytest.mark.engines),
    pytest.param("elasticsearch", marks=pytest.mark.engines),
)
# What the marker `needs` names, and why an engine that runs here does not have it.
LACKS = {
    ("elasticsearch", "analysis"): "Elasticsearch's core distribution has no language analysis",
    ("elasticsearch", "percolator"): "Elasticsearch's core distribution has no percolator",
    ("opensearch", "cheap searches"): "each search is a request, and fewer show the same on a server",
    ("elasticsearch", "cheap searches"): "each search is a request, and fewer show the same on a server",
    ("opensearch", "folder"): "OpenSearch keeps its schema in the index, not in a folder",
    ("elasticsearch", "folder"): "Elasticsearch keeps its schema in the index, not in a folder",
}
PLUGINS = frozenset({"icu_analyzer", "kuromoji", "nori", "polish", "smartcn", "ukrainian"})  # analyzers that a server must be given
# With no listeners allowed, a write that waits for a refresh makes one.
FAST = {"index.max_refresh_listeners": 0, "index.number_of_replicas": 0}


def core(name: str) -> Product | None:
    """The product as it runs here, where that is not all of it."""
    # Its core distribution has no life-cycle management and no percolator.
    return dataclasses.replace(ELASTICSEARCH, lifecycle=False, percolator=False) if name == "elasticsearch" else None


class WithoutPlugins(Setup):
    """As on a server that has only what comes with it."""

    def probe(self, body: dict[str, Any]) -> bool:
        return body.get("analyzer") not in PLUGINS and super().probe(body)


class Places:
    """Fresh places for indices. Installing takes a second, so a prefix is installed once and its articles are deleted after use."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._installed: dict[str, Setup] = {}

    def fresh(self, name: str, folder: Path, purpose: str = "") -> str:
        """The URL of an empty index; `purpose` keeps apart what is open at the same time."""
        if name == "embedded":
            return f"embedded:{folder / 'index'}"
        server = self._request.getfixturevalue(name)
        url: str = (server.url() if name == "elasticsearch" else server.url) + f"?prefix={TEST_PREFIX}{purpose}"
        if url not in self._installed:
            self._installed[url] = WithoutPlugins(url, settings=FAST, product=core(name))
            self._installed[url].apply()
        _empty(self._installed[url])
        return url

    def close(self) -> None:
        """Let the connections go."""
        for setup in self._installed.values():
            setup.close()


def _empty(setup: Setup) -> None:
    alias = setup.address.names.articles
    if setup.client.indices.exists_alias(name=alias):
        setup.client.indices.delete(index=list(setup.client.indices.get_alias(name=alias)))


def skip_what_it_lacks(request: pytest.FixtureRequest, name: str) -> None:
    """Skip the test, by name and reason, where the engine lacks what it needs."""
    for marker in request.node.iter_markers("needs"):
        for thing in marker.args:
            if reason := LACKS.get((name, thing)):
                pytest.skip(reason)


@pytest.fixture(scope="session")
def places(request: pytest.FixtureRequest) -> Iterator[Places]:
    made = Places(request)
    yield made
    made.close()


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest, places: Places, tmp_path: Path) -> str:
    """Of an empty index."""
    skip_what_it_lacks(request, request.param)
    return places.fresh(request.param, tmp_path)


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    """With an empty index."""
    with open_engine(engine_url) as opened:
        yield opened


@pytest.fixture(scope="session", params=ENGINES)
def filled_library(request: pytest.FixtureRequest, places: Places, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine(places.fresh(request.param, tmp_path_factory.mktemp("library"), "-library")) as opened:
        opened.index(LIBRARY)
        yield opened


@pytest.fixture
def library(request: pytest.FixtureRequest, filled_library: Engine) -> Engine:
    """Holds LIBRARY; only read it."""
    skip_what_it_lacks(request, filled_library.name)
    return filled_library
