"""How servers misbehave, for `Site.raw`: each function makes one that speaks on the bare socket until it has done or is hung up on."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterable

from tests.site.server import Raw

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


def says(*parts: bytes) -> Raw:
    """Send these bytes as they are, and hang up."""
    return lambda sock: sock.sendall(b"".join(parts))


def waits(seconds: float, *parts: bytes) -> Raw:
    """Send these bytes after a pause."""

    def speak(sock: socket.socket) -> None:
        time.sleep(seconds)
        sock.sendall(b"".join(parts))

    return speak


def silent(ended: threading.Event | None = None) -> Raw:
    """Send nothing until the client hangs up."""

    def speak(sock: socket.socket) -> None:
        sock.recv(1)
        if ended:
            ended.set()

    return speak


def drips(head: bytes, piece: bytes, *, every_s: float, ended: threading.Event | None = None) -> Raw:
    """Send `head`, then `piece` again and again with a pause between; `ended` is set once the client has hung up."""

    def speak(sock: socket.socket) -> None:
        try:
            sock.sendall(head)
            while True:
                sock.sendall(piece)
                time.sleep(every_s)
        finally:
            if ended:
                ended.set()

    return speak


def drips_body(*, every_s: float, ended: threading.Event | None = None) -> Raw:
    """A whole head, then a body of one byte at a time."""
    return drips(OK + b"Content-Length: 100000\r\n\r\n", b"x", every_s=every_s, ended=ended)


def drips_headers(*, every_s: float, ended: threading.Event | None = None) -> Raw:
    """A head that never ends, one byte at a time."""
    return drips(OK + b"X-Slow: ", b"x", every_s=every_s, ended=ended)


def endless(head: bytes, piece: bytes) -> Raw:
    """Send `head`, then `piece` as fast as the client takes it."""
    return drips(head, piece, every_s=0)


def endless_chunks(content: bytes = bytes(65_536)) -> Raw:
    """A chunked body without a last chunk."""
    return endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n" % (len(content), content))


def endless_until_closed(content: bytes = bytes(65_536)) -> Raw:
    """A body without a length, which lasts as long as the connection."""
    return endless(OK + b"\r\n", content)


def announces(length: str, body: bytes) -> Raw:
    """Send `body` under any Content-Length at all, then hang up."""
    return says(OK, b"Content-Length: ", length.encode(), b"\r\n\r\n", body)


def encoded(coding: str, body: bytes) -> Raw:
    """Send `body` under any Content-Encoding, with its right length."""
    return says(OK, f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode(), body)


def with_headers(lines: Iterable[bytes]) -> Raw:
    """A small page with any header lines."""
    return says(OK, *(line + b"\r\n" for line in lines), b"Content-Length: 4\r\n\r\n", b"page")


def resets(head: bytes = b"") -> Raw:
    """Send `head`, then reset the connection."""

    def speak(sock: socket.socket) -> None:
        sock.sendall(head)
        time.sleep(0.05)  # or the client sees no byte of it
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    return speak
