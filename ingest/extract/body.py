"""The text of a page: by trafilatura in the mode that fits the page, else what its JSON-LD holds; without headline and loose ends."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from importlib.metadata import version
from typing import NamedTuple, cast

from lxml.etree import XPath
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import DEFAULT_CONFIG, Document, Extractor

from ingest.extract.text import without_markup

EXTRACTOR = f"trafilatura {version('trafilatura')}"
MAX_TREE_SIZE = 100_000  # elements of the text's tree; trafilatura has no limit by default
# Found on trafilatura-eval, wcxb-dev and readability together: of 680 pages four are decided by these, all for the better.
SMALL_SHARE = 0.5  # of the page's text: less may have missed half the article
SMALL_PAGE = 250  # characters: where no more stands outside of footers, the markup misleads
MUCH_LONGER = 1.6  # times the first text: the second reading found another part of the article, not some lines around it
# A headline at the end heads nothing, and the name of a list says nothing without it; bytes, so that words of
# Chinese letters count as words do.
LOOSE_BYTES = 80
_SENTENCE_END = tuple(".!?\u2026:;\"'\u201c\u201d\u2019\u00bb)\u3002\uff01\uff1f\u061f\u0964\u300d")  # of any script
_KEPT = ("- ", "|")  # items of lists and rows of tables have no full stop
_MIN_LINES = 3

# It reports every page that it discards; ours is a typed reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)


class Body(NamedTuple):
    """A text with paragraphs on lines, what found it, and flags."""

    text: str
    extractor: str
    flags: tuple[str, ...] = ()


def read_body(root: HtmlElement, title: str, linked_body: str = "") -> Body:
    """The article's text in the page `root`, "" where there is none.

    `title` is what the page is called, `linked_body` the `articleBody` of its JSON-LD.
    """
    text, extractor, flags = _extracted(root), EXTRACTOR, ()
    if _is_small(text, root) and len(more := _extracted(root, recall=True)) > MUCH_LONGER * len(text):
        text, extractor = more, f"{EXTRACTOR} recall"
    if not text.strip() and linked_body:
        return Body(without_markup(linked_body), "json-ld", ("json_ld_text",))
    return Body("\n".join(without_ends(text.splitlines(), title)), extractor, flags)


def _is_small(text: str, root: HtmlElement) -> bool:
    whole = _LENGTH(root)
    if whole < SMALL_PAGE:
        return False  # there is nothing to find
    page = whole - sum(map(_LENGTH_HERE, cast("list[HtmlElement]", _BESIDE(root))))
    return len(text) < SMALL_SHARE * page or page < SMALL_PAGE


# Characters of the page and of what stands beside its content, in libxml2: trafilatura's html2txt takes twenty times as long.
_LENGTH = cast("Callable[[HtmlElement], float]", XPath("string-length(normalize-space(string(//body)))"))
_LENGTH_HERE = cast("Callable[[HtmlElement], float]", XPath("string-length(normalize-space(string(.)))"))
_BESIDE = XPath("//body//*[self::footer or self::aside or self::script][not(ancestor::footer or ancestor::aside)]")


def _extracted(root: HtmlElement, *, recall: bool = False) -> str:
    # The balanced mode, with tables, without comments, has the best F1 of all on the shared pages. Deduplication is
    # off: it remembers earlier pages, so that a result would depend on what the child did before.
    options = Extractor(config=DEFAULT_CONFIG, output_format="python", comments=False, with_metadata=False, dedup=False, recall=recall)
    options.max_tree_size = MAX_TREE_SIZE
    try:
        document = bare_extraction(root, options=options)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # a fault of the library in this page, such as RecursionError, is the page's lot
        return ""
    return (document.text or "") if isinstance(document, Document) else ""


def without_ends(lines: list[str], title: str) -> list[str]:
    """`lines` without the headline, which is the title and no text, and without loose headings and names at the end."""
    kept = [line.strip() for line in lines if line.strip()]
    if len(kept) > 1 and (words := _words(title)) and _words(kept[0]) == words:
        del kept[0]
    while len(kept) > _MIN_LINES and _is_loose(kept[-1]):
        del kept[-1]
    return kept


def _is_loose(line: str) -> bool:
    return len(line.encode("utf-8", "replace")) < LOOSE_BYTES and not line.endswith(_SENTENCE_END) and not line.startswith(_KEPT)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())
