"""Replay: archived responses as batches that begin at `extract`. Ours carry what they need; so do other people's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from ingest import urls
from ingest.errors import InvalidUrl, StorageError
from ingest.model import Capture, Claim
from ingest.pipeline.context import Context
from ingest.state.ledger import BatchRef
from ingest.web.archive import iter_responses

WARC_SUFFIXES = (".warc", ".warc.gz")


def plan_replay(ctx: Context, paths: Sequence[Path]) -> Iterator[BatchRef]:
    """One batch per `batch_size` good pages of the WARCs in `paths` (files or folders; none: the whole archive).

    Raises StorageError where a path does not exist. A WARC that is cut off gives the pages before the cut.
    """
    captures = (capture for path in warc_files(ctx, paths) for capture in _captures(ctx, path))
    while batch := list(islice(captures, ctx.settings.batch_size)):
        latest = {capture.claim.url_id: capture for capture in batch}  # of one URL twice, the later
        kept = list(latest.values())
        ref = ctx.ledger.batches.create_replay([c.claim for c in kept], owner=ctx.owner, lease_s=ctx.settings.lease_s)
        ctx.folder(ref).write("fetched", kept)
        yield ref


def warc_files(ctx: Context, paths: Sequence[Path]) -> list[Path]:
    """The WARC files of `paths`, in order of their names."""
    found: list[Path] = []
    for path in paths or [ctx.settings.archive]:
        if not path.exists():
            raise StorageError(f"there is no {path}: give WARC files, or folders that hold some")
        inside = path.rglob("*") if path.is_dir() else [path]
        found += sorted(p.absolute() for p in inside if path.is_file() or p.name.endswith(WARC_SUFFIXES))
    return found


def _captures(ctx: Context, path: Path) -> Iterator[Capture]:
    archive = ctx.settings.archive.absolute()
    name = str(path.relative_to(archive)) if path.is_relative_to(archive) else str(path)
    raise NotImplementedError(name)
