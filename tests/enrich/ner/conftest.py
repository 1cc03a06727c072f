"""The bundled model, loaded once for all tests of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.enrich.ner.tagger import Tagger
from ingest.resources import bundled


@pytest.fixture(scope="session")
def model() -> Path:
    return bundled("models") / "ner-xx"


@pytest.fixture(scope="session")
def tagger(model: Path) -> Tagger:
    return Tagger(model, threads=2)
