"""Compiled queries in a file: to parse and analyse 10,000 takes seconds, and every task is a process of its own.

The file is plain data behind a checksum that the program's code is a part of. It is replaced as a whole, so any number of
processes read and write it; one that is missing, damaged or of other code is as good as none.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
from importlib.metadata import version
from pathlib import Path

import msgspec
import numpy as np

from ingest.log import logger
from ingest.search.embedded.compiled import Compiled
from ingest.search.embedded.sieve import Sieve

_FOLDERS = (Path(__file__).parent, Path(__file__).parents[1])  # where it is decided what a query asks
_SUM_BYTES = 16


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    queries: list[str]
    columns: list[str]
    numbers: tuple[bytes, bytes, bytes, bytes, bytes, bytes]  # of the sieve and `starts`, as little-endian uint32
    enough: bytes
    clauses: bytes


def read(path: Path) -> Compiled | None:
    """What was kept; None where there is nothing of use."""
    try:
        content = path.read_bytes()
        checksum, body = content[:_SUM_BYTES], content[_SUM_BYTES:]
        if checksum != _checksum(body):
            return None
        stored = _DECODER.decode(body)
    except (OSError, msgspec.MsgspecError):
        return None
    items, groups, rows, places, always, starts = (np.frombuffer(numbers, "<u4") for numbers in stored.numbers)
    sieve = Sieve(items, groups, rows, places, always, np.frombuffer(stored.enough, np.bool_))
    return Compiled(stored.queries, stored.columns, sieve, stored.clauses, starts)


def write(path: Path, compiled: Compiled) -> None:
    """Keep it, whole or not at all. Where that cannot be, each process compiles anew."""
    *sieve, enough = compiled.sieve
    numbers = tuple(array.astype("<u4").tobytes() for array in (*sieve, compiled.starts))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        body = msgspec.msgpack.encode((compiled.queries, compiled.columns, numbers, enough.tobytes(), compiled.clauses))
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_checksum(body) + body)
        temporary.replace(path)
    except (OSError, UnicodeEncodeError) as error:  # a query may hold half a character
        logger().warning("compiled rules not kept", path=str(path), error=str(error))


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_SUM_BYTES, key=_code()).digest()


@functools.cache
def _code() -> bytes:
    """What changes whenever the same query may be compiled differently."""
    sources = [path.read_bytes() for folder in _FOLDERS for path in sorted(folder.glob("*.py"))]
    packages = [f"{name} {version(name)}".encode() for name in ("luqum", "tantivy", "msgspec")]
    return hashlib.blake2b(b"\0".join([*sources, *packages, platform.python_version().encode()])).digest()


_DECODER = msgspec.msgpack.Decoder(_Stored)
