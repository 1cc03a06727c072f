"""Extract, enrich and index archived pages again: our own WARCs after an upgrade, or anybody's. Started by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task, task_group


def stage(name: str, batch: Any) -> str:
    """Run one stage and hand the batch on: while the DAG is built an XComArg, in the task a string."""
    from newsflow_settings import task_settings

    from ingest.pipeline.tasks import run_stage

    return run_stage(name, batch, settings=task_settings())


@dag(
    schedule=None,
    max_active_runs=1,
    params={
        "paths": Param(
            [],
            type="array",
            items={"type": "string"},
            description="WARC files or folders of them; empty: the whole archive. They must be readable by every worker.",
        ),
        "languages": Param(
            [],
            type="array",
            items={"type": "string"},
            description="only articles in these languages (ISO 639-1, such as de); empty: all",
        ),
        "outdated": Param(default=False, type="boolean", description="only pages that this version of the extraction has not judged yet"),
    },
    default_args={"retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": True},
    doc_md=__doc__,
    tags=["newsflow"],
)
def replay_archive() -> None:
    """plan → per batch: extract → enrich → index. Nobody is alerted."""

    @task
    def plan(params: dict[str, object] | None = None) -> list[str]:
        from newsflow_settings import task_settings

        from ingest.pipeline.tasks import plan_replay

        return plan_replay(params or {}, settings=task_settings())

    extract, enrich, index = (task(task_id=name)(stage) for name in ("extract", "enrich", "index"))

    @task_group
    def batch(batch_ref: str) -> None:
        extracted = extract("extract", batch_ref)
        enriched = enrich("enrich", extracted)
        index("close_replay", enriched)

    batch.expand(batch_ref=plan())


replay_archive()
