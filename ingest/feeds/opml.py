"""Lists of feeds: OPML 2.0 (http://opml.org/spec2.opml) in and out, and plain lists of URLs in."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime

import msgspec
from lxml import etree

from ingest import urls
from ingest.errors import FeedRejected, UsageError
from ingest.feeds.prolog import as_utf8, without_prolog
from ingest.feeds.text import one_line

NAME_CHARS = 200  # of a title, folder or tag
_MARKUP = (b"<", codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BARE_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9a-f]{1,6});)", re.IGNORECASE)
_FEED = re.compile(rb"\sxmlUrl\s*=\s*[\"']")
_UNFIT = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # in no URL, and refused by XML


class FeedSource(msgspec.Struct, frozen=True):
    """A feed to poll, as a list names it. `url` may carry credentials; `folder` has "/" between its levels."""

    url: str
    title: str = ""
    folder: str = ""
    tags: tuple[str, ...] = ()


def read_sources(data: bytes) -> list[FeedSource]:
    """The feeds of an OPML document, or of a text with one URL a line (blank lines and `#` comments are skipped).

    A URL that is listed twice counts once. Raises UsageError that names the line.
    """
    if data.removeprefix(codecs.BOM_UTF8).lstrip().startswith(_MARKUP):
        return read_opml(data)
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"line {line}: not UTF-8 text; give an OPML file or a text file with one URL a line.") from error
    named = ((number, line.strip()) for number, line in enumerate(lines, start=1))
    return _distinct(FeedSource(_url(line, number)) for number, line in named if line and not line.startswith("#"))


def read_opml(data: bytes) -> list[FeedSource]:
    """The feeds of an OPML document; outlines around them are their folder. Raises UsageError that names the line.

    Document types with declarations of their own are refused, as in feeds.
    """
    try:
        document = as_utf8(data, None)
        without_prolog(document)
    except FeedRejected as error:
        raise UsageError(f"the list cannot be read: {error}.") from error
    root = _root(data, document)
    if root.tag != "opml":
        raise UsageError(f"the list is a <{one_line(str(root.tag), NAME_CHARS)}> document, not OPML: add a feed by newsflow feeds add URL.")
    return _distinct(_outlines(root))


def write_opml(sources: Sequence[FeedSource], *, title: str, now: datetime) -> bytes:
    """`sources` as an OPML 2.0 document, without credentials; `read_opml` gives them back."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = one_line(title, NAME_CHARS)
    etree.SubElement(head, "dateCreated").text = format_datetime(now)
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for source in sources:
        parent = body
        path: tuple[str, ...] = ()
        for name in filter(None, (_label(part) for part in source.folder.split("/"))):
            path = (*path, name)
            if path not in folders:
                folders[path] = etree.SubElement(parent, "outline", text=name)
            parent = folders[path]
        url = _UNFIT.sub("", urls.split_credentials(source.url)[0])
        name = _label(source.title)
        # OPML demands a text; one that is the address stands for none.
        outline = etree.SubElement(parent, "outline", type="rss", text=name or url, xmlUrl=url)
        if name:
            outline.set("title", name)
        if source.tags:
            outline.set("category", ",".join(filter(None, (_label(tag).replace(",", " ") for tag in source.tags))))
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _root(data: bytes, document: bytes) -> etree._Element:
    try:
        return etree.fromstring(data.strip(), _parser())
    except etree.XMLSyntaxError as error:
        # Lists made by hand often hold a bare & or < in a title. They are mended where no feed gets lost by it.
        mended = etree.fromstring(_BARE_AMPERSAND.sub(b"&amp;", document), _parser(recover=True))
        kept = 0 if mended is None else sum("xmlUrl" in outline.attrib for outline in mended.iter("outline"))
        if not kept or kept < len(_FEED.findall(document)):
            why = one_line(error.msg or "", NAME_CHARS)
            raise UsageError(f"line {error.lineno}: broken XML ({why}); correct it or export the list again.") from error
        return mended


def _parser(*, recover: bool = False) -> etree.XMLParser:
    # No huge_tree: libxml2's own limits of depth and size hold. Nothing is loaded, no entity resolved.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=recover)


def _outlines(root: etree._Element) -> Iterable[FeedSource]:
    folder: list[str] = []
    for event, outline in etree.iterwalk(root, events=("start", "end"), tag="outline"):
        members = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        name = _label(members.get("title") or members.get("text") or "")
        if "xmlurl" not in members:
            folder.append(name) if event == "start" else folder.pop()
        elif event == "start":
            url = _url(members["xmlurl"].strip(), outline.sourceline or 0)
            tags = (_label(tag.strip().strip("/")) for tag in members.get("category", "").split(","))
            title = "" if name == _label(url) else name
            yield FeedSource(url, title=title, folder=_path(folder), tags=tuple(filter(None, tags)))


def _path(names: Iterable[str]) -> str:
    # A "/" within a name makes two levels of it.
    levels = (level.strip() for name in names for level in name.split("/"))
    return "/".join(filter(None, levels))


def _url(raw: str, line: int) -> str:
    # Browsers hand feeds over as feed://host/path or feed:https://host/path.
    url = re.sub(r"^feed:(?://)?(https?:)?(?://)?", lambda match: f"{match[1] or 'http:'}//", raw, count=1, flags=re.IGNORECASE)
    if _UNFIT.search(url) or urls.clean_link(url) is None:
        shown = one_line(urls.redact(url), NAME_CHARS)
        raise UsageError(f"line {line}: {shown!r} is not an http or https URL; correct it or take it out.")
    return url


def _label(text: str) -> str:
    return one_line(text, NAME_CHARS)


def _distinct(sources: Iterable[FeedSource]) -> list[FeedSource]:
    kept: dict[str, FeedSource] = {}
    for source in sources:
        kept.setdefault(source.url, source)
    if not kept:
        raise UsageError("there is no feed in the list: give an OPML file or a text file with one URL a line.")
    return list(kept.values())
