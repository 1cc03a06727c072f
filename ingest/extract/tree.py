"""The tree of a page: parsed once, with the limits that lxml alone does not set."""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from ingest.extract.sniff import prolog_end

# What libxml2 drops or trips over.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LONG_TAG = 20_000  # characters; shorter ones cannot hold enough attributes to hurt
MAX_ATTRIBUTES = 1_000  # libxml2 compares each attribute with each other: 20,000 take 0.4 s, 100,000 over a minute
_TAG_START = re.compile(rf"<[a-zA-Z][^<]{{{LONG_TAG}}}")
_ATTRIBUTE = re.compile(r"""[\s/]+[^\s=<>"'/][^\s=<>/]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']*))?""")
_CLOSED_ROOT = re.compile(r"(<html\b[^<>]{0,2000}?)/\s*>", re.IGNORECASE)  # libxml2 takes it for the whole page
# No text stands in these; data of scripts is most of the bytes of many pages.
_UNREAD = ("style", "svg", "template")


def parse(text: str) -> HtmlElement | None:
    """The root element `html` of `text`, without comments, styles and scripts other than JSON-LD. None where there is nothing.

    Elements nest at most 2,048 deep (libxml2); what lies below is lost.
    """
    source = _NOT_XML.sub("", _without_attribute_floods(text[prolog_end(text) :]))
    if root_tag := _CLOSED_ROOT.match(source):
        source = f"{root_tag[1]}>{source[root_tag.end() :]}"
    # The default of lxml, 256 levels and 10 MB of text in a row, loses whole pages without a word.
    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, no_network=True, collect_ids=False)
    try:
        root = document_fromstring(source.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    for script in root.iter("script"):
        if "json" not in script.get("type", ""):
            script.tag = _UNREAD[0]
    etree.strip_elements(root, *_UNREAD, with_tail=False)
    return root


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
