"""`python -m tests.pipeline.many_pages`: poll, and take all that was found to its end; how many articles, and the largest memory in bytes."""

from __future__ import annotations

import json
import sys

from ingest.pipeline.context import open_context
from ingest.pipeline.run import run_once
from ingest.settings import load
from tests.pipeline.memory import peak


def main() -> None:
    """Run as the product does."""
    with open_context(load()) as ctx:
        run_once(ctx)
        articles = sum(ctx.ledger.counts.outcomes().values())
    sys.stdout.write(json.dumps({"articles": articles, "peak": peak()}))


if __name__ == "__main__":
    main()
