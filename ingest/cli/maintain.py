"""`newsflow init` and `newsflow upkeep`."""

from __future__ import annotations

from ingest.cli import console
from ingest.pipeline.upkeep import upkeep as keep_house


def init() -> None:
    """Make the folders, the state database and the index; run again it changes nothing. Example: newsflow init"""
    with console.context() as ctx:
        with ctx.engine() as engine:
            engine.count()
        home = ctx.settings.home
    console.out.print(f"Ready in {home}. Next: newsflow feeds add URL, then newsflow run.", markup=False)


def upkeep() -> None:
    """Release the work of workers that are gone; delete files of finished batches. The DAG upkeep does it hourly.

    Example: newsflow upkeep
    """
    with console.context() as ctx:
        counts = keep_house(ctx)
    console.out.print(
        f"{counts.released} leases released, {counts.removed} batch folders deleted, {counts.signatures} old signatures forgotten, "
        f"{counts.alerts} alerts on sources raised."
    )
