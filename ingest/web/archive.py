"""The archive: requests, responses and failures as WARC 1.1 (ISO 28500), written whole or not at all.

Reading is `ingest.web.archived`; its names are here too.
"""

from __future__ import annotations

import contextlib
import os
import uuid
import zlib
from collections.abc import Mapping
from datetime import UTC
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Self
from urllib.parse import quote, urlsplit

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from ingest import __version__, urls
from ingest.errors import StorageError
from ingest.web.archived import FIRST_URI, ArchivedResponse, Losses, iter_responses, read_response
from ingest.web.client import Exchange

__all__ = ["ArchivedResponse", "Losses", "WarcWriter", "Written", "iter_responses", "read_response"]

_LEVEL = 6
_HIDDEN = frozenset({"authorization", "cookie", "proxy-authorization"})
# The client has undone these; the WARC must not claim them, and keeps what was said under another name.
_UNDONE = frozenset({"transfer-encoding"})
_ORIGINAL = "X-Archive-Orig-"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Written(NamedTuple):
    """A record in the file: its first byte, and its WARC-Record-ID, "urn:uuid:…"."""

    offset: int
    record_id: str


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
        self._writer: Any = _Writer(self._file, gzip=False, warc_version="1.1")
        info = {"software": f"Newsflow/{__version__}", "format": "WARC File Format 1.1"}
        try:
            self._put(self._writer.create_warcinfo_record(self._path.name, info))
        except StorageError:
            self._discard()
            raise
        return self

    def write(self, exchange: Exchange) -> Written:
        """Append a fetch; where its response record is (its metadata record where no full response came)."""
        failed = exchange.error is not None or not exchange.status
        answer = self._failure(exchange) if failed else self._response(exchange)
        answer_id = answer.rec_headers.get_header("WARC-Record-ID")
        offset = self._file.tell()
        self._put(answer)
        self._put(self._request(exchange, answer_id))
        if exchange.hops and not failed:
            self._put(self._record(exchange, "metadata", _fields(_hops(exchange)), None, WARC_Concurrent_To=answer_id))
        return Written(offset, answer_id.strip("<>"))

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
            headers[FIRST_URI] = _bare(exchange.url)
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
        # A URL may come in letters beyond ASCII; a request line cannot.
        target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_PRINTABLE)
        sent = [(name, "***" if name.lower() in _HIDDEN else value) for name, value in exchange.request_headers]
        if not any(name.lower() == "host" for name, _ in sent):  # the connection never came so far
            sent.insert(0, ("Host", parts.netloc))
        http = StatusAndHeaders(f"GET {target} HTTP/1.1", sent, is_http_request=True)
        return self._record(exchange, "request", b"", http, WARC_Concurrent_To=answer_id)

    def _response(self, exchange: Exchange) -> Any:
        received = [(_ORIGINAL + name if name.lower() in _UNDONE else name, value) for name, value in exchange.headers]
        http = StatusAndHeaders(f"{exchange.status} {_phrase(exchange.status)}", received, protocol="HTTP/1.1")
        # The client accepts an error page whose body failed: a part of it would only be taken for the whole.
        whole = exchange.status < 400 or bool(exchange.body) or not exchange.raw
        more = {} if whole else {"WARC_Truncated": "unspecified"}
        return self._record(exchange, "response", exchange.raw if whole else b"", http, **more)

    def _failure(self, exchange: Exchange) -> Any:
        error = exchange.error
        fields: dict[str, object] = {
            "fetchFailure": error.reason if error else "protocol",
            "detail": error or "",
            "status": exchange.status,
        }
        return self._record(exchange, "metadata", _fields(fields | _hops(exchange)), None)


class _Writer(WARCWriter):  # type: ignore[misc]  # warcio has no types
    """Fields of a metadata record are its block: it has no payload that a digest could be of (ISO 28500, 5.9), and readers look for one."""

    NO_PAYLOAD_DIGEST_TYPES = (*WARCWriter.NO_PAYLOAD_DIGEST_TYPES, "metadata")


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


def _hops(exchange: Exchange) -> dict[str, str]:
    """The redirects of a fetch, as fields of a metadata record."""
    return {f"hop-{number}": f"{hop.status} {hop.location}" for number, hop in enumerate(exchange.hops, start=1)}


def _fields(fields: Mapping[str, object]) -> bytes:
    """As `application/warc-fields`: each on a line of its own, whatever its value holds."""
    return "".join(f"{name}: {' '.join(str(value).split())}\r\n" for name, value in fields.items()).encode()


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
