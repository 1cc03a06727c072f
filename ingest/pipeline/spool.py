"""The files of a batch: zstd-compressed JSON lines, written under a temporary name and renamed when whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import zstandard

from ingest.errors import StorageError

T = TypeVar("T", bound=msgspec.Struct)
_LEVEL = 3  # zstd: articles shrink to a third at over 200 MB/s


class BatchFolder:
    """The spool folder of one batch. A file in it is whole or absent."""

    def __init__(self, spool: Path, batch_id: str) -> None:
        self.path = spool / batch_id

    def file(self, name: str) -> Path:
        return self.path / f"{name}.jsonl.zst"

    def has(self, name: str) -> bool:
        """Whether the stage that writes `name` is done."""
        return self.file(name).exists()

    def write(self, name: str, records: Iterable[msgspec.Struct]) -> None:
        """All `records` as lines of `name`. Raises StorageError and leaves no partial file (rule C9)."""
        target = self.file(name)
        temporary = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as raw:
                with zstandard.ZstdCompressor(level=_LEVEL).stream_writer(raw, closefd=False) as out:
                    for record in records:
                        out.write(msgspec.json.encode(record) + b"\n")
                raw.flush()
                os.fsync(raw.fileno())
            temporary.replace(target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise StorageError(f"cannot write {target}: {error.strerror}; free some space or set NEWSFLOW_SPOOL_DIR") from error

    def read(self, name: str, record: type[T]) -> Iterator[T]:
        """The lines of `name`. Raises StorageError where the file is missing or broken."""
        target = self.file(name)
        decoder = msgspec.json.Decoder(record)
        try:
            with target.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as stream:
                pending = b""
                while chunk := stream.read(1 << 20):
                    *lines, pending = (pending + chunk).split(b"\n")
                    yield from map(decoder.decode, lines)
        except (OSError, zstandard.ZstdError, msgspec.DecodeError) as error:
            raise StorageError(f"cannot read {target}: {error}; is the spool shared by all workers?") from error

    def remove(self) -> None:
        """Delete the folder; nothing where it is gone already."""
        shutil.rmtree(self.path, ignore_errors=True)
