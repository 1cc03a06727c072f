"""Airflow's LocalExecutor with everything that a task needs loaded once, before its workers are forked.

Each task runs in a process that is forked from a worker, which is forked from the scheduler. What the scheduler has
loaded, all have; else every one of the six tasks between a feed and the index loads it anew, a second or two each.
"""

from __future__ import annotations

from importlib import import_module

from airflow.executors.local_executor import LocalExecutor

from ingest.enrich.article import prepare
from ingest.pipeline.stages import STAGES
from ingest.sandbox import start_server
from ingest.settings import load

LOADED = (
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "ingest.connections",
    *(f"ingest.pipeline.{name}" for name in ("tasks", "poll", "plan", "deliver")),
    *(f"ingest.pipeline.{stage}" for stage in STAGES),
)


class WarmLocalExecutor(LocalExecutor):
    """Loads `LOADED` and the models, then forks. It opens no connection and starts no thread: a fork would take half of them along."""

    def start(self) -> None:
        for module in LOADED:
            import_module(module)
        prepare(load())
        start_server("ingest.feeds.parse", "ingest.extract.preload")
        super().start()
