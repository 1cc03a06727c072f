"""Send the alerts that are due: rung by `match`, and every minute for those that wait for their time or for another try.

The asset event is a doorbell, not data: what is to be sent stands in the outbox of the ledger.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import Asset, AssetOrTimeSchedule, CronTriggerTimetable, dag, task

MATCHED = Asset("newsflow://alerts/matched")


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable("* * * * *", timezone="UTC"), assets=[MATCHED]),
    max_active_runs=1,
    catchup=False,
    default_args={"retries": 1, "retry_delay": timedelta(seconds=10)},
    doc_md=__doc__,
    tags=["newsflow"],
)
def deliver_alerts() -> None:
    """One task."""

    @task
    def deliver() -> dict[str, int]:
        from newsflow_settings import task_settings

        from ingest.pipeline.tasks import deliver_alerts

        return deliver_alerts(settings=task_settings())

    deliver()


deliver_alerts()
