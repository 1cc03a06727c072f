"""WARCs as other programs write them: the way CC-NEWS does, with warcio and with fastwarc."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from fastwarc.stream_io import GzipWriter, WarcWriter, ZstdWriter
from fastwarc.warc import WarcRecord, request, response, warcinfo
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

FETCHED = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
_INFO = b"software: StormCrawler 3.2 https://stormcrawler.apache.org/\r\nformat: WARC File Format 1.0\r\n"
_HEAD = (("Content-Type", "text/html; charset=UTF-8"), ("X-Crawler-Content-Encoding", "gzip"))  # CC-NEWS keeps bodies decoded
_DATE = f"{FETCHED:%Y-%m-%dT%H:%M:%SZ}"

Pages = Mapping[str, bytes]  # by URL
Writer = Callable[[Path, Pages], None]


def with_warcio(path: Path, pages: Pages, *, packed: bool = True) -> None:
    """WARC 1.0, each record a member of its own where it is packed."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=packed, warc_version="1.0")
        dated = {"WARC-Date": _DATE, "WARC-IP-Address": "192.0.2.7"}
        writer.write_record(writer.create_warc_record("", "warcinfo", payload=BytesIO(_INFO), length=len(_INFO)))
        for url, body in pages.items():
            asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
            http = StatusAndHeaders("200 OK", [*_HEAD, ("Content-Length", str(len(body)))], protocol="HTTP/1.1")
            writer.write_record(writer.create_warc_record(url, "request", http_headers=asked, warc_headers_dict=dict(dated)))
            writer.write_record(
                writer.create_warc_record(
                    url, "response", payload=BytesIO(body), length=len(body), http_headers=http, warc_headers_dict=dict(dated)
                )
            )


def with_fastwarc(path: Path, pages: Pages, *, pack: type[GzipWriter | ZstdWriter] | None = GzipWriter) -> None:
    """WARC 1.1."""
    with path.open("wb") as raw:
        stream = pack(raw) if pack else raw
        records = []
        info = WarcRecord()
        info.init_headers(warcinfo)
        info.set_bytes_content(_INFO)
        records.append(info)
        for url, body in pages.items():
            lines = "".join(f"{name}: {value}\r\n" for name, value in (*_HEAD, ("Content-Length", str(len(body)))))
            for kind, content in (
                (request, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                (response, b"HTTP/1.1 200 OK\r\n" + lines.encode() + b"\r\n" + body),
            ):
                record = WarcRecord()
                record.init_headers(kind)
                record.record_date = FETCHED
                record.headers["WARC-Target-URI"] = url
                record.headers["Content-Type"] = f"application/http; msgtype={'request' if kind == request else 'response'}"
                record.is_http = True
                record.set_bytes_content(content)
                records.append(record)
        for record in records:
            record.write(stream, checksum_data=True)
            if isinstance(stream, WarcWriter):
                stream.finish()  # the next record is a member of its own
        if isinstance(stream, WarcWriter):
            stream.close()
