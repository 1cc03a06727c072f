"""Ports for servers that are stopped and started again."""

from __future__ import annotations

import random
import socket
from pathlib import Path

_LEAST = 10_000  # below lie the ports of well-known services
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_TRIES = 1_000
_CHANCE = random.SystemRandom()  # the common one is seeded alike in every test process


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on just now, and that the kernel gives to nobody.

    A port from the kernel's own range would be gone if another process opened a connection while the server is down.
    """
    end = int(_RANGE.read_text().split()[0]) if _RANGE.exists() else 32_768
    held: list[socket.socket] = []
    try:
        for _ in range(_TRIES):
            if len(held) == number:
                return [s.getsockname()[1] for s in held]
            try:
                held.append(socket.create_server(("127.0.0.1", _CHANCE.randrange(_LEAST, end))))
            except OSError:
                continue
    finally:
        for s in held:
            s.close()
    raise RuntimeError(f"no {number} free ports between {_LEAST} and {end}")
