"""Undo a Content-Encoding in bounded pieces: a small body must not become a huge one (rules N8, N9)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]
import zstandard

from ingest.errors import BadEncoding, BodyTooLarge, IncompleteBody

ACCEPT = "gzip, deflate, br, zstd"
_PIECE = 64 * 1024  # bytes produced at once


def decode(raw: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """The decoded body. Raises BodyTooLarge past `max_bytes`, IncompleteBody where the stream is cut off, BadEncoding."""
    encoding = content_encoding.strip().lower()
    if encoding in {"", "identity"} or not raw:
        return _collect(iter([raw]), max_bytes)
    decoder = _DECODERS.get(encoding)
    if decoder is None:
        # Nested encodings serve nobody but attackers; clients disagree about what they mean.
        raise BadEncoding(f"the Content-Encoding {encoding[:40]!r} is not one of {ACCEPT}")
    try:
        return _collect(decoder(raw), max_bytes)
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise BadEncoding(f"the body is no {encoding}: {str(error)[:80]}") from error


def _collect(pieces: Iterator[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    for piece in pieces:
        body += piece
        if len(body) > max_bytes:
            raise BodyTooLarge(f"the body is larger than {max_bytes:,} bytes")
    return bytes(body)


def _zlib(raw: bytes, window_bits: int) -> Iterator[bytes]:
    while raw:
        stream = zlib.decompressobj(window_bits)
        yield stream.decompress(raw, _PIECE)
        while not stream.eof:
            before = stream.unconsumed_tail
            piece = stream.decompress(before, _PIECE)
            if not piece and not stream.eof and len(stream.unconsumed_tail) == len(before):
                raise IncompleteBody("the compressed body is cut off")
            yield piece
        # gzip allows several members one after the other; what is no member behind the last is ignored, as browsers do.
        raw = stream.unused_data if window_bits > zlib.MAX_WBITS and stream.unused_data[:2] == b"\x1f\x8b" else b""


def _gzip(raw: bytes) -> Iterator[bytes]:
    return _zlib(raw, 16 + zlib.MAX_WBITS)


def _deflate(raw: bytes) -> Iterator[bytes]:
    # RFC 9110 means zlib, some servers send the bare stream: the first byte tells.
    zlib_form = len(raw) > 1 and raw[0] & 0x0F == 8 and int.from_bytes(raw[:2], "big") % 31 == 0
    return _zlib(raw, zlib.MAX_WBITS if zlib_form else -zlib.MAX_WBITS)


def _brotli(raw: bytes) -> Iterator[bytes]:
    stream = brotli.Decompressor()
    piece = stream.process(raw, output_buffer_limit=_PIECE)
    while True:
        yield piece
        if stream.is_finished():
            return
        if stream.can_accept_more_data():
            piece = stream.process(b"", output_buffer_limit=_PIECE)
            if not piece and not stream.is_finished():
                raise IncompleteBody("the compressed body is cut off")
            continue
        piece = stream.process(b"", output_buffer_limit=_PIECE)


def _zstd(raw: bytes) -> Iterator[bytes]:
    # The window is capped as RFC 9659 asks of HTTP: 8 MiB.
    reader = zstandard.ZstdDecompressor(max_window_size=8 * 1024 * 1024).stream_reader(raw, read_across_frames=True)
    produced = False
    while piece := reader.read(_PIECE):
        produced = True
        yield piece
    if not _zstd_whole(raw, produced=produced):
        raise IncompleteBody("the compressed body is cut off")


def _zstd_whole(raw: bytes, *, produced: bool) -> bool:
    """Whether the last frame ends: the reader itself does not tell. Checked block by block, nothing is decompressed."""
    del produced
    at = 0
    while at < len(raw):
        try:
            frame = zstandard.get_frame_parameters(raw[at:])
        except zstandard.ZstdError:
            return at > 0
        at += zstandard.frame_header_size(raw[at:])
        last = False
        while not last:
            if at + 3 > len(raw):
                return False
            header = int.from_bytes(raw[at : at + 3], "little")
            last, kind, size = bool(header & 1), header >> 1 & 3, header >> 3
            at += 3 + (1 if kind == 1 else size)
        at += 4 if frame.has_checksum else 0
        if at > len(raw):
            return False
    return True


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
