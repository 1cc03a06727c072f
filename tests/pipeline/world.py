"""A small world for pipeline tests: a site with feeds and pages, a home, and what a run leaves behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.model import Article
from ingest.pipeline.context import Context, open_context
from ingest.search.engine import SearchRequest
from ingest.search.query import parse
from ingest.settings import Settings, load
from tests.fresh import fresh_database
from tests.site import Site

ROOT = Path(__file__).parents[2]
HOST = "paper.example"
FEED = f"http://{HOST}/feed.xml"
_PARAGRAPH = (
    "The town council met on Tuesday evening to speak about the new bridge, which engineers of the region have planned for six years. "
    "Several citizens asked how the works would change the traffic along the river, and when the first trains could cross it."
)


def page(title: str, *, canonical: str | None = None, paragraphs: int = 4) -> str:
    """An article page."""
    link = f'<link rel="canonical" href="{canonical}">' if canonical else ""
    text = "".join(f"<p>{title}, part {n}: {_PARAGRAPH}</p>" for n in range(paragraphs))
    head = f"<head><title>{title}</title>{link}<meta property='article:published_time' content='2026-11-20T08:00:00Z'></head>"
    return f"<html lang='en'>{head}<body><article><h1>{title}</h1>{text}</article></body></html>"


def rss(paths: list[str], *, host: str = HOST) -> str:
    """A feed with an item for each path."""
    items = "".join(
        f"<item><title>Report {path.strip('/')}</title><link>http://{host}{path}</link><guid>{path}</guid>"
        "<pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate></item>"
        for path in paths
    )
    return f"<rss version='2.0'><channel><title>The Paper</title><link>http://{host}/</link>{items}</channel></rss>"


def publish(site: Site, articles: int = 6) -> None:
    """Good articles, two URLs of one article, a dead link, a page without text."""
    paths = [f"/{n}" for n in range(articles)]
    for path in paths:
        site.route(HOST, path, page(f"Report {path.strip('/')}"))
    site.route(HOST, "/copy", page("Report 0", canonical=f"http://{HOST}/0"))
    site.route(HOST, "/empty", "<html><body><script>1</script></body></html>")
    site.route(HOST, "/feed.xml", rss([*paths, "/copy", "/dead", "/empty"]), headers={"ETag": '"1"'}, content_type="application/rss+xml")


def environment(home: Path, site: Site, **settings: str) -> dict[str, str]:
    """Of a child process that works in `home`."""
    # A killed worker's turns of the host are held for as long as a fetch may take.
    times = {"HOST_INTERVAL_S": "0", "LEASE_S": "1.5", "FETCH_TOTAL_S": "8"}
    chosen = {"HOME": str(home), "CONNECT_TO": site.connect_to, "WORKERS": "1"} | times | settings
    own = {k: v for k, v in os.environ.items() if not k.startswith("NEWSFLOW_")}
    return own | {f"NEWSFLOW_{name}": value for name, value in chosen.items()} | {"PYTHONPATH": str(ROOT)}


def settings_of(home: Path, site: Site, **more: object) -> Settings:
    """The same for this process."""
    chosen: dict[str, object] = {"home": home, "connect_to": site.connect_to, "host_interval_s": 0.0, "lease_s": 60.0, "workers": 1}
    return load(**(chosen | more))


@contextmanager
def context_of(home: Path, site: Site, **more: object) -> Iterator[Context]:
    settings = settings_of(home, site, **more)
    if not settings.database_url:
        fresh_database(settings.home / "newsflow.db")
    with open_context(settings) as ctx:
        yield ctx


def run_child(module: str, *arguments: str, env: dict[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """`python -m module` as an interpreter of its own, where its memory is measured; else `tests.nursery` is far cheaper."""
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False)


def indexed(ctx: Context) -> list[Article]:
    """Every article in the index, by canonical URL."""
    articles: list[Article] = []
    cursor: str | None = None
    with ctx.engine() as engine:
        while True:
            results = engine.search(SearchRequest(query=parse(""), size=100, after=cursor))
            articles += [hit.article for hit in results.hits]
            cursor = results.next_cursor
            if cursor is None:
                return sorted(articles, key=lambda a: a.canonical_url)


def final_state(ctx: Context) -> dict[str, object]:
    """What must be the same however often a run was broken off: nothing in it depends on the clock."""
    with ctx.ledger.database.read() as c:
        rows = c.exec_driver_sql("SELECT url, stage, kind, reason, article_id FROM urls ORDER BY url").all()
        events = c.exec_driver_sql("SELECT rule_id, story_key FROM alert_events ORDER BY rule_id, story_key").all()
    return {
        "articles": [(a.id, a.canonical_url, a.title, a.text, a.language, a.content_hash, a.story) for a in indexed(ctx)],
        "urls": [tuple(row) for row in rows],
        "events": [tuple(row) for row in events],
        "backlog": ctx.ledger.counts.backlog(),
    }
