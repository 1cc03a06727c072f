"""The command `newsflow`. Exit codes: 0 done, 1 failed, 2 used wrongly."""

from ingest.cli.app import main

__all__ = ["main"]
