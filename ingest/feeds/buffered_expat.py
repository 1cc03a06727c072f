"""Expat for feedparser, with text in whole runs.

Python's own reader hands over every line and every entity by itself: of escaped HTML that is a call for each 15
characters, and most of the time that feedparser takes. feedparser finds this module by its name.
"""

from __future__ import annotations

from xml.sax.expatreader import ExpatParser

BUFFER_BYTES = 1 << 16  # longer texts come in pieces, which feedparser joins


class BufferedExpatParser(ExpatParser):
    """The standard library's parser, buffering."""

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]  # typeshed leaves it out
        self._parser.buffer_size = BUFFER_BYTES  # type: ignore[attr-defined]


def create_parser() -> BufferedExpatParser:
    """What `xml.sax.make_parser` calls."""
    return BufferedExpatParser()
