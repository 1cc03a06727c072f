"""Which code extracts: kept with every article, so that replay can find those that an older one has made."""

from __future__ import annotations

from importlib.metadata import version

from ingest import __version__

EXTRACTOR_VERSION = f"newsflow {__version__}, trafilatura {version('trafilatura')}"  # at most 64 characters
