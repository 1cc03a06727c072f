"""Stage `index`: what counts as a revision, and that none is lost between the ledger and the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.model import Article
from ingest.pipeline.context import Context
from ingest.pipeline.index import is_revised, is_walled_off
from ingest.pipeline.run import run_once
from tests import nursery
from tests.pipeline.world import FEED, HOST, context_of, environment, page, rss
from tests.search.library import article
from tests.site import Site


@pytest.mark.parametrize(
    ("old", "new", "revised"),
    [
        pytest.param(article("a", "T", "one two", version=1), article("a", "T", "one three", version=2), True, id="another text"),
        pytest.param(article("a", "T", "one", version=1), article("a", "U", "one", version=2), True, id="another title"),
        pytest.param(article("a", "T", "one two", version=1), article("a", "T ", "one\n two", version=2), False, id="other blanks"),
        pytest.param(article("a", "T", "one", version=1), article("a", "T", "one", version=2), False, id="fetched again, the same"),
        pytest.param(article("a", "T", "one", version=1), article("a", "T", "two", version=1), False, id="the same page extracted anew"),
        pytest.param(article("a", "T", "one", version=2), article("a", "T", "two", version=1), False, id="an older page replayed"),
    ],
)
def test_a_later_text_that_says_something_else_is_a_revision(old: Article, new: Article, revised: bool) -> None:  # noqa: FBT001
    assert is_revised(old, new) is revised


@pytest.mark.parametrize(
    ("old", "new", "off"),
    [
        pytest.param((), ("consent_wall", "feed_text"), True, id="a page that only asks for consent by now"),
        pytest.param((), ("paywall",), True, id="one that has its price by now"),
        pytest.param(("paywall",), ("paywall",), False, id="one that had its price before"),
        pytest.param(("consent_wall", "feed_text"), (), False, id="a page that is free now"),
        pytest.param((), ("short",), False, id="no wall"),
    ],
)
def test_what_stands_behind_a_wall_by_now_is_no_later_text(old: tuple[str, ...], new: tuple[str, ...], off: bool) -> None:  # noqa: FBT001
    assert is_walled_off(article("a", flags=old), article("a", flags=new)) is off


def announce(site: Site, title: str) -> None:
    """The feed says that its only article has changed; its page has that title."""
    site.route(HOST, "/0", page(title))
    site.route(HOST, "/feed.xml", rss(["/0"]).replace("Report 0", title), content_type="application/rss+xml")


def earlier_titles(ctx: Context) -> list[str]:
    record = ctx.ledger.urls.find(f"http://{HOST}/0")
    assert record is not None
    return [r.title for r in ctx.ledger.revisions.of(record.article_id or "")]


@pytest.mark.slow
@pytest.mark.parametrize("point", ["before the index is written", "after the index, before its outcomes"])
def test_killed_around_the_write_of_the_index_the_earlier_text_is_kept_once(point: str, tmp_path: Path) -> None:
    with Site() as site:
        announce(site, "First report")
        with context_of(tmp_path, site, entities="none") as ctx:
            ctx.ledger.feeds.add(FEED)
            run_once(ctx)
            assert earlier_titles(ctx) == []
            announce(site, "Second report")
            with ctx.ledger.database.write() as c:
                c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
        env = environment(tmp_path, site, ENTITIES="none")

        assert nursery.run("tests.pipeline.crash", point, env=env).returncode == 9
        assert nursery.run("tests.pipeline.crash", env=env).returncode == 0

        with context_of(tmp_path, site) as ctx:
            assert earlier_titles(ctx) == ["First report"]
            record = ctx.ledger.urls.find(f"http://{HOST}/0")
            with ctx.engine() as engine:
                latest = engine.get(record.article_id or "") if record else None
            assert latest is not None
            assert latest.title == "Second report"
