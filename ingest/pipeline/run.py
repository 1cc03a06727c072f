"""One pass in one process: the same functions that the DAGs call, without Airflow."""

from __future__ import annotations

import dataclasses
from typing import NoReturn

from ingest.errors import EngineUnavailable, LeaseLost
from ingest.log import logger
from ingest.pipeline.context import Context
from ingest.pipeline.deliver import DeliveryCounts, deliver
from ingest.pipeline.plan import plan
from ingest.pipeline.poll import poll_due, poll_until_new
from ingest.pipeline.polled import PollCounts
from ingest.pipeline.stages import run_batch


@dataclasses.dataclass(slots=True)
class PassCounts:
    """What a pass did."""

    polls: PollCounts
    batches: int = 0
    alerts: DeliveryCounts = dataclasses.field(default_factory=DeliveryCounts)


def run_once(ctx: Context) -> PassCounts:
    """Poll what is due, take every URL that can be tried now to its end, deliver the alerts."""
    counts = PassCounts(poll_due(ctx))
    try:
        counts.batches = work_off(ctx)
    finally:  # that the engine is down may be just what is to be told
        counts.alerts = deliver(ctx)
    return counts


def run_follow(ctx: Context) -> NoReturn:
    """Go on until interrupted. While the search server is down, polls go on and articles wait."""
    while True:
        poll_until_new(ctx, wait_s=ctx.settings.poll_wait_s)
        try:
            work_off(ctx)
        except EngineUnavailable as error:
            logger().warning("articles wait for the search server", error=str(error))
        deliver(ctx)


def work_off(ctx: Context) -> int:
    """Run batches until none can be claimed; their number. What was claimed is given back where it ends early."""
    done = 0
    while refs := plan(ctx):
        for place, ref in enumerate(refs):
            try:
                run_batch(ctx, ref)
            except LeaseLost:
                logger().warning("batch lease lost: another worker has it", batch=ref.id)
            except BaseException:
                for waiting in refs[place + 1 :]:
                    ctx.ledger.batches.release(waiting)
                raise
            done += 1
    return done
