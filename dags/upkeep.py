"""Once an hour: release the work of workers that are gone, delete the files of finished batches."""

from __future__ import annotations

from airflow.sdk import dag, task


@dag(schedule="@hourly", max_active_runs=1, catchup=False, doc_md=__doc__, tags=["newsflow"])
def upkeep() -> None:
    """One task."""

    @task
    def keep_house() -> dict[str, int]:
        from newsflow_settings import task_settings

        from ingest.pipeline.tasks import keep_house

        return keep_house(settings=task_settings())

    keep_house()


upkeep()
