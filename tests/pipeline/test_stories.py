"""Stories over batches, replays and housekeeping: one report in three papers, another one in two, and one by itself."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline.context import Context
from ingest.pipeline.enrich import enrich, enriched
from ingest.pipeline.plan import plan
from ingest.pipeline.poll import poll_due
from ingest.pipeline.replay import plan_replay
from ingest.pipeline.run import work_off
from ingest.pipeline.stages import REPLAY_STAGES, run_batch, stage
from ingest.pipeline.upkeep import upkeep
from tests.pipeline.world import context_of, indexed, rss
from tests.site import Site

PAPERS = {"one.example": ("/a", "/b"), "two.example": ("/a", "/b", "/c"), "three.example": ("/a",)}
STORIES = [1, 2, 3]  # articles in each


def report(name: str, host: str) -> str:
    """A page of `host` with the report `name`, under a headline of its own."""
    rng = random.Random(name)
    sentences = [" ".join(f"{rng.choice('bdfgklmnprst')}a{rng.randrange(900)}" for _ in range(15)).capitalize() + "." for _ in range(24)]
    text = "".join(f"<p>{' '.join(sentences[n : n + 4])}</p>" for n in range(0, 24, 4))
    title = f"{host} on the report {name}"
    return f"<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article></body></html>"


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    """The papers polled, two articles a batch."""
    with Site() as site, context_of(tmp_path, site, entities="none", batch_size=2) as opened:
        for host, paths in PAPERS.items():
            for path in paths:
                site.route(host, path, report(path, host))
            site.route(host, "/feed.xml", rss(list(paths), host=host), content_type="application/rss+xml")
            opened.ledger.feeds.add(f"http://{host}/feed.xml")
        poll_due(opened)
        yield opened


def stories(ctx: Context) -> dict[str, str]:
    """The story that the index names, by article id; the ledger says the same."""
    articles = indexed(ctx)
    known = ctx.ledger.copies.stories([a.id for a in articles])
    assert {a.id: a.story for a in articles} == {i: s.id for i, s in known.items()}
    assert all({m.article_id for m in s.members} <= {a.id for a in articles} for s in known.values())
    return {a.id: a.story for a in articles}


def sizes(found: dict[str, str]) -> list[int]:
    return sorted(list(found.values()).count(story) for story in set(found.values()))


def test_copies_in_different_batches_share_a_story(ctx: Context) -> None:
    work_off(ctx)

    assert sizes(stories(ctx)) == STORIES


def test_a_replay_leaves_every_story_as_it_was(ctx: Context) -> None:
    work_off(ctx)
    before = stories(ctx)

    for ref in plan_replay(ctx, []):
        run_batch(ctx, ref, REPLAY_STAGES)

    assert stories(ctx) == before
    assert len(before) == 6


def test_enriching_again_after_a_crash_finds_the_same_stories(ctx: Context) -> None:
    for ref in plan(ctx):
        for name in ("fetch", "extract", "enrich"):
            stage(name)(ctx, ref)
        before = [a.story for a in enriched(ctx, ref)]
        ctx.folder(ref).file("enriched").unlink()
        enrich(ctx, ref)

        assert [a.story for a in enriched(ctx, ref)] == before
        for name in ("index", "match"):
            stage(name)(ctx, ref)
    assert sizes(stories(ctx)) == STORIES


def test_housekeeping_forgets_signatures_beyond_the_window_and_no_story(ctx: Context) -> None:
    work_off(ctx)
    before = stories(ctx)
    assert upkeep(ctx).signatures == 0
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE signatures SET added_at = added_at - 700000000")

    assert upkeep(ctx).signatures == 6
    assert upkeep(ctx).signatures == 0
    assert stories(ctx) == before
