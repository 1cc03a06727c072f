"""Read responses from WARCs, ours and anybody's: a damaged, cut off or too large one is left out, and the rest is read."""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from dateutil.parser import isoparse
from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from ingest.errors import BodyTooLarge, FetchError, IncompleteBody, StorageError
from ingest.log import logger
from ingest.web.decode import decode

FIRST_URI = "X-Newsflow-First-URI"  # of a redirected response: the URL that was asked for first
_MAGIC = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b"}
_ZSTD = (b"\x28\xb5\x2f\xfd", b"\x5d\x2a\x4d\x18")  # a frame, and a dictionary before it
_PIECE = 64 * 1024
_CHUNK = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?\r?\n")
# What warcio raises for a file that is cut off or damaged, at whatever layer it meets the damage.
_DAMAGE = (ArchiveLoadFailed, EOFError, ValueError, AttributeError, TypeError, zlib.error)


class _CutOff(IncompleteBody):
    """The file ends within the record."""


class ArchivedResponse(NamedTuple):
    """A response as it lies in a WARC. `offset` is that of its record, in bytes; `body` is decoded."""

    url: str
    first_url: str  # before redirects; where no redirect is noted, `url`
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    date: datetime
    offset: int
    record_id: str = ""  # WARC-Record-ID, as "urn:uuid:…"

    def header(self, name: str) -> str | None:
        """The first header called `name`."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def content_type(self) -> str | None:
        """The header Content-Type, as received."""
        return self.header("content-type")


@dataclasses.dataclass(slots=True)
class Losses:
    """What reading WARCs could not give."""

    records: int = 0  # responses that are broken or too large
    damage: list[str] = dataclasses.field(default_factory=list)  # a sentence for each file that could not be read to its end


Wants = Callable[[str, datetime], bool]  # by the URL that was asked for first, and the date


def read_response(path: Path, offset: int, *, max_bytes: int) -> ArchivedResponse:
    """The response record at `offset`. Raises StorageError where there is none, FetchError where its body is broken."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            record = next(iter(ArchiveIterator(file, arc2warc=True)), None)
            if record is not None and record.rec_type == "response" and record.http_headers is not None:
                return _read(record, offset, max_bytes)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; all workers must share the archive folder.") from error
    except _DAMAGE as error:
        raise StorageError(f"{path} is damaged at byte {offset}: restore it, or fetch the page again.") from error
    raise StorageError(f"there is no response at byte {offset} of {path}: has the file been changed?")


def iter_responses(path: Path, *, max_bytes: int, wants: Wants | None = None, losses: Losses | None = None) -> Iterator[ArchivedResponse]:
    """All HTTP responses of a WARC, ours or anybody's, that `wants` wants. A file that is cut off gives those before the cut.

    Responses whose body is broken or larger than `max_bytes` are left out, logged, and counted in `losses`. Raises
    StorageError where it is no WARC. One record is in memory at a time, up to the limit.
    """
    state = _Pass(path, losses or Losses())
    try:
        with path.open("rb") as file:
            if file.read(4) in _ZSTD:
                raise StorageError(f"{path} is packed with zstd: run `zstd -d` on it and give the .warc that comes out.")
            file.seek(0)
            yield from _responses(ArchiveIterator(file, arc2warc=True), max_bytes, wants, state)
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check that it is there and may be read.") from error
    except _DAMAGE as error:
        if "non-chunked" in str(error):
            raise StorageError(f"{path} is one gzip stream: run `warcio recompress` on it, so that each record is its own.") from error
        if not state.found:
            raise StorageError(f"{path} is not a WARC file: give one such as crawl.warc.gz.") from error
        logger().warning("archive damaged", path=str(path), error=str(error))
        state.losses.damage.append(
            f"{path} is cut off or damaged: the {state.given} pages before that place were read; get the whole file for the rest."
        )
    else:
        if not state.found and path.stat().st_size:
            raise StorageError(f"{path} is not a WARC file: give one such as crawl.warc.gz.")


@dataclasses.dataclass(slots=True)
class _Pass:
    """How far a file was read."""

    path: Path
    losses: Losses
    found: bool = False  # any record
    given: int = 0  # responses


def _responses(records: Any, max_bytes: int, wants: Wants | None, state: _Pass) -> Iterator[ArchivedResponse]:
    cut = False
    for record in records:
        state.found, cut = True, False
        if record.rec_type != "response" or record.http_headers is None:
            continue
        try:
            response = _read(record, records.offset, max_bytes) if wants is None or wants(_first_url(record), _date(record)) else None
        except (FetchError, *_DAMAGE) as error:
            logger().warning("archived response left out", path=str(state.path), offset=records.offset, error=str(error))
            state.losses.records += 1
            cut = isinstance(error, _CutOff)
            continue
        if response is not None:
            yield response
            state.given += 1
    if cut or records.offset < state.path.stat().st_size:  # nothing came behind it; or not even its head was whole
        raise EOFError("cut off")


def _read(record: Any, offset: int, max_bytes: int) -> ArchivedResponse:
    headers = tuple(record.http_headers.headers)
    coding = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    # Other writers keep chunks as they came. Warcio can undo these and the coding too, but in memory without limit.
    chunked = any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)
    raw = _dechunked(record.raw_stream, max_bytes) if chunked else _read_up_to(record.raw_stream, max_bytes)
    if record.payload_length > 0 and getattr(record.raw_stream, "limit", 0) > 0:
        raise _CutOff("the record is cut off: the file is not whole.")
    if not raw.startswith(_MAGIC.get(coding.strip().lower(), b"")):
        coding = ""  # some writers keep the header with a body that they have decoded
    return ArchivedResponse(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        first_url=_first_url(record),
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        body=decode(raw, coding, max_bytes),
        date=_date(record),
        offset=offset,
        record_id=(record.rec_headers.get_header("WARC-Record-ID") or "").strip("<>"),
    )


def _first_url(record: Any) -> str:
    return str(record.rec_headers.get_header(FIRST_URI) or record.rec_headers.get_header("WARC-Target-URI"))


def _date(record: Any) -> datetime:
    date = isoparse(record.rec_headers.get_header("WARC-Date"))
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def _read_up_to(stream: Any, max_bytes: int, start: bytes = b"") -> bytes:
    """`start` and the stream to its end. Raises BodyTooLarge."""
    raw = bytearray(start)
    while piece := stream.read(_PIECE):  # a read of warcio may give less than asked
        raw += piece
        if len(raw) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(raw)


def _dechunked(stream: Any, max_bytes: int) -> bytes:
    """The stream to its end, its chunks (RFC 9112, 7.1) undone. Raises BodyTooLarge, IncompleteBody."""
    body = bytearray()
    line = stream.readline(_PIECE)
    if not _CHUNK.fullmatch(line):
        return _read_up_to(stream, max_bytes, line)  # some writers keep only the header that speaks of chunks
    while size := _chunk_size(line):
        if len(body) + size > max_bytes:
            raise _too_large(max_bytes)
        end = len(body) + size
        while len(body) < end and (piece := stream.read(min(end - len(body), _PIECE))):
            body += piece
        stream.readline(2)
        line = stream.readline(_PIECE)
    while stream.read(_PIECE):  # trailers; whoever counts what is left must find nothing
        pass
    return bytes(body)


def _chunk_size(line: bytes) -> int:
    match = _CHUNK.fullmatch(line)
    if match is None:
        raise IncompleteBody("the response has no last chunk: its server hung up, fetch it again.")
    return int(match[1], 16)


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"the record is larger than {max_bytes:,} bytes: raise page_max_bytes to read it.")
