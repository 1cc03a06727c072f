"""The executor of `newsflow up`: what tasks need is loaded before its workers are forked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_START = """
import multiprocessing, sys, threading
from ingest.airflow_executor import LOADED, WarmLocalExecutor
from ingest.sandbox import _SERVER

executor = WarmLocalExecutor(parallelism=2)
executor.start()
try:
    print(len(multiprocessing.active_children()))
    print(*sorted(set(LOADED) - set(sys.modules)) or ["all"])
    print(threading.active_count(), _SERVER._forkserver_pid is not None)
finally:
    executor.end()
"""


@pytest.mark.airflow
def test_its_workers_start_with_all_that_tasks_need(tmp_path: Path) -> None:
    environment = {"AIRFLOW_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": "", "PYTHONPATH": str(Path(__file__).parents[1])}
    run = subprocess.run([sys.executable, "-c", _START], env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert {"2", "all", "1 True"} <= set(run.stdout.splitlines()), run.stderr  # among Airflow's own lines
