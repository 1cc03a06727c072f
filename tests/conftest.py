"""What tests of all folders share: real search servers, each started when the first test asks for it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import hypothesis
import pytest

from tests.engines.maven import Absent
from tests.engines.servers import SHORT_LIVED, Elasticsearch, OpenSearch, folder

NOT_HERE = "no search server: "

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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests first: one that begins last would keep a single process busy when the others have nothing left."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


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
