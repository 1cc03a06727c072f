"""Housekeeping, once an hour: what nobody needs any more goes, what was left behind comes back."""

from __future__ import annotations

import dataclasses

from ingest.pipeline.context import Context
from ingest.pipeline.spool import BatchFolder


@dataclasses.dataclass(frozen=True, slots=True)
class UpkeepCounts:
    released: int  # leases of workers that are gone
    removed: int  # spool folders of finished batches


def upkeep(ctx: Context) -> UpkeepCounts:
    """Release expired leases; delete the spool files of batches finished more than `spool_keep_s` ago."""
    released = ctx.ledger.upkeep.release_expired()
    folders = [BatchFolder(ctx.settings.spool, batch) for batch in ctx.ledger.upkeep.finished_batches(ctx.settings.spool_keep_s)]
    present = [folder for folder in folders if folder.path.is_dir()]
    for folder in present:
        folder.remove()
    return UpkeepCounts(released, len(present))
