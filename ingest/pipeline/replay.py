"""Replay: archived responses as batches that begin at `extract`. Ours carry what they need; so do other people's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

import msgspec

from ingest import urls
from ingest.enrich.language import UNDETERMINED, primary
from ingest.errors import InvalidUrl, StorageError, UsageError
from ingest.extract.version import EXTRACTOR_VERSION
from ingest.model import Capture, Claim
from ingest.pipeline import languages
from ingest.pipeline.context import Context
from ingest.state.ledger import BatchRef, UrlRecord
from ingest.web.archive import ArchivedResponse, Losses, iter_responses
from ingest.web.status import verdict

WARC_SUFFIXES = (".warc", ".warc.gz")
_MIB = 1024 * 1024


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Which archived pages are replayed."""

    hosts: tuple[str, ...] = ()  # with their subdomains; none: all
    since: datetime | None = None  # by the time of the fetch
    until: datetime | None = None
    languages: tuple[str, ...] = ()  # of their text, ISO 639-1; none: all. Told by a later stage, so all pages count as replayed
    outdated: bool = False  # only pages that no extractor of the present version has judged

    def wants(self, url: str, fetched_at: datetime) -> bool:
        """Whether a page is one of them, as far as the archive tells."""
        if (self.since and fetched_at < self.since) or (self.until and fetched_at >= self.until):
            return False
        host = urls.host(url) if self.hosts else ""
        return not self.hosts or any(host == wanted or host.endswith(f".{wanted}") for wanted in self.hosts)


@dataclasses.dataclass(slots=True)
class Reading:
    """What came of reading WARCs."""

    files: int = 0  # read, the damaged ones too
    pages: int = 0  # that were replayed
    losses: Losses = dataclasses.field(default_factory=Losses)


ALL = Selection()


def language_codes(tags: Iterable[str]) -> tuple[str, ...]:
    """The languages of tags such as "de" or "pt-BR", for a Selection. Raises UsageError for what is no tag."""
    codes = {tag: primary(tag) for tag in tags}
    for tag, code in codes.items():
        if code == UNDETERMINED:
            raise UsageError(f"{tag!r} is no language: write its code of two letters, such as de or pt.")
    return tuple(dict.fromkeys(codes.values()))


def plan_replay(
    ctx: Context, paths: Sequence[Path], selection: Selection = ALL, *, reading: Reading | None = None, lease_s: float | None = None
) -> Iterator[BatchRef]:
    """One batch per `batch_size` good pages of the WARCs in `paths` (files or folders; none: the whole archive).

    Raises StorageError where a path does not exist. A file that is no WARC is passed over, one that is cut off gives the
    pages before the cut; `reading.losses` tells of both. The memory is that of one batch, however large the files are.
    """
    reading = reading if reading is not None else Reading()
    files = warc_files(ctx, paths)
    if selection.outdated:
        files.reverse()  # the newest first: when an older copy of its page comes, the present article is seen to be new
    captures = _all_captures(ctx, files, selection, reading)
    while batch := list(islice(captures, ctx.settings.batch_size)):
        latest: dict[str, Capture] = {}  # of one URL twice, the later
        for capture in sorted(batch, key=lambda c: c.fetched_at or c.claim.first_seen_at):
            latest[capture.claim.url_id] = capture
        kept = list(latest.values())
        reading.pages += len(kept)
        ref = ctx.ledger.batches.create_replay([c.claim for c in kept], owner=ctx.owner, lease_s=lease_s or ctx.settings.lease_s)
        languages.note(ctx.folder(ref), selection.languages)
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


def _all_captures(ctx: Context, files: Sequence[Path], selection: Selection, reading: Reading) -> Iterator[Capture]:
    sizes = [file.stat().st_size for file in files]
    total = -(-sum(sizes) // _MIB)
    before = 0
    for file, size in zip(files, sizes, strict=True):
        try:
            for response in iter_responses(file, max_bytes=ctx.settings.page_max_bytes, wants=selection.wants, losses=reading.losses):
                ctx.progress("MiB read", (before + response.offset) // _MIB, total)
                if capture := _capture(ctx, file, response, selection):
                    yield capture
            reading.files += 1
        except StorageError as error:  # one bad file of many: the others are read
            reading.losses.damage.append(str(error))
        before += size
    ctx.progress("MiB read", total, total)


def _capture(ctx: Context, path: Path, response: ArchivedResponse, selection: Selection) -> Capture | None:
    """None where the response is no page, or one that is not wanted."""
    if verdict(response.status)[0] is not None:
        return None
    record = ctx.ledger.urls.find(response.first_url)  # before redirects: by it the ledger knows the page
    if selection.outdated and record is not None and record.extractor == EXTRACTOR_VERSION:
        return None
    try:
        claim = _claim(response, record)
    except InvalidUrl:
        return None
    archive = ctx.settings.archive.absolute()
    return Capture(
        claim=claim,
        warc=str(path.relative_to(archive)) if path.is_relative_to(archive) else str(path),
        offset=response.offset,
        record_id=response.record_id,
        final_url=response.url,
        status=response.status,
        content_type=response.header("content-type"),
        fetched_at=response.date,
    )


def _claim(response: ArchivedResponse, record: UrlRecord | None) -> Claim:
    """The URL as the ledger knows it, with what its feed said; else as the archive has it, first seen when it was fetched."""
    asked = response.first_url
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
