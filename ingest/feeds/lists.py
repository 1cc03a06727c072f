"""Lists of feeds of any kind: OPML, CSV with a header line, or one URL a line."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from ingest.errors import UsageError
from ingest.feeds.opml import MAX_NAME, FeedSource, feed_url, levels, read_opml
from ingest.feeds.text import one_line

# The names that spreadsheets give to the columns in English and German, lower-case.
_COLUMNS = {
    "url": ("url", "feed", "feed_url", "feed url", "xmlurl", "rss", "link", "address", "adresse"),
    "title": ("title", "name", "publisher", "source", "titel", "quelle"),
    "folder": ("folder", "category", "group", "ordner", "kategorie", "gruppe"),
    "tags": ("tags", "labels", "tag", "label", "schlagworte", "schlagwörter"),
}
_DELIMITERS = ",;\t"
_TAG_BREAKS = re.compile(r"[,;|]")


def read_sources(document: bytes) -> list[FeedSource]:
    """The feeds of an OPML document, a CSV, or a text with one URL a line, where `#` starts a comment.

    A CSV has a first line with a column `url` and any of `title`, `folder` and `tags` (several parted by comma,
    semicolon or bar), or other names that `_COLUMNS` has for them. Bytes that are no UTF-8 are Windows-1252. A URL
    that comes twice counts once. Raises UsageError, which names the line.
    """
    text = _decoded(document)
    if text.lstrip().startswith("<"):
        return read_opml(document)
    lines = text.splitlines()
    delimiter = _delimiter(lines[0]) if lines else None
    sources: dict[str, FeedSource] = {}
    for source in _csv(lines, delimiter) if delimiter else _plain(lines):
        sources.setdefault(source.url, source)
    return list(sources.values())


def _plain(lines: list[str]) -> Iterator[FeedSource]:
    for number, line in enumerate(lines, start=1):
        words = line.split("#", 1) if line.lstrip().startswith("#") else line.split(" #", 1)
        if url := words[0].strip():
            yield FeedSource(url=feed_url(url, number))


def _delimiter(header: str) -> str | None:
    """What parts the columns where `header` is the first line of a CSV."""
    for delimiter in _DELIMITERS:
        names = {name.strip().strip('"').lower() for name in header.split(delimiter)}
        if names & {*_COLUMNS["url"]} and (len(names) > 1 or "url" in names):
            return delimiter
    return None


def _csv(lines: list[str], delimiter: str) -> Iterator[FeedSource]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(reader)]
        places = {field: next((header.index(n) for n in names if n in header), None) for field, names in _COLUMNS.items()}
        for row in reader:
            values = {field: row[place].strip() if place is not None and place < len(row) else "" for field, place in places.items()}
            if not any(cell.strip() for cell in row):
                continue
            if not values["url"]:
                raise UsageError(
                    f"line {reader.line_num} has no address in its column {header[places['url'] or 0]!r}: correct it or remove it."
                )
            tags = (one_line(tag, MAX_NAME).strip("/ ") for tag in _TAG_BREAKS.split(values["tags"]))
            yield FeedSource(
                url=feed_url(values["url"], reader.line_num),
                title=one_line(values["title"], MAX_NAME),
                folder="/".join(levels(values["folder"])),
                tags=tuple(dict.fromkeys(tag for tag in tags if tag)),
            )
    except csv.Error as error:
        raise UsageError(f"line {reader.line_num} is no CSV ({error}): correct the file or export it again.") from error


def _decoded(document: bytes) -> str:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if document.startswith(mark):
            return document.decode(encoding, "replace")
    try:
        return document.decode()
    except UnicodeDecodeError:
        return document.decode("cp1252", "replace")  # as Excel saves a CSV in most of Europe
