"""DAG files do nothing when they are read: no network, no heavy import, in well under a second."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DAGS = sorted((ROOT / "dags").glob("*.py"))

# Airflow itself is loaded first, as its dag processor has it; then the file alone is timed, with sockets blocked.
_SCRIPT = """
import gc, importlib.util, socket, sys, time
from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable, Param, dag, task, task_group

def refuse(*_args, **_kwargs):
    raise AssertionError("a DAG file opened a socket")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
before = set(sys.modules)
start = time.perf_counter()
spec = importlib.util.spec_from_file_location("the_dag", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
seconds = time.perf_counter() - start
for made in [found for found in gc.get_objects() if type(found) is DAG]:  # lazy objects import what they stand for when they are asked
    print("dag", made.max_active_runs, made.catchup, *sorted({type(task).__name__ for task in made.tasks}))
print(seconds, *sorted(set(sys.modules) - before))
"""
HEAVY = {"aiohttp", "alembic", "elasticsearch", "feedparser", "lxml", "py3langid", "tantivy", "trafilatura", "warcio"}


@pytest.mark.airflow
@pytest.mark.parametrize("path", DAGS, ids=lambda p: p.name)
def test_a_dag_file_is_read_fast_and_without_the_network(path: Path, tmp_path: Path) -> None:
    env = {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    result = subprocess.run([sys.executable, "-c", _SCRIPT, str(path)], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    *dags, (seconds, *modules) = (line.split() for line in result.stdout.splitlines())

    assert float(seconds) < 1.0
    assert bool(dags) == ("@dag(" in path.read_text())
    for _, runs_at_once, catches_up, *operators in dags:
        assert (runs_at_once, catches_up) == ("1", "False")  # rule C8
        assert not [name for name in operators if "Bash" in name], "what it runs is a template (rule C5)"
    assert not HEAVY & {module.split(".")[0] for module in modules}


# The second run of a continuous DAG begins where the first one's interval ended.
_TWO_RUNS = """
import importlib.util, sys
from airflow.timetables.base import TimeRestriction
from airflow.timetables.simple import ContinuousTimetable
spec = importlib.util.spec_from_file_location("the_dag", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
limits = TimeRestriction(earliest=module.crawl.start_date, latest=None, catchup=False)
first = ContinuousTimetable().next_dagrun_info(last_automated_data_interval=None, restriction=limits)
second = ContinuousTimetable().next_dagrun_info(last_automated_data_interval=first.data_interval, restriction=limits)
print(first.logical_date < second.logical_date)
"""


@pytest.mark.airflow
def test_the_crawl_goes_on_after_its_first_run(tmp_path: Path) -> None:
    env = {"AIRFLOW_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path)}
    command = [sys.executable, "-c", _TWO_RUNS, str(ROOT / "dags" / "crawl_feeds.py")]
    result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "True"
