"""One reader of pages, timed in its own interpreter: `python readers.py NAME PAGES`, where PAGES is a JSON list of [url, html].

Run by `bench.extract` in an environment that has the library; what is to be read comes in by lines. Only CPU time of the
process counts, so that other work on the machine does not.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

WARM_UP = 12  # pages read before the clock starts: models, patterns and lists are loaded by then
Reader = Callable[[str, str], int]  # url and html -> characters of text


def newsflow() -> Reader:
    """Our own extraction, as the pipeline's children call it."""
    import ingest.extract.preload  # noqa: F401, PLC0415
    from ingest.errors import ItemError  # noqa: PLC0415
    from ingest.extract.article import PageBytes, extract  # noqa: PLC0415

    now = datetime.now(UTC)

    def read(url: str, html: str) -> int:
        try:
            return len(extract(PageBytes(body=html.encode("utf-8", "replace"), url=url, fetched_at=now)).text)
        except ItemError:
            return 0

    return read


def trafilatura() -> Reader:
    """Plain trafilatura with metadata and its defaults."""
    from trafilatura import bare_extraction  # noqa: PLC0415

    def read(url: str, html: str) -> int:
        document = bare_extraction(html, url=url, with_metadata=True)
        return len(getattr(document, "text", None) or "")

    return read


def mediacloud_metadata() -> Reader:
    """Media Cloud's extractor."""
    from mcmetadata import extract  # type: ignore[import-not-found]  # noqa: PLC0415

    return lambda url, html: len(extract(url=url, html_text=html)["text_content"] or "")


def news_please() -> Reader:
    """news-please's, without its download of pictures."""
    from newsplease import NewsPlease  # type: ignore[import-not-found]  # noqa: PLC0415

    return lambda url, html: len(NewsPlease.from_html(html, url=url, fetch_images=False).maintext or "")


READERS = {reader.__name__: reader for reader in (newsflow, trafilatura, mediacloud_metadata, news_please)}


def main() -> None:
    """Times the reader argv[1] on pages of the file argv[2]: of each line `FROM TO` that comes in, those pages, as one JSON object."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    read, pages = READERS[sys.argv[1]](), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
    for url, html in pages[:WARM_UP]:
        _tried(read, url, html)
    for line in sys.stdin:
        first, last = map(int, line.split())
        start = time.process_time()
        found = [_tried(read, url, html) for url, html in pages[first:last]]
        seconds = time.process_time() - start
        print(json.dumps({"seconds": seconds, "pages": len(found), "without_text": found.count(0)}), flush=True)


def _tried(read: Reader, url: str, html: str) -> int:
    try:
        return read(url, html)
    except Exception:  # noqa: BLE001  # whatever a library raises, its page has no text
        return 0


if __name__ == "__main__":
    main()
