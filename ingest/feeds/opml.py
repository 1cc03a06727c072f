"""OPML 1.0 to 2.0, in and out.

A list from elsewhere is as hostile as a feed: a document type, where entities would be declared, ends the reading before
anything is expanded, and nothing is ever loaded from a name in the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from xml.parsers import expat

import msgspec
from lxml import etree

from ingest.errors import UsageError
from ingest.feeds.text import one_line
from ingest.urls import clean_link, redact

MAX_NAME = 1_000  # characters of a title, a folder's level or a tag
# Half of the lists that people share have addresses with such in them.
_BARE_AMPERSAND = re.compile(rb"&(?!(?:#[0-9]+|#x[0-9a-fA-F]+|amp|lt|gt|quot|apos);)")


class FeedSource(msgspec.Struct, frozen=True, kw_only=True):
    """A feed as a list names it. `url` keeps its credentials; `folder` is the outline path, "/" between levels."""

    url: str
    title: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()


def read_opml(document: bytes) -> list[FeedSource]:
    """The feeds of an OPML document in its order; nested outlines are folders. A URL that comes twice counts once.

    Names of elements and attributes are read whatever their case. Raises UsageError, which names the line: not
    well-formed, not OPML, an address that is not http or https, or a document type declaration.
    """
    try:
        return _OpmlReader().read(document)
    except UsageError:
        escaped = _BARE_AMPERSAND.sub(b"&amp;", document)
        if escaped == document:
            raise
    return _OpmlReader().read(escaped)


def write_opml(sources: Iterable[FeedSource], *, title: str, now: datetime) -> bytes:
    """An OPML 2.0 document in UTF-8 that `read_opml` reads back. `now` becomes its dateCreated."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = one_line(title, MAX_NAME)
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    folders: dict[tuple[str, ...], etree._Element] = {(): etree.SubElement(root, "body")}
    for source in sources:
        path: tuple[str, ...] = ()
        for level in levels(source.folder):
            path, parent = (*path, level), folders[path]
            if path not in folders:
                folders[path] = etree.SubElement(parent, "outline", text=level, title=level)
        name = one_line(source.title, MAX_NAME)
        outline = etree.SubElement(folders[path], "outline", type="rss", text=name or source.url)
        if name:
            outline.set("title", name)
        outline.set("xmlUrl", source.url)
        if source.tags:
            outline.set("category", ",".join(source.tags))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


class _OpmlReader:
    """Collects the feeds of one document while expat walks it: no tree, no recursion, the line at hand."""

    def __init__(self) -> None:
        self._sources: dict[str, FeedSource] = {}
        self._path: list[str | None] = []  # one per open outline; None: a feed, which is no folder
        self._is_opml = False
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = self._refuse
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, document: bytes) -> list[FeedSource]:
        try:
            self._parser.Parse(document.lstrip(), True)  # noqa: FBT003  # expat takes no keyword
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise UsageError(f"line {error.lineno} is not well-formed XML ({what}): correct the file or export it again.") from error
        except (ValueError, LookupError) as error:  # an encoding that Python does not know
            raise UsageError(f"line 1 declares an encoding that cannot be read ({error}): save the file as UTF-8.") from error
        return list(self._sources.values())

    def _refuse(self, *_: object) -> None:
        raise UsageError(f"line {self._parser.CurrentLineNumber} declares a document type, which OPML has none of: remove it.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.lower()
        if not self._is_opml:
            if name != "opml":
                raise UsageError(f"line {self._parser.CurrentLineNumber} starts a <{name[:40]}>, not an <opml>: give a list of feeds.")
            self._is_opml = True
        if name != "outline":
            return
        values = {key.lower(): value for key, value in attributes.items()}
        label = one_line(values.get("title") or values.get("text") or "", MAX_NAME)
        url = values.get("xmlurl", "").strip()
        self._path.append(None if url else label)
        if url:
            self._add(feed_url(url, self._parser.CurrentLineNumber), label, values.get("category", ""))

    def _end(self, name: str) -> None:
        if name.lower() == "outline":
            self._path.pop()

    def _add(self, url: str, label: str, categories: str) -> None:
        tags = (one_line(tag, MAX_NAME).strip("/ ") for tag in categories.split(","))
        source = FeedSource(
            url=url,
            title="" if label == url else label,
            folder="/".join(levels("/".join(level for level in self._path if level))),
            tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
        )
        self._sources.setdefault(url, source)


def levels(folder: str) -> list[str]:
    """The levels of a folder, each one line; empty ones are none."""
    return [level for level in (one_line(part, MAX_NAME) for part in folder.split("/")) if level]


def feed_url(raw: str, line: int) -> str:
    """The address that `line` gives as `raw` with the "feed:" of old browsers replaced. Raises UsageError, without credentials."""
    url = raw
    if url[:5].lower() == "feed:":
        url = url[5:] if url[5:9].lower() == "http" else f"http:{url[5:]}"
    if clean_link(url) is None:
        raise UsageError(f"line {line}: {redact(raw)[:200]!r} is not an http or https URL: correct it or remove it.")
    return url
