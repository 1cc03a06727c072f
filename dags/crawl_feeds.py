"""Poll feeds as they fall due, without end; ring `ingest_articles` when something new was found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from airflow.sdk import Asset, dag, task
from airflow.sdk.exceptions import AirflowSkipException

from ingest.settings import load

DISCOVERED = Asset("newsflow://articles/discovered")


@dag(
    schedule="@continuous",
    # Without it the first interval is empty, the second run would have the first one's logical date, and none is ever made.
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    max_active_runs=1,
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(seconds=10)},
    doc_md=__doc__,
    tags=["newsflow"],
)
def crawl_feeds() -> None:
    """One long poll per shard of hosts and run."""

    @task(outlets=[DISCOVERED])
    def poll(shard: int, shards: int) -> int:
        from newsflow_settings import task_settings

        from ingest.pipeline.tasks import poll_shard

        found = poll_shard(shard, shards, settings=task_settings())
        if not found:
            raise AirflowSkipException("nothing new")  # a skipped task does not ring
        return found

    shards = load().poll_shards
    poll.partial(shards=shards).expand(shard=list(range(shards)))


crawl = crawl_feeds()
