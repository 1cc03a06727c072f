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
from ingest.web.archive import ArchivedResponse, iter_responses
from ingest.web.status import verdict

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
    for response in iter_responses(path, max_bytes=ctx.settings.page_max_bytes):
        if verdict(response.status)[0] is not None:
            continue
        try:
            claim = _claim(ctx, response)
        except InvalidUrl:
            continue
        yield Capture(
            claim=claim,
            warc=name,
            offset=response.offset,
            final_url=response.url,
            status=response.status,
            content_type=response.header("content-type"),
            fetched_at=response.date,
        )


def _claim(ctx: Context, response: ArchivedResponse) -> Claim:
    """The URL as the ledger knows it, with what its feed said; else as the archive has it, first seen when it was fetched."""
    asked = response.first_url  # before redirects: by it the ledger knows the page
    record = ctx.ledger.urls.find(asked)
    if record is None:
        return Claim(url_id=urls.url_id(asked), url=asked, first_seen_at=response.date)
    seen = record.sightings[0] if record.sightings else None
    return Claim(
        url_id=record.url_id,
        url=asked,
        first_seen_at=record.first_seen_at,
        revision=record.revision,
        feed_url=seen.feed_url if seen else None,
        feed_title=seen.feed_title if seen else "",
        entry=seen.entry if seen else None,
    )
