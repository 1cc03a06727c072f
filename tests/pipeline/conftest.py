"""What most tests of the pipeline work on; a file whose site or settings are others has fixtures of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline.context import Context
from tests.pipeline.world import context_of
from tests.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    """A site on loopback that shows nothing yet."""
    with Site() as running:
        yield running


@pytest.fixture
def ctx(site: Site, tmp_path: Path) -> Iterator[Context]:
    """A new home that reaches `site`."""
    with context_of(tmp_path, site) as opened:
        yield opened
