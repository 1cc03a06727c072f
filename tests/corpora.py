"""The shared test corpora: real feeds, pages and texts that are read in place and never copied into the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("TEST_CORPORA") or Path(__file__).parents[2] / "shared" / "corpora")


def corpora(name: str) -> Path:
    """The folder `name` of the corpora; the test is skipped, and says so, where it is absent."""
    folder = ROOT / name
    if not folder.exists():
        pytest.skip(f"the test corpora are not here: no {name} (set TEST_CORPORA to their folder)")
    return folder
