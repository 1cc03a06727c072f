"""A command loads what it needs: the time to start stands in front of every answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_HEAVY = ("elasticsearch", "psycopg", "trafilatura")
_SCRIPT = f"""
import sys
from ingest.cli.app import app
app(sys.argv[1:], standalone_mode=False)
print(*(name for name in {_HEAVY!r} if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("command", [["--version"], ["status"], ["alerts", "--help"]], ids=["version", "status", "help of a group"])
def test_a_command_does_not_load_what_others_need(command: list[str], tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _SCRIPT, "--home", str(tmp_path), *command], capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 0, run.stderr
    assert not run.stderr.split()
