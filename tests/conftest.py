"""What tests of all folders share: real search servers, each started when the first test asks for it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest
import structlog
from xdist.remote import Producer
from xdist.scheduler import LoadGroupScheduling

from tests.engines.maven import Absent
from tests.engines.servers import SHORT_LIVED, Elasticsearch, OpenSearch, folder

NOT_HERE = "no search server: "
SERVERS = ("opensearch", "elasticsearch")

# Its deadline is by the clock: on a loaded machine the first example of any test may take longer.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def _absent(error: Absent) -> None:
    """Skip the test, unless the servers must be here (REQUIRE_ENGINES=1, as in .ci/run)."""
    if os.environ.get("REQUIRE_ENGINES"):
        pytest.fail(f"the search servers must be here: {error}")
    pytest.skip(f"{NOT_HERE}{error}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all tests that had to do without a real search server."""
    reasons = Counter(str(report.longrepr[2]).partition(NOT_HERE)[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, number in reasons.items():
        if reason:
            terminalreporter.write_line(f"NOT RUN: {number} tests on real search servers: {reason}", yellow=True)


class ByServerOrFile(LoadGroupScheduling):  # type: ignore[misc]  # xdist has no types
    """Which tests go to one process: those on one search server, which is then started once; otherwise those of one file."""

    def _split_scope(self, nodeid: str) -> str:
        return str(super()._split_scope(nodeid)).partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByServerOrFile | None:
    """For `--dist loadgroup`, as in `make test`."""
    return ByServerOrFile(config, log) if config.getoption("dist") == "loadgroup" else None


def _server(item: pytest.Item) -> str | None:
    """The search server that a test asks for."""
    call = getattr(item, "callspec", None)
    asked = [*getattr(item, "fixturenames", ()), *(call.params.values() if call else ())]
    return next((server for server in SERVERS if server in asked), None)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests on a server together."""
    if server := _server(item):
        item.add_marker(pytest.mark.xdist_group(server))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest first: if it began last, one process would be busy when the others have nothing left."""
    whole = {item.path for item in items if item.get_closest_marker("airflow")}
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (item.path not in whole, item.get_closest_marker("xdist_group") is None, item.path not in slow))


@pytest.fixture(autouse=True)
def _logs_as_they_come() -> Iterator[None]:
    """A test that calls the command line sets how events are logged, for its whole process: no other is to depend on it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def opensearch() -> Iterator[OpenSearch]:
    """A running OpenSearch, complete."""
    with folder() as data:
        try:
            server = OpenSearch(data, *SHORT_LIVED)
            server.start()
        except Absent as error:
            _absent(error)
        yield server
        server.stop()


@pytest.fixture(scope="session")
def elasticsearch() -> Iterator[Elasticsearch]:
    """A running Elasticsearch with security on; its core distribution has no language analysis and no percolator."""
    with folder() as data:
        try:
            server = Elasticsearch(data)
            server.configure()
            server.start()
        except Absent as error:
            _absent(error)
        yield server
        server.stop()
