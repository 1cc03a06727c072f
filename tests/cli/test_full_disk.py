"""Output and logs on a disk that is full (rule C9): /dev/full takes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")]


def newsflow(*arguments: str, home: Path, out: int, err: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ingest", "--home", str(home), "--verbose", *arguments]
    return subprocess.run(command, stdout=out, stderr=err, text=True, timeout=60, check=False)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """With a feed that cannot be reached."""
    done = newsflow("feeds", "add", "--no-look", "http://127.0.0.1:9/feed.xml", home=tmp_path, out=subprocess.PIPE, err=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    return tmp_path


def test_logs_that_find_no_room_stop_no_crawl(home: Path) -> None:
    full = os.open(FULL, os.O_WRONLY)
    done = newsflow("run", home=home, out=subprocess.PIPE, err=full)
    os.close(full)

    assert done.returncode == 0
    assert "1 feed polled: 0 unchanged, 1 failed" in done.stdout


@pytest.mark.parametrize("command", [("run",), ("feeds", "list"), ("feeds", "list", "--json")])
def test_output_that_finds_no_room_is_said_in_one_sentence(home: Path, command: tuple[str, ...]) -> None:
    full = os.open(FULL, os.O_WRONLY)
    done = newsflow(*command, home=home, out=full, err=subprocess.PIPE)
    os.close(full)

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "newsflow: the output cannot be written: No space left on device; free some space, or send it elsewhere."
    )
    assert "Traceback" not in done.stderr
