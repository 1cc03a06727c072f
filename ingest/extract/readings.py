"""The text of a page as trafilatura reads it, in three ways. Only the options differ; each leaves the page as it is."""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import version
from typing import Literal

from lxml.html import HtmlElement
from trafilatura import bare_extraction
from trafilatura.settings import DEFAULT_CONFIG, Document, Extractor

from ingest.extract.selectors import hasten_trafilatura

# `fast` has no comparison with readability and justext, which the others have; `recall` takes more. `precision`, which takes
# less, was the best for 7 of 680 pages, and no worse without it.
Way = Literal["fast", "balanced", "recall"]
MAX_TREE_SIZE = 100_000  # elements of the text's tree; trafilatura has no limit by default
_LIBRARY = f"trafilatura {version('trafilatura')}"

# It reports every page that it discards; ours is a typed reason.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
hasten_trafilatura()


def extractor(way: Way) -> str:
    """What is stored with an article as the finder of its text."""
    return _LIBRARY if way == "balanced" else f"{_LIBRARY} {way}"


def read(root: HtmlElement, way: Way) -> str:
    """The text of the page `root`, a paragraph a line; "" where there is none, and where the library fails."""
    try:
        document = bare_extraction(root, options=_options(way))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  # a fault of the library in this page, such as RecursionError, is the page's lot
        return ""
    return (document.text or "") if isinstance(document, Document) else ""


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
