"""Structured logs: an event name and fields, one line for each event, no raw control bytes, no secrets.

Code calls `logger()` and names URLs by `ingest.urls.redact`. Only the command line calls `configure`; under Airflow the
events go through Airflow's own structlog set-up.
"""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from typing import cast

import structlog

from ingest.settings import Settings


def logger() -> structlog.stdlib.BoundLogger:
    """The project's logger."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger("newsflow"))


def configure(settings: Settings) -> None:
    """Write events to standard error: readable on a terminal, JSON lines elsewhere."""
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and sys.stderr.isatty())
    # Both renderers escape control characters in values, so a hostile title cannot forge a line (rule O3).
    renderer = structlog.dev.ConsoleRenderer() if as_text else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[settings.log_level.upper()]),
        logger_factory=lambda *_names: _Lines(sys.stderr),  # what is standard error when an event comes
        cache_logger_on_first_use=False,
    )


class _Lines(structlog.PrintLogger):
    """Writes a line for each event. One that cannot be written is lost, and nothing else: a full disk of logs stops no crawl."""

    def msg(self, message: str) -> None:
        with suppress(OSError):
            super().msg(message)

    log = debug = info = warn = warning = fatal = failure = err = error = critical = exception = msg
