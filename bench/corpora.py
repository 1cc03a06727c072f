"""The shared test corpora, which benches read in place, and the real articles made of them."""

from __future__ import annotations

import gzip
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

from ingest.enrich.language import detect
from ingest.errors import ItemError
from ingest.extract.article import PageBytes, extract
from ingest.model import Article, DateSource

ROOT = Path(os.environ.get("TEST_CORPORA") or Path(__file__).parents[2] / "shared" / "corpora")


def corpora(name: str) -> Path:
    """The folder `name`; the bench ends and says so where it is absent."""
    folder = ROOT / name
    if not folder.exists():
        raise SystemExit(f"this bench needs the test corpora: there is no {name} (set TEST_CORPORA to their folder)")
    return folder


def real_articles(pages: int = 400) -> list[Article]:
    """Of the first `pages` pages: up to 400 articles, mostly German, some 830 words each, extracted from real pages."""
    now = datetime.now(UTC)
    made: list[Article] = []
    for path in sorted((corpora("pages/trafilatura-eval") / "html").glob("*.html.gz"))[:pages]:
        url = f"http://news.example/{path.name}"
        try:
            page = extract(PageBytes(body=gzip.decompress(path.read_bytes()), url=url, fetched_at=now, content_type="text/html"))
        except ItemError:
            continue
        ident = hashlib.sha256(url.encode()).hexdigest()
        made.append(
            Article(
                id=ident,
                version=1,
                url_id=ident,
                url=url,
                canonical_url=url,
                site="news.example",
                title=page.title,
                text=page.text,
                language=detect(page.title, page.text, page.language)[0],
                first_seen_at=now,
                fetched_at=now,
                published_at=now,
                published_source=DateSource.FETCHED,
            )
        )
    return made
