"""`python -m tests.web.child JSON`: fetch with the real client in a process of its own, and say what each fetch cost.

Memory is the peak of the resident set during the fetch over what was resident before; `getrusage` would count what the
parent used before it started this child.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from ingest.settings import Settings
from ingest.web.client import WebClient

_PROC = Path("/proc/self")


def _mib(name: str) -> float:
    found = re.search(rf"{name}:\s+(\d+) kB", (_PROC / "status").read_text())
    assert found is not None
    return int(found[1]) / 1024


async def main(urls: list[str], max_bytes: int, settings: dict[str, Any]) -> None:
    """Print a line for each of `urls`."""
    async with WebClient(Settings(**settings)) as client:
        await client.fetch("http://warm-up.example/", max_bytes=max_bytes)
        for url in urls:
            (_PROC / "clear_refs").write_text("5")  # the peak begins anew
            before, start = _mib("VmRSS"), time.process_time()
            exchange = await client.fetch(url, max_bytes=max_bytes)
            line = {
                "reason": exchange.error.reason if exchange.error else None,
                "status": exchange.status,
                "length": len(exchange.body),
                "grown_mib": _mib("VmHWM") - before,
                "cpu_s": time.process_time() - start,
                "elapsed_s": exchange.elapsed_s,
            }
            print(json.dumps(line), flush=True)  # read by the test


if __name__ == "__main__":
    asyncio.run(main(**json.loads(sys.argv[1])))
