"""`python -m tests.pipeline.fetching BATCH`: fetch it, as a worker of its own."""

from __future__ import annotations

import sys

from ingest.pipeline.context import open_context
from ingest.pipeline.fetch import fetch
from ingest.settings import load
from ingest.state.ledger import BatchRef

if __name__ == "__main__":
    with open_context(load()) as ctx:
        fetch(ctx, BatchRef.parse(sys.argv[1]))
