"""Well-formed documents in UTF-8, read by feedparser's own handlers, without what feedparser does beside and nobody here reads.

`feedparser.parse` decodes and encodes the document once more, gets each line and each entity of a text by itself, takes
each character through a table that changes 27 of all, copies what holds for a text by `deepcopy`, and tries up to a dozen
readers on each date. What is read here is the same but for the dates: the tests compare the two on all feeds there are.
"""

from __future__ import annotations

import re
from typing import Any, Self
from xml.sax import handler
from xml.sax.expatreader import ExpatParser

from feedparser.api import StrictFeedParser
from feedparser.sanitizer import replace_doctype
from feedparser.util import FeedParserDict

TEXT_BYTES = 1 << 16  # that expat hands over at once; longer texts come in pieces, which feedparser joins
_CHANGED = re.compile(r"[\x80-\x9f]")  # by feedparser's table of Windows-1252


def read(document: bytes) -> dict[str, Any]:
    """`feed`, `entries` and `version` as feedparser gives them, without `…_parsed`.

    Raises SAXException where `document` is not well-formed, and whatever feedparser's handlers raise.
    """
    version, document, _ = replace_doctype(document)
    feed = _Handler("", None, "utf-8")
    feed.resolve_relative_uris = feed.sanitize_html = False
    reader = _Reader()
    reader.setFeature(handler.feature_namespaces, state=True)
    reader.setContentHandler(feed)
    reader.setErrorHandler(feed)
    reader.feed(document, isFinal=True)
    return {"feed": feed.feeddata, "entries": feed.entries, "version": version or feed.version}


class _Reader(ExpatParser):
    """The standard library's reader, with texts in whole runs: of escaped HTML it makes a call for each 15 characters."""

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]  # typeshed leaves it out
        self._parser.buffer_size = TEXT_BYTES  # type: ignore[attr-defined]


class _Text(str):
    """A text that is taken through a table only where one of its characters may be in it."""

    __slots__ = ()

    def translate(self, table: Any) -> str:
        return str.translate(self, table) if not self.isascii() and _CHANGED.search(self) else str(self)


class _Params(FeedParserDict):  # type: ignore[misc]  # feedparser has no types
    """What holds for a text: strings, none of them under a name that FeedParserDict would look up as another."""

    get = dict.get
    __getitem__ = dict.__getitem__

    def __deepcopy__(self, memo: object) -> Self:
        return self.__class__(self)


class _Handler(StrictFeedParser):  # type: ignore[misc]  # feedparser has no types
    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)
        self.contentparams = _Params()

    def push_content(self, *arguments: object) -> None:
        super().push_content(*arguments)
        self.contentparams = _Params(self.contentparams)

    @staticmethod
    def decode_entities(_: str, text: str) -> str:
        """What feedparser calls for each text before it takes it through its table."""
        return _Text(text)

    # Dates are read from their text.
    def _end_published(self) -> None:
        self.pop("published")

    def _end_updated(self) -> None:
        self.pop("updated")

    def _end_created(self) -> None:
        self.pop("created")

    def _end_expirationdate(self) -> None:
        self.pop("expired")

    _end_issued = _end_pubdate = _end_published
    _end_modified = _end_lastbuilddate = _end_updated
