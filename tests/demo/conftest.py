"""The sample site, running."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ingest.demo.site import SampleSite
from ingest.resources import bundled

ROOT = bundled("examples") / "site"
EPOCH = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def site() -> Iterator[SampleSite]:
    """Only read from: `fresh` is for what changes it."""
    with SampleSite(ROOT, epoch=EPOCH) as running:
        yield running


@pytest.fixture
def fresh() -> Iterator[SampleSite]:
    with SampleSite(ROOT, epoch=EPOCH) as running:
        yield running
