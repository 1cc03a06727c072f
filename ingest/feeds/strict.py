"""Well-formed documents in UTF-8, read by feedparser's own handlers, without what feedparser does beside and nobody here reads.

`feedparser.parse` decodes and encodes the document once more, gets each line and each entity of a text by itself, takes
each character through a table that changes 27 of all, copies what holds for a text by `deepcopy`, finds out base, language
and namespaces of each element anew, and tries up to a dozen readers on each date. What is read here is the same but for the dates: the tests compare the two on all feeds there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, Self
from xml.sax import handler
from xml.sax.expatreader import ExpatParser

from feedparser.api import StrictFeedParser
from feedparser.sanitizer import replace_doctype
from feedparser.util import FeedParserDict

from ingest.feeds.draft import MAX_NAMES

TEXT_BYTES = 1 << 16  # that expat hands over at once; longer texts come in pieces, which feedparser joins
_CHANGED = re.compile(r"[\x80-\x9f]")  # by feedparser's table of Windows-1252
_SPECIAL = frozenset(("rss", "feed", "svg", "math"))  # names of elements that feedparser treats by themselves
_OF_INPUTS = frozenset(("title", "link", "description", "name"))
_OF_IMAGES = frozenset(("title", "link", "description", "url", "href", "width", "height"))
# Attributes that hold for their element only.
_ORDINARY = frozenset(
    (
        *("bitrate", "channels", "domain", "duration", "expression", "fileSize", "framerate", "height", "href", "hreflang", "isDefault"),
        *("isPermaLink", "label", "length", "medium", "rel", "role", "samplingrate", "scheme", "term", "text", "title", "type"),
        *("url", "width"),
    )
)


def read(document: bytes) -> dict[str, Any]:
    """`feed`, `entries` and `version` as feedparser gives them, without `…_parsed` and with the first MAX_NAMES `tags`.

    Raises SAXException where `document` is not well-formed, and whatever feedparser's handlers raise.
    """
    version, document, _ = replace_doctype(document)
    feed = _Handler("", None, "utf-8")
    feed.resolve_relative_uris = feed.sanitize_html = False
    _Reader(feed).feed(document, isFinal=True)
    return {"feed": feed.feeddata, "entries": feed.entries, "version": version or feed.version}


class _Reader(ExpatParser):
    """The standard library's reader, with texts in whole runs: of escaped HTML it makes a call for each 15 characters."""

    def __init__(self, feed: _Handler) -> None:
        super().__init__()
        self._feed = feed
        self.setFeature(handler.feature_namespaces, state=True)
        self.setContentHandler(feed)
        self.setErrorHandler(feed)

    def reset(self) -> None:
        super().reset()
        self._parser.buffer_text = True  # type: ignore[attr-defined]  # typeshed leaves it out
        self._parser.buffer_size = TEXT_BYTES  # type: ignore[attr-defined]

    def start_element_ns(self, name: str, attrs: Mapping[str, str]) -> None:
        tag = _tag(name)
        if tag is None or not self._feed.start_plain(tag, attrs):
            super().start_element_ns(name, attrs)

    def end_element_ns(self, name: str) -> None:
        if tag := _tag(name):
            self._feed.unknown_endtag(tag.whole)
        else:
            super().end_element_ns(name)


class _Tag(NamedTuple):
    """An element's name as feedparser knows it: `whole` is "dc:creator"."""

    prefix: str
    local: str
    whole: str


@lru_cache(maxsize=1_024)
def _tag(name: str) -> _Tag | None:
    """What feedparser calls the element that is `name` to expat: "local", "uri local" or "uri local prefix". None where it depends on the document."""
    *namespace, local = name.split()[:2]
    prefix = StrictFeedParser.namespaces.get(namespace[0]) if namespace else ""
    if prefix is None or not local.islower() or local in _SPECIAL or "backend.userland.com/rss" in name:
        return None
    prefix = prefix.lower()
    return _Tag(prefix, local, f"{prefix}:{local}" if prefix else local)


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

    def start_plain(self, tag: _Tag, attrs: Mapping[str, str]) -> bool:
        """Begin an element with the base, language and namespaces of its parent. False, and nothing done, where it is none or within a text."""
        if self.incontent or self.baseuri or self.decls or not _ORDINARY.issuperset(attrs):
            return False
        self.depth += 1
        self.basestack.append("")
        self.langstack.append(self.lang)
        prefix, local = self.namespacemap.get(tag.prefix, tag.prefix), tag.local
        if not prefix and local not in _OF_INPUTS:
            self.intextinput = 0
        if not prefix and local not in _OF_IMAGES:
            self.inimage = 0
        own = {key.lower(): value.lower() if key in ("rel", "type") else value for key, value in attrs.items()}
        local = f"{prefix}_{local}" if prefix else local
        try:
            getattr(self, f"_start_{local}")(own)
        except AttributeError:  # no such method, or one that fails: feedparser does not tell them apart
            if own:
                self._get_context()[local] = own
            else:
                self.push(local, 1)
        return True

    def push_content(self, *arguments: object) -> None:
        super().push_content(*arguments)
        self.contentparams = _Params(self.contentparams)

    def _add_tag(self, *about: str | None) -> None:
        # feedparser compares each with all before it.
        if len(dict.get(self._get_context(), "tags", ())) < MAX_NAMES:
            super()._add_tag(*about)

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
