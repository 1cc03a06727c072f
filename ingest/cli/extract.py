"""`newsflow extract`: articles out of a URL, a file or a folder, as JSON lines; nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from ingest import urls
from ingest.cli import console
from ingest.enrich.language import detect
from ingest.errors import ItemError, UsageError
from ingest.extract.article import PageBytes
from ingest.extract.article import extract as extract_page
from ingest.sandbox import Sandbox
from ingest.settings import Settings
from ingest.web.client import WebClient
from ingest.web.status import verdict

HTML_SUFFIXES = (".html", ".htm", ".xhtml")


def extract(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="A URL, an HTML file, or a folder of HTML files.")],
) -> None:
    """Print the article of each page as a JSON line. Example: newsflow extract page.html | jq .title"""
    settings = console.settings()
    failed = 0
    with Sandbox.of(settings, "ingest.extract.preload") as children:
        pages = list(_pages(sources, settings))
        good = [page for _, page in pages if isinstance(page, PageBytes)]
        results = children.map(extract_page, good)
        for source, page in pages:
            result = next(results) if isinstance(page, PageBytes) else page
            if isinstance(result, ItemError):
                failed += 1
                console.print_line({"source": source, "error": str(result), "reason": result.reason})
                continue
            language, confidence = detect(result.title, result.text, result.language)
            console.print_line({"source": source, "language_detected": language, "language_confidence": confidence} | _fields(result))
    if failed:
        raise typer.Exit(1)


def _fields(extraction: object) -> dict[str, object]:
    return dict(msgspec.to_builtins(extraction))


def _pages(sources: list[str], settings: Settings) -> Iterator[tuple[str, PageBytes | ItemError]]:
    now = datetime.now(UTC)
    for source in sources:
        if source.startswith(("http://", "https://")):
            yield urls.redact(source), asyncio.run(_fetch(source, settings, now))
            continue
        for path in _files(Path(source)):
            yield str(path), PageBytes(body=path.read_bytes(), url=path.absolute().as_uri(), fetched_at=now)


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(p for p in path.rglob("*") if p.suffix.lower() in HTML_SUFFIXES)
    if not path.is_file():
        raise UsageError(f"there is no {path}: give a URL, an HTML file or a folder of HTML files.")
    return [path]


async def _fetch(url: str, settings: Settings, now: datetime) -> PageBytes | ItemError:
    async with WebClient(settings) as client:
        exchange = await client.fetch(url, max_bytes=settings.page_max_bytes)
    if exchange.error is not None:
        return exchange.error
    reason, _ = verdict(exchange.status)
    if reason is not None:
        return ItemError(f"{urls.redact(url)} answers with status {exchange.status}", reason=reason)
    return PageBytes(body=exchange.body, url=exchange.final_url, content_type=exchange.content_type, fetched_at=now)
