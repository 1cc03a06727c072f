"""Housekeeping, once an hour: what nobody needs any more goes, what was left behind comes back."""

from __future__ import annotations

import dataclasses

from ingest.pipeline.context import Context
from ingest.pipeline.spool import BatchFolder
from ingest.pipeline.watch import SLOW, watch


@dataclasses.dataclass(frozen=True, slots=True)
class UpkeepCounts:
    released: int  # leases of workers that are gone
    removed: int  # spool folders of finished batches
    signatures: int  # of articles too old to be compared with new ones
    alerts: int  # on sources that are silent, flood, or give no text any more


def upkeep(ctx: Context) -> UpkeepCounts:
    """Release expired leases; delete the spool files of batches finished more than `spool_keep_s` ago, and
    what articles older than `copies_window_s` are compared by; look whether sources are as they always were.
    """
    released = ctx.ledger.upkeep.release_expired()
    finished = ctx.ledger.upkeep.finished_batches(ctx.settings.spool_keep_s)
    present = [folder for batch in finished if (folder := BatchFolder(ctx.settings.spool, batch)).path.is_dir()]
    for folder in present:
        folder.remove()
    # Only once their files are gone: a crash before this costs a second look, never a folder that nobody knows of.
    ctx.ledger.upkeep.forget_batches(finished)
    ctx.ledger.outbox.trim(ctx.settings.alert_keep_s)
    ctx.ledger.hosts.trim()
    trimmed = ctx.ledger.copies.trim(ctx.settings.copies_window_s)
    return UpkeepCounts(released, len(present), trimmed, watch(ctx, SLOW))
