"""The text of a page as trafilatura reads it, in three ways; each leaves the page as it is."""

from __future__ import annotations

import logging
from copy import copy
from functools import cache
from importlib.metadata import version
from typing import Literal

from lxml.etree import strip_elements
from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.htmlprocessing import convert_tags, prune_unwanted_nodes, tree_cleaning
from trafilatura.main_extractor import extract_content
from trafilatura.settings import DEFAULT_CONFIG, MANUALLY_CLEANED, Document, Extractor
from trafilatura.xml import xmltotxt
from trafilatura.xpaths import RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH

from ingest.extract.selectors import hasten_trafilatura

# `fast` is the main extractor without the comparison with readability and justext that `balanced` has; `recall` is the same
# extractor, taking more. `precision`, which takes less, was the best for 7 of 680 pages, and no worse without it.
Way = Literal["fast", "balanced", "recall"]
MAX_TREE_SIZE = 100_000  # elements of the text's tree; trafilatura has no limit by default
# What the library takes off a page, one tag after the other in walks that a removal cuts short. Figures may hold tables, forms
# whole pages, and formulas their source: these are left to it.
WITHOUT_TEXT = tuple(set(MANUALLY_CLEANED) - {"figure", "form", "math"})
FORUM = '"DiscussionForumPosting"'  # as a type in JSON-LD
_LIBRARY = f"trafilatura {version('trafilatura')}"

# It reports every page that it discards; ours is a typed reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
hasten_trafilatura()


def extractor(way: Way) -> str:
    """What is stored with an article as the finder of its text."""
    return _LIBRARY if way == "balanced" else f"{_LIBRARY} {way}"


def read(root: HtmlElement, way: Way) -> str:
    """The text of the page `root`, a paragraph a line; "" where there is none, and where the library fails."""
    options = _options(way)
    try:
        if way != "balanced" and (text := _main_text(root, options)):
            return text
        document = bare_extraction(root, options=options)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # a fault of the library in this page, such as RecursionError, is the page's lot
        return ""
    return (document.text or "") if isinstance(document, Document) else ""


def _main_text(root: HtmlElement, options: Extractor) -> str:
    """What the first of the library's extractors finds; "" where the others are needed: for little text, and for forums.

    The library goes on to measure the page and may read it again for recall. Here that is decided by `quality`, which
    knows more: of the 680 shared pages two come out otherwise, and the mean is better. No copy is made for those that follow.
    """
    if any(FORUM in (script.text or "") for script in root.iter("script")):
        return ""  # where comments are the content
    tree = copy(root)
    if options.focus != "recall":  # which takes some of it where nothing else is left
        strip_elements(tree, *WITHOUT_TEXT, with_tail=False)
    for expressions in (RAW_TREE_PRUNE_XPATH, REMOVE_COMMENTS_AND_LISTS_XPATH):
        tree = prune_unwanted_nodes(tree, expressions)
    body, text = extract_content(convert_tags(tree_cleaning(tree, options), options), options)
    return xmltotxt(body, include_formatting=False) if len(text) >= options.min_extracted_size and len(body) <= MAX_TREE_SIZE else ""


@cache
def _options(way: Way) -> Extractor:
    # Tables, no comments: the best F1 of all on the shared pages. Metadata are read elsewhere, from the same tree.
    # Deduplication is off: it remembers earlier pages, so that a result would depend on what the child did before.
    options = Extractor(
        config=DEFAULT_CONFIG,
        output_format="python",
        comments=False,
        with_metadata=False,
        dedup=False,
        fast=way == "fast",
        recall=way == "recall",
    )
    options.max_tree_size = MAX_TREE_SIZE
    return options
