"""The archive: requests, responses and failures as WARC (ISO 28500), written whole or not at all, read from any writer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from dateutil.parser import isoparse
from warcio.archiveiterator import ArchiveIterator
from warcio.bufferedreaders import ChunkedDataReader
from warcio.exceptions import ArchiveLoadFailed
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest import __version__, urls
from ingest.errors import FetchError, StorageError
from ingest.web.client import Exchange
from ingest.web.decode import decode

_HIDDEN = {"authorization", "cookie", "proxy-authorization"}
# The client has undone these; the WARC must not claim them, and keeps what was said under another name.
_UNDONE = {"transfer-encoding"}
_ORIGINAL = "X-Archive-Orig-"


class ArchivedResponse(NamedTuple):
    """A response as it lies in a WARC. `offset`: of its record, in bytes."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    date: datetime
    offset: int

    def header(self, name: str) -> str | None:
        """The first header called `name`."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class WarcWriter:
    """A WARC under a temporary name; it appears at `path` when the block ends well. Raises StorageError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}")

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._temporary.open("wb")
        except OSError as error:
            raise _cannot_write(self._path, error) from error
        self._writer: Any = WARCWriter(self._file, gzip=True)
        self._put(
            self._writer.create_warcinfo_record(self._path.name, {"software": f"Newsflow/{__version__}", "format": "WARC File Format 1.1"})
        )
        return self

    def write(self, exchange: Exchange) -> int:
        """Append a fetch; the offset of its response record (of its metadata record where nothing came)."""
        request = self._request(exchange)
        if exchange.error is not None or not exchange.status:
            answer = self._failure(exchange)
        else:
            answer = self._response(exchange)
        for record in (request, answer):
            record.rec_headers.add_header("WARC-Date", f"{exchange.fetched_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")
        answer_id = answer.rec_headers.get_header("WARC-Record-ID")
        request.rec_headers.add_header("WARC-Concurrent-To", answer_id)
        offset = self._file.tell()
        self._put(answer)
        self._put(request)
        return offset

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                self._temporary.replace(self._path)
        except OSError as fault:
            raise _cannot_write(self._path, fault) from fault
        finally:
            self._temporary.unlink(missing_ok=True)

    def _put(self, record: Any) -> None:
        try:
            self._writer.write_record(record)
        except OSError as error:
            raise _cannot_write(self._path, error) from error

    def _record(self, exchange: Exchange, kind: str, payload: bytes, http: StatusAndHeaders | None) -> Any:
        headers = {"WARC-IP-Address": exchange.ip} if exchange.ip else {}
        return self._writer.create_warc_record(
            urls.redact(exchange.final_url), kind, payload=BytesIO(payload), http_headers=http, warc_headers_dict=headers
        )

    def _request(self, exchange: Exchange) -> Any:
        parts = urlsplit(urls.redact(exchange.final_url))
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sent = [("Host", parts.netloc), *((k, v) for k, v in exchange.request_headers if k.lower() not in _HIDDEN)]
        return self._record(exchange, "request", b"", StatusAndHeaders(f"GET {path} HTTP/1.1", sent, is_http_request=True))

    def _response(self, exchange: Exchange) -> Any:
        received = [(_ORIGINAL + k if k.lower() in _UNDONE else k, v) for k, v in exchange.headers]
        return self._record(exchange, "response", exchange.raw, StatusAndHeaders(str(exchange.status), received, protocol="HTTP/1.1"))

    def _failure(self, exchange: Exchange) -> Any:
        reason = exchange.error.reason if exchange.error else "protocol"
        lines = [f"fetchFailure: {reason}", f"detail: {exchange.error or ''}", f"status: {exchange.status}"]
        return self._record(exchange, "metadata", "\r\n".join(lines).encode(), None)


def read_response(path: Path, offset: int, *, max_bytes: int) -> ArchivedResponse:
    """The response record at `offset`. Raises StorageError where there is none, FetchError where its body is broken."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            for record in ArchiveIterator(file, arc2warc=True):
                if record.rec_type == "response":
                    return _read(record, offset, max_bytes)
                break
    except (OSError, ArchiveLoadFailed, EOFError) as error:
        raise StorageError(f"cannot read {path} at {offset}: {error}; is the archive shared by all workers?") from error
    raise StorageError(f"there is no response at {offset} of {path}; has the file been changed?")


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
                    response = _read(record, 0, max_bytes)
                except FetchError:
                    continue
                yield response._replace(offset=records.get_record_offset())  # known once the record is read to its end
    except (ArchiveLoadFailed, EOFError, ValueError) as error:
        if not found:
            raise StorageError(f"{path} is not a WARC file: {str(error).strip().splitlines()[0][:120]}") from error
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error.strerror or error}") from error


def _read(record: Any, offset: int, max_bytes: int) -> ArchivedResponse:
    headers = tuple(record.http_headers.headers)
    encodings = ",".join(value for key, value in headers if key.lower() == "content-encoding")
    if any(key.lower() == "transfer-encoding" and "chunked" in value.lower() for key, value in headers):
        # Other writers keep the chunks, or only the header that speaks of them: warcio tells them apart.
        raw = ChunkedDataReader(record.raw_stream).read(max_bytes + 1)
    else:
        raw = record.raw_stream.read(max_bytes + 1)
    body = decode(raw, encodings, max_bytes)
    status = record.http_headers.get_statuscode()
    return ArchivedResponse(
        url=record.rec_headers.get_header("WARC-Target-URI").strip("<>"),
        status=int(status) if status and status.isdigit() else 0,
        headers=headers,
        body=body,
        date=isoparse(record.rec_headers.get_header("WARC-Date")).astimezone(UTC),
        offset=offset,
    )


def _cannot_write(path: Path, error: OSError) -> StorageError:
    return StorageError(f"cannot write {path}: {error.strerror}; free some space or set NEWSFLOW_ARCHIVE_DIR")
