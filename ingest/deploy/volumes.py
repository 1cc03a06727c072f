"""Secrets on disk: kept in one folder, handed out in one folder per service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from ingest.deploy.secrets import Hosts, Secrets, choose, encode, files
from ingest.errors import StorageError

KEPT = "kept"  # the folder of them all, for this module alone
_ALL = "secrets.json"


def hand_out(root: Path, environment: Mapping[str, str], *, executor: str, hosts: Hosts) -> Secrets:
    """Choose the secrets, keep them below `root`, and write each service's files; run again it changes nothing.

    Files belong to the services' users where this process may give them away (root in a container). Raises StorageError.
    """
    kept = root / KEPT / _ALL
    try:
        chosen = choose(kept.read_bytes() if kept.exists() else None, environment)
        _write(kept, encode(chosen), uid=os.geteuid(), mode=0o400)
        for file in files(chosen, executor=executor, hosts=hosts):
            _write(root / file.folder / file.name, file.text.encode(), uid=file.uid, mode=file.mode)
    except msgspec.MsgspecError as error:
        raise StorageError(f"{kept} is damaged: restore it from a backup, or delete it to begin anew with new secrets") from error
    except OSError as error:
        raise StorageError(f"cannot keep secrets below {root}: {error.strerror}") from error
    return chosen


def read_secrets(folder: Path) -> Secrets:
    """All secrets, from a folder that holds them all. Raises StorageError."""
    try:
        return choose((folder / _ALL).read_bytes(), {})
    except (OSError, msgspec.MsgspecError) as error:
        raise StorageError(f"there are no secrets in {folder}: run `newsflow deploy secrets` first") from error


def _write(path: Path, data: bytes, *, uid: int, mode: int) -> None:
    """Whole or not at all, and never readable by others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != data:
        temporary = path.with_name(f".{path.name}.new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        temporary.replace(path)
    path.chmod(mode)
    path.parent.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(path.parent, uid, uid)
        os.chown(path, uid, uid)
