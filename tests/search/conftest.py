"""The engines that the conformance suite runs on. The test's id names the engine: `test_…[embedded]`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.search.elastic.connection import connect
from ingest.search.elastic.products import ELASTICSEARCH, Product
from ingest.search.elastic.setup import Setup
from ingest.search.engine import Access, Engine, open_engine
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
    ("opensearch", "cheap pages"): "each page is a request: pages of seven show the same in a seventh of the time",
    ("elasticsearch", "cheap pages"): "each page is a request: pages of seven show the same in a seventh of the time",
    ("opensearch", "folder"): "OpenSearch keeps its schema in the index, not in a folder",
    ("elasticsearch", "folder"): "Elasticsearch keeps its schema in the index, not in a folder",
}
FAST = {"index.refresh_interval": "10ms", "index.number_of_replicas": 0}


def core(name: str) -> Product | None:
    """The product as it runs here, where that is not all of it."""
    # Its core distribution has no life-cycle management and no percolator.
    return dataclasses.replace(ELASTICSEARCH, lifecycle=False, percolator=False) if name == "elasticsearch" else None


class Places:
    """Fresh places for indices. Installing takes a second, so a prefix is installed once and its articles are deleted after use."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._request = request
        self._installed: set[str] = set()

    def fresh(self, name: str, folder: Path, purpose: str = "") -> str:
        """The URL of an empty index; `purpose` keeps apart what is open at the same time."""
        if name == "embedded":
            return f"embedded:{folder / 'index'}"
        server = self._request.getfixturevalue(name)
        url: str = (server.url() if name == "elasticsearch" else server.url) + f"?prefix={TEST_PREFIX}{purpose}"
        if url not in self._installed:
            setup = Setup(url, settings=FAST, product=core(name))
            setup.apply()
            setup.close()
            self._installed.add(url)
        self._empty(url)
        return url

    def _empty(self, url: str) -> None:
        setup = Setup(url)
        names = setup.address.names
        client = connect(setup.address, Access())
        found = (
            client.indices.get_alias(name=names.articles, ignore_unavailable=True).body
            if client.indices.exists_alias(name=names.articles)
            else {}
        )
        for index in found:
            client.indices.delete(index=index)
        client.close()
        setup.close()


def skip_what_it_lacks(request: pytest.FixtureRequest, name: str) -> None:
    """Skip the test, by name and reason, where the engine lacks what it needs."""
    for marker in request.node.iter_markers("needs"):
        for thing in marker.args:
            if reason := LACKS.get((name, thing)):
                pytest.skip(reason)


@pytest.fixture(scope="session")
def places(request: pytest.FixtureRequest) -> Places:
    return Places(request)


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
