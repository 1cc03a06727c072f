"""Undo a Content-Encoding in bounded pieces: a small body must not become a huge one (rules N8 and N9).

Every decoder gets its input in slices so small that one slice cannot grow far beyond the limit: 33 KB of zstd or
193 KB of brotli hold a gigabyte.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

import brotli  # type: ignore[import-untyped]
import zstandard

from ingest.errors import BadEncoding, BodyTooLarge, IncompleteBody

ACCEPT = "gzip, deflate, br, zstd"
_SLICE = 64 * 1024
_OUTPUT_STEP = 256 * 1024
# One zstd block makes at most 128 KiB of as few as 4 bytes, and its decoder has no limit on output: 256 bytes give 8 MiB.
_ZSTD_SLICE = 256
_ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659: no more may be asked of a client
# Each member costs a new decoder for as few as 20 bytes. Files made by concatenation have a handful.
_MAX_MEMBERS = 1_000
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZSTD_SKIPPABLE = b"\x2a\x4d\x18"  # behind a first byte of 0x50 to 0x5f


def decode(raw: bytes, content_encoding: str, max_bytes: int, *, cut: bool = False) -> bytes:
    """`raw` without its content coding: gzip, deflate (zlib or bare), br, zstd, identity or "".

    Raises BadEncoding (unknown, nested or broken), BodyTooLarge (more than `max_bytes`; memory stays below about
    2 * `max_bytes` + 8 MiB), IncompleteBody (the stream has no end). Bytes behind the end are ignored, as browsers do.
    With `cut`, the first `max_bytes` of a body that is longer, or of a stream that was cut, are what is wanted.
    """
    coding = content_encoding.strip().lower()
    if coding in ("", "identity") or not raw:
        if len(raw) > max_bytes and not cut:
            raise _too_large(max_bytes)
        return raw[:max_bytes]
    decoder = _DECODERS.get(coding)
    if decoder is None:
        # Nested codings serve nobody but attackers; clients disagree about what they mean.
        raise BadEncoding(f"the Content-Encoding {coding[:40]!r} is not one of {ACCEPT}: the server must send one that was asked for.")
    body = bytearray()
    try:
        for piece in decoder(raw):
            body += piece
            if len(body) > max_bytes:
                if cut:
                    break
                raise _too_large(max_bytes)
    except IncompleteBody:
        if not cut:
            raise
    except (zlib.error, brotli.error, zstandard.ZstdError) as error:
        raise BadEncoding(f"the body is not the {coding} that its Content-Encoding announces: {str(error)[:80]}.") from error
    return bytes(body[:max_bytes])


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"the body is larger than {max_bytes:,} bytes: raise feed_max_bytes or page_max_bytes to read it.")


def _cut_off(coding: str) -> IncompleteBody:
    return IncompleteBody(f"the {coding} stream of the body stops before its end: try again.")


def _too_many(coding: str) -> BadEncoding:
    return BadEncoding(f"the {coding} body has more than {_MAX_MEMBERS} parts: it is made to waste time.")


def _gzip(raw: bytes) -> Iterator[bytes]:
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    members = 1
    position = 0
    while position < len(raw):
        if decoder.eof:
            if not raw.startswith(_GZIP_MAGIC, position):
                return
            members += 1
            if members > _MAX_MEMBERS:
                raise _too_many("gzip")
            decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
        piece = raw[position : position + _SLICE]
        yield from _inflate(decoder, piece)
        position += len(piece) - len(decoder.unused_data)
    if not decoder.eof:
        raise _cut_off("gzip")


def _deflate(raw: bytes) -> Iterator[bytes]:
    # RFC 9110 means zlib by "deflate"; some servers send the bare stream. RFC 1950: the first two bytes tell.
    is_zlib = raw[0] & 0x0F == zlib.DEFLATED and int.from_bytes(raw[:2], "big") % 31 == 0
    decoder = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
    for start in range(0, len(raw), _SLICE):
        yield from _inflate(decoder, raw[start : start + _SLICE])
        if decoder.eof:
            return
    raise _cut_off("deflate")


def _inflate(decoder: zlib._Decompress, piece: bytes) -> Iterator[bytes]:
    while True:
        out = decoder.decompress(piece, _OUTPUT_STEP)
        yield out
        piece = decoder.unconsumed_tail
        # After a full step there may be output left inside the decoder although it took all input.
        if decoder.eof or (not piece and len(out) < _OUTPUT_STEP):
            return


def _brotli(raw: bytes) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for start in range(0, len(raw), _SLICE):
        yield decoder.process(raw[start : start + _SLICE], output_buffer_limit=_OUTPUT_STEP)
        while not decoder.can_accept_more_data():
            yield decoder.process(b"", output_buffer_limit=_OUTPUT_STEP)
        if decoder.is_finished():
            return
    while piece := decoder.process(b"", output_buffer_limit=_OUTPUT_STEP):  # it takes its input faster than it gives output
        yield piece
    if not decoder.is_finished():
        raise _cut_off("br")


def _zstd(raw: bytes) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    decoder = context.decompressobj()
    frames = 1
    position = 0
    while position < len(raw):
        if decoder.eof:
            if not (raw.startswith(_ZSTD_MAGIC, position) or raw.startswith(_ZSTD_SKIPPABLE, position + 1)):
                return
            frames += 1
            if frames > _MAX_MEMBERS:
                raise _too_many("zstd")
            decoder = context.decompressobj()
        piece = raw[position : position + _ZSTD_SLICE]
        yield decoder.decompress(piece)
        position += len(piece) - len(decoder.unused_data)
    if not decoder.eof:
        raise _cut_off("zstd")


_DECODERS: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
