"""What an Airflow task calls: a process of its own that opens what it needs, works, and hands on an id.

Nothing here imports Airflow; a DAG passes the settings in, from its Connections. Values are small and plain, because they travel through XCom. Each task loads what it
runs and no more: the time to load it stands in front of every task.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import LeaseLost, UsageError
from ingest.log import logger
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.stages import given_back, stage
from ingest.settings import Settings
from ingest.state.ledger import BatchRef

_REPLAY_LEASE_S = 86_400.0  # one day


def poll_shard(shard: int, shards: int, *, settings: Settings) -> int:
    """Long poll of one shard of hosts; how many URLs wait to be fetched because of it."""
    from ingest.pipeline.poll import poll_until_new

    with open_context(settings, owner="airflow:crawl_feeds") as ctx:
        return poll_until_new(ctx, wait_s=settings.poll_wait_s, shard=shard, shards=shards).found


def plan_batches(*, settings: Settings) -> list[str]:
    """Claim batches; their "id:token"."""
    from ingest.pipeline.plan import plan

    with open_context(settings, owner="airflow:ingest_articles") as ctx:
        return [str(ref) for ref in plan(ctx)]


def plan_replay(params: Mapping[str, object], *, settings: Settings) -> list[str]:
    """Make batches of archived pages; their "id:token".

    `params`: "paths", a list of files or folders, none: the whole archive; "languages", a list of codes such as "de", none: all; "outdated",
    whether only pages that the present extraction has not judged. Raises UsageError for others.
    """
    from ingest.pipeline.replay import Reading, Selection, language_codes
    from ingest.pipeline.replay import plan_replay as plan_replay_batches

    paths = params.get("paths") or []
    if not (isinstance(paths, list) and all(isinstance(path, str) for path in paths)):
        raise UsageError("paths must be a list of WARC files or folders")
    codes = params.get("languages") or []
    if not (isinstance(codes, list) and all(isinstance(code, str) for code in codes)):
        raise UsageError("languages must be a list of codes such as de")
    selection, reading = Selection(outdated=params.get("outdated") is True, languages=language_codes(codes)), Reading()
    with open_context(settings, owner="airflow:replay_archive") as ctx:
        # All batches are planned before the first one runs: the last must still be held when its turn comes.
        refs = plan_replay_batches(ctx, [Path(path) for path in paths], selection, reading=reading, lease_s=_REPLAY_LEASE_S)
        batches = [str(ref) for ref in refs]
    for sentence in reading.losses.damage:
        logger().warning("archive damaged", error=sentence)
    return batches


def run_stage(name: str, batch: str, *, settings: Settings) -> str:
    """Run stage `name` of the batch and hand the batch on."""
    with _held(batch, name, settings) as (ctx, ref):
        stage(name)(ctx, ref)
    return batch


def match_batch(batch: str, *, settings: Settings) -> int:
    """Run stage `match` of the batch; how many alerts are new."""
    from ingest.pipeline.match import match

    with _held(batch, "match", settings) as (ctx, ref):
        return match(ctx, ref)
    return 0


@contextmanager
def _held(batch: str, stage_name: str, settings: Settings) -> Iterator[tuple[Context, BatchRef]]:
    """The batch to run a stage on. Where another worker has taken it over there is nothing to do here and nothing wrong."""
    ref = BatchRef.parse(batch)
    with open_context(settings) as ctx, given_back(ctx, ref):
        try:
            yield ctx, ref
        except LeaseLost:
            logger().warning("batch lease lost: another worker has it", batch=batch, stage=stage_name)


def keep_house(*, settings: Settings) -> dict[str, int]:
    """Housekeeping; what it did."""
    from ingest.pipeline.upkeep import upkeep

    with open_context(settings, owner="airflow:upkeep") as ctx:
        return dataclasses.asdict(upkeep(ctx))


def deliver_alerts(*, settings: Settings) -> dict[str, int]:
    """Write and send the alerts that are due; what it did."""
    from ingest.pipeline.deliver import deliver

    with open_context(settings, owner="airflow:deliver_alerts") as ctx:
        return dataclasses.asdict(deliver(ctx))
