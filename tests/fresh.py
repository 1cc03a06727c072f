"""A state database that is new: brought to the present form once in a test run, then copied. Alembic takes half a second each time."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from ingest.state.ledger import Ledger


def fresh_database(file: Path) -> None:
    """Put one at `file`, where there is none yet."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)  # as Newsflow makes it
    file.write_bytes(_present_form())


@functools.cache
def _present_form() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "newsflow.db"
        Ledger.open(f"sqlite:///{file}").close()
        return file.read_bytes()
