"""`python -m ingest` is `newsflow`."""

from ingest.cli import main

main()
