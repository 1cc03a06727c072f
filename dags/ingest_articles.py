"""Take discovered articles from their URL to the index, batch by batch.

The asset event is a doorbell, not data: Airflow may merge events, so `plan` claims the work from the ledger. The
timetable beside the asset is the safety net, and picks up what waits for another try. `match` rings `deliver_alerts`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, dag, task, task_group

DISCOVERED = Asset("newsflow://articles/discovered")
MATCHED = Asset("newsflow://alerts/matched")


def stage(name: str, batch: Any) -> str:
    """Run one stage and hand the batch on: while the DAG is built an XComArg, in the task a string."""
    from newsflow_settings import task_settings

    from ingest.pipeline.tasks import run_stage

    return run_stage(name, batch, settings=task_settings())


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("*/5 * * * *", timezone="UTC"), assets=[DISCOVERED]),
    max_active_runs=1,
    catchup=False,
    default_args={"retries": 3, "retry_delay": timedelta(seconds=10), "retry_exponential_backoff": True},
    doc_md=__doc__,
    tags=["newsflow"],
)
def ingest_articles() -> None:
    """plan → per batch: fetch → extract → enrich → index → match."""

    @task
    def plan() -> list[str]:
        from newsflow_settings import task_settings

        from ingest.pipeline.tasks import plan_batches

        return plan_batches(settings=task_settings())

    fetch, extract, enrich, index = (task(task_id=name)(stage) for name in ("fetch", "extract", "enrich", "index"))

    @task(outlets=[MATCHED])
    def match(batch: Any) -> int:
        from airflow.sdk.exceptions import AirflowSkipException
        from newsflow_settings import task_settings

        from ingest.pipeline.tasks import match_batch

        fired = match_batch(batch, settings=task_settings())
        if not fired:
            raise AirflowSkipException("no alerts")  # a skipped task does not ring
        return fired

    @task_group
    def batch(batch_ref: str) -> None:
        fetched = fetch("fetch", batch_ref)
        extracted = extract("extract", fetched)
        enriched = enrich("enrich", extracted)
        match(index("index", enriched))

    batch.expand(batch_ref=plan())


ingest_articles()
