"""The tree of a page: parsed once, with the limits that lxml alone does not set."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingest.extract.sniff import prolog_end

# What libxml2 drops or trips over: on bytes controls are gone eight times as fast as by a regular expression.
_CONTROLS = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NO_CHARACTERS = ("\ufffe", "\uffff")
LONG_TAG = 20_000  # characters; shorter ones cannot hold enough attributes to hurt
MAX_ATTRIBUTES = 1_000  # libxml2 compares each attribute with each other: 20,000 take 0.4 s, 100,000 over a minute
_TAG_START = re.compile(rf"<[a-zA-Z][^<]{{{LONG_TAG}}}")
_ATTRIBUTE = re.compile(r"""[\s/]+[^\s=<>"'/][^\s=<>/]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']*))?""")
_CLOSED_ROOT = re.compile(r"(<html\b[^<>]{0,2000}?)/\s*>", re.IGNORECASE)  # libxml2 takes it for the whole page
# lxml.html asks Python for the class of every element it meets, a fifth of the time that extraction takes. One class for all
# has every method that is called here and in trafilatura; those of forms are not.
_CLASSES = etree.ElementDefaultClassLookup(element=HtmlElement)
# No text stands in these; data of scripts is most of the bytes of many pages.
_UNREAD = ("style", "svg", "template")


def parse(text: str) -> HtmlElement | None:
    """The root element `html` of `text`, without comments, styles and scripts other than JSON-LD. None where there is nothing.

    Elements nest at most 2,048 deep (libxml2); what lies below is lost. Raises MemoryError.
    """
    source = _without_attribute_floods(text[prolog_end(text) :])
    if root_tag := _CLOSED_ROOT.match(source):
        source = f"{root_tag[1]}>{source[root_tag.end() :]}"
    # The default of lxml, 256 levels and 10 MB of text in a row, loses whole pages without a word.
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, collect_ids=False)
    parser.set_element_class_lookup(_CLASSES)
    try:
        root = document_fromstring(_bytes(source), parser=parser)
    except (etree.LxmlError, ValueError):
        last = parser.error_log.last_error
        if last is not None and last.type == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from None  # that is no fault of the page
        return None
    for script in root.iter("script"):
        if "json" not in script.get("type", ""):
            script.tag = _UNREAD[0]
    etree.strip_elements(root, *_UNREAD, with_tail=False)
    return root


def without_head(root: HtmlElement) -> None:
    """Take the elements off that hold metadata only: a tenth of all, which the search for a text need not copy again and again."""
    etree.strip_elements(root, "meta", "link", with_tail=False)


def _bytes(text: str) -> bytes:
    for character in _NO_CHARACTERS:
        text = text.replace(character, "")  # costs nothing where all characters of the page are below it
    return text.encode("utf-8", "ignore").translate(None, _CONTROLS)  # halves of surrogate pairs are ignored


def _without_attribute_floods(text: str) -> str:
    """`text` with every tag bare that has more than MAX_ATTRIBUTES attributes."""
    pieces: list[str] = []
    at = 0
    for match in _TAG_START.finditer(text):
        if match.start() < at:
            continue
        end = match.start() + len(re.match(r"<[a-zA-Z][\w:-]*", text[match.start() : match.start() + 100])[0])  # type: ignore[index]
        name_end, count = end, 0
        while attribute := _ATTRIBUTE.match(text, end):
            end, count = attribute.end(), count + 1
        if count > MAX_ATTRIBUTES:
            pieces.append(text[at:name_end])
            at = end
    return "".join((*pieces, text[at:])) if at else text
