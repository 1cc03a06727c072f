"""The archive: requests, responses and failures as WARC 1.1 (ISO 28500), written whole or not at all, read from any writer."""

from __future__ import annotations

import contextlib
import os
import uuid
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import urlsplit

from dateutil.parser import isoparse
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest import __version__, urls
from ingest.errors import BodyTooLarge, FetchError, IncompleteBody, StorageError
from ingest.log import logger
from ingest.web.client import Exchange
from ingest.web.decode import decode

_LEVEL = 6
_HIDDEN = frozenset({"authorization", "cookie", "proxy-authorization"})
# The client has undone these; the WARC must not claim them, and keeps what was said under another name.
_UNDONE = frozenset({"transfer-encoding"})
_ORIGINAL = "X-Archive-Orig-"
_MAGIC = {"gzip": b"\x1f\x8b", "x-gzip": b"\x1f\x8b"}
_FIRST_URI = "X-Newsflow-First-URI"  # of a redirected response: the URL that was asked for first
# What warcio raises for a file that is cut off or damaged, at whatever layer it meets the damage.
_DAMAGE = (ArchiveLoadFailed, EOFError, ValueError, AttributeError, TypeError, zlib.error)


class ArchivedResponse(NamedTuple):
    """A response as it lies in a WARC. `offset` is that of its record, in bytes; `body` is decoded."""

    url: str
    first_url: str  # before redirects; where no redirect is noted, `url`
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    date: datetime
    offset: int

    def header(self, name: str) -> str | None:
        """The first header called `name`."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def content_type(self) -> str | None:
        """The header Content-Type, as received."""
        return self.header("content-type")


class WarcWriter:
    """A WARC under a temporary name; it appears at `path` when the block ends well, else nothing is left.

    Raises StorageError. Credentials are left out of URLs and are `***` in headers; query strings stay, since without
    them two articles would be one on replay.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._temporary.open("xb")
        except OSError as error:
            raise _cannot_write(self._path, error) from error
        self._writer: Any = WARCWriter(self._file, gzip=False, warc_version="1.1")
        info = {"software": f"Newsflow/{__version__}", "format": "WARC File Format 1.1"}
        try:
            self._put(self._writer.create_warcinfo_record(self._path.name, info))
        except StorageError:
            self._discard()
            raise
        return self

    def write(self, exchange: Exchange) -> int:
        """Append a fetch; the offset of its response record (of its metadata record where no full response came)."""
        failed = exchange.error is not None or not exchange.status
        answer = self._failure(exchange) if failed else self._response(exchange)
        request = self._request(exchange, answer.rec_headers.get_header("WARC-Record-ID"))
        offset = self._file.tell()
        self._put(answer)
        self._put(request)
        return offset

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())  # the ledger is about to rely on it
            self._file.close()
            self._temporary.replace(self._path)
        except OSError as fault:
            self._discard()
            raise _cannot_write(self._path, fault) from fault

    def _discard(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _put(self, record: Any) -> None:
        try:
            self._writer.out = _Member(self._file)
            self._writer.write_record(record)
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def _record(self, exchange: Exchange, kind: str, payload: bytes, http: StatusAndHeaders | None, **more: str) -> Any:
        headers = {"WARC-Date": f"{exchange.fetched_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
        if exchange.ip:
            headers["WARC-IP-Address"] = exchange.ip
        if exchange.hops:
            headers[_FIRST_URI] = _bare(exchange.url)
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        return self._writer.create_warc_record(
            _bare(exchange.final_url),
            kind,
            payload=BytesIO(payload),
            length=len(payload),
            http_headers=http,
            warc_headers_dict=headers,
        )

    def _request(self, exchange: Exchange, answer_id: str) -> Any:
        parts = urlsplit(_bare(exchange.final_url))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = [(name, "***" if name.lower() in _HIDDEN else value) for name, value in exchange.request_headers]
        if not any(name.lower() == "host" for name, _ in sent):  # the connection never came so far
            sent.insert(0, ("Host", parts.netloc))
        http = StatusAndHeaders(f"GET {target} HTTP/1.1", sent, is_http_request=True)
        return self._record(exchange, "request", b"", http, WARC_Concurrent_To=answer_id)

    def _response(self, exchange: Exchange) -> Any:
        received = [(_ORIGINAL + name if name.lower() in _UNDONE else name, value) for name, value in exchange.headers]
        http = StatusAndHeaders(f"{exchange.status} {_phrase(exchange.status)}", received, protocol="HTTP/1.1")
        return self._record(exchange, "response", exchange.raw, http)

    def _failure(self, exchange: Exchange) -> Any:
        error = exchange.error
        fields = {"fetchFailure": error.reason if error else "protocol", "detail": error or "", "status": exchange.status}
        fields |= {f"hop-{number}": f"{hop.status} {hop.location}" for number, hop in enumerate(exchange.hops, start=1)}
        lines = [f"{name}: {' '.join(str(value).split())}\r\n" for name, value in fields.items()]
        return self._record(exchange, "metadata", "".join(lines).encode(), None)


class _Member:
    """A gzip member, for one record. Warcio's own packs at level 9: four times the work for a hundredth of the size."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)

    def write(self, piece: bytes) -> None:
        self._file.write(self._packer.compress(piece))

    def flush(self) -> None:
        """Warcio flushes once, behind the last byte of a record."""
        self._file.write(self._packer.flush())


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


def iter_responses(path: Path, *, max_bytes: int) -> Iterator[ArchivedResponse]:
    """All HTTP responses of a WARC, ours or anybody's. A file that is cut off gives those before the cut.

    Responses whose body is broken or larger than `max_bytes` are left out. Raises StorageError where it is no WARC.
    """
    found = False
    try:
        with path.open("rb") as file:
            records = ArchiveIterator(file, arc2warc=True)
            for record in records:
                found = True
                if record.rec_type != "response" or record.http_headers is None:
                    continue
                try:
                    response = _read(record, records.offset, max_bytes)
                except (FetchError, *_DAMAGE):
                    continue
                yield response
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}; check that it is there and may be read.") from error
    except _DAMAGE as error:
        if "non-chunked" in str(error):
            raise StorageError(f"{path} is one gzip stream: run `warcio recompress` on it, so that each record is its own.") from error
        if not found:
            raise StorageError(f"{path} is not a WARC file: give one such as crawl.warc.gz.") from error
        logger().warning("archive damaged", path=str(path))
    else:
        if not found and path.stat().st_size:
            raise StorageError(f"{path} is not a WARC file: give one such as crawl.warc.gz.")


def _read(record: Any, offset: int, max_bytes: int) -> ArchivedResponse:
    headers = tuple(record.http_headers.headers)
    coding = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    # Other writers keep chunks as they came. Only these are undone by warcio: its decoders have no limit.
    chunked = any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers)
    raw = _all_of(ChunkedDataReader(record.raw_stream) if chunked else record.raw_stream, max_bytes)
    if record.payload_length > 0 and getattr(record.raw_stream, "limit", 0) > 0:
        raise IncompleteBody("the record is cut off: the file is not whole.")
    if not raw.startswith(_MAGIC.get(coding.strip().lower(), b"")):
        coding = ""  # some writers keep the header with a body that they have decoded
    named = record.rec_headers
    date = isoparse(named.get_header("WARC-Date"))
    return ArchivedResponse(
        url=named.get_header("WARC-Target-URI"),
        first_url=named.get_header(_FIRST_URI) or named.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=headers,
        body=decode(raw, coding, max_bytes),
        date=date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC),
        offset=offset,
    )


def _all_of(stream: Any, max_bytes: int) -> bytes:
    """The stream to its end; a read of warcio may give less than asked. Raises BodyTooLarge."""
    raw = bytearray()
    while piece := stream.read(max_bytes + 1 - len(raw)):
        raw += piece
        if len(raw) > max_bytes:
            raise BodyTooLarge(f"the record is larger than {max_bytes:,} bytes: raise page_max_bytes to read it.")
    return bytes(raw)


def _bare(url: str) -> str:
    """`url` without userinfo; what is no URL is redacted."""
    try:
        return urls.split_credentials(url)[0]
    except ValueError:
        return urls.redact(url)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot write {path}: {error.strerror or error}; free some space or set NEWSFLOW_ARCHIVE_DIR.")
