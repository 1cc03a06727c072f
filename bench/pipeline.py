"""From a WARC of 400 real pages to the embedded index: articles/s on one core and on two, and the share of each stage.

`python -m bench.pipeline --pages 400`
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console
from rich.progress import track

from bench.report import Figures, parser, run
from ingest.log import configure
from ingest.model import Outcome, OutcomeKind
from ingest.pipeline.context import open_context
from ingest.pipeline.replay import plan_replay
from ingest.pipeline.stages import REPLAY_AND_ALERT_STAGES, stage
from ingest.settings import Settings
from ingest.web.archive import WarcWriter
from ingest.web.client import Exchange
from tests.extract.test_gate import page_of, truths


def main() -> None:
    """The figures of all core counts."""
    options = parser("pipeline", __doc__)
    options.add_argument("--pages", type=int, default=400, help="archived (%(default)s)")
    run("pipeline", measure, options)


def measure(arguments: argparse.Namespace) -> Figures:
    """Articles per second by cores, and the share of the time that each stage takes, 0 to 1. Loading code and models counts."""
    cores = sorted(os.sched_getaffinity(0))
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        warc = Path(folder) / "pages.warc.gz"
        figures["pages"] = write(warc, arguments.pages)
        for count in (1, 2)[: len(cores)]:
            # In a process of its own: children that extract have the cores of the one that started their fork server.
            with ProcessPoolExecutor(1, get_context("spawn"), os.sched_setaffinity, (0, cores[:count])) as pool:
                articles, seconds = pool.submit(crawl, warc, Path(folder) / f"home{count}", cores=count).result()
            whole = sum(seconds.values())
            figures["articles"] = articles
            figures[f"articles_s_{count}"] = articles / whole
            figures |= {f"share_{name}_{count}": spent / whole for name, spent in seconds.items()}
    figures["indexed_share"] = figures["articles"] / figures["pages"]
    if "articles_s_2" in figures:
        figures["times_faster_on_two"] = figures["articles_s_2"] / figures["articles_s_1"]
    return figures


def write(warc: Path, count: int) -> int:
    """Archive the first `count` pages of the shared set as a fetch does; how many there are."""
    pages = [page_of(truth) for truth in truths("trafilatura-eval")][:count]
    began = datetime.now(UTC) - timedelta(minutes=1)
    with WarcWriter(warc) as writer:
        for page in pages:
            url = page.url.replace(" ", "%20")  # as a client asks for it
            headers = (("Content-Type", "text/html"), ("Content-Length", str(len(page.body))))
            writer.write(Exchange(url=url, final_url=url, status=200, headers=headers, raw=page.body, body=page.body, fetched_at=began))
    return len(pages)


def crawl(warc: Path, home: Path, *, cores: int) -> tuple[int, dict[str, float]]:
    """Replay the archive with all stages; articles indexed, and seconds by stage."""
    configure(Settings(log_level="warning"))
    seconds = dict.fromkeys(("plan", *REPLAY_AND_ALERT_STAGES), 0.0)
    indexed = 0
    with open_context(Settings(home=home, workers=cores, entity_threads=cores)) as ctx:
        start = time.perf_counter()
        refs = list(plan_replay(ctx, [warc]))
        seconds["plan"] = time.perf_counter() - start
        steps = [(ref, name) for ref in refs for name in REPLAY_AND_ALERT_STAGES]
        for ref, name in track(steps, f"on {cores} core{'s' * (cores > 1)}", console=Console(stderr=True), transient=True):
            start = time.perf_counter()
            stage(name)(ctx, ref)
            seconds[name] += time.perf_counter() - start
            if name == "index":
                indexed += sum(outcome.kind is OutcomeKind.INDEXED for outcome in ctx.folder(ref).read("indexed", Outcome))
    return indexed, seconds


if __name__ == "__main__":
    main()
