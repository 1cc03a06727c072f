"""Copies and revisions as a person sees them: the sample site is crawled, one paper corrects an article, it is crawled again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from ingest.cli import console
from ingest.cli.app import app
from ingest.demo.site import SampleSite
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.run import run_once
from ingest.settings import load
from tests.demo.conftest import EPOCH, ROOT
from tests.demo.test_site import AGENCY, EDITED, story
from tests.pipeline.world import indexed

pytestmark = pytest.mark.slow

SITES = ["tagblatt.example", "bote.example", "stadtanzeiger.example"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def urls(home: Path) -> Iterator[dict[str, str]]:
    """Crawled before and after the edit; the URLs of the articles by name."""
    with SampleSite(ROOT, epoch=EPOCH) as site:
        settings = load(home=home, connect_to=site.connect_to, host_interval_s=0.0, poll_interval_s=0.5, workers=1, entities="none")
        with open_context(settings) as ctx:
            for url in site.feed_urls:
                ctx.ledger.feeds.add(url)
            run_once(ctx)
            site.edit()
            _again(ctx)
            _again(ctx)  # nothing has changed by now
        yield {name: story(site, name).url for name in (*AGENCY, EDITED)}


def _again(ctx: Context) -> None:
    with ctx.ledger.database.write() as c:
        c.exec_driver_sql("UPDATE feeds SET next_poll_at = 0")
    run_once(ctx)


@pytest.fixture
def newsflow(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("NEWSFLOW_HOME", str(home))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result

    return run


def test_one_agency_report_in_three_papers_is_one_story_and_no_other_articles_are(home: Path, urls: dict[str, str]) -> None:
    with open_context(load(home=home)) as ctx:
        articles = indexed(ctx)
        stories = ctx.ledger.copies.stories([a.id for a in articles])

    sizes = sorted(len(s.members) for s in {s.id: s for s in stories.values()}.values())
    assert len(articles) > 25
    assert sizes == [1] * (len(articles) - 3) + [3]
    assert {a.story for a in articles if a.url in [urls[name] for name in AGENCY]} == {s.id for s in stories.values() if s.size == 3}
    assert all(a.story == stories[a.id].id for a in articles)


def test_show_names_the_copies_and_the_first_publisher(newsflow: Any, urls: dict[str, str]) -> None:
    found = json.loads(newsflow("show", urls[AGENCY[1]], "--json").stdout)["story"]
    text = newsflow("show", urls[AGENCY[1]]).stdout

    assert (found["size"], sorted(found["sites"])) == (3, sorted(SITES))
    assert f"3 articles of 3 sites, first published by {found['sites'][0]}" in text
    assert all(site in text for site in SITES)
    assert [m["published_at"] for m in found["members"]] == sorted(m["published_at"] for m in found["members"])
    assert "Story" not in newsflow("show", urls[EDITED]).stdout


def test_a_folded_search_shows_the_report_once(newsflow: Any, urls: dict[str, str]) -> None:
    plain = json.loads(newsflow("search", "Hafenarbeiter Streik lang:de", "--json").stdout)
    folded = json.loads(newsflow("search", "Hafenarbeiter Streik lang:de", "--fold", "--json").stdout)
    text = newsflow("search", "Hafenarbeiter Streik lang:de", "--fold").stdout

    assert (plain["total"], len(plain["hits"])) == (3, 3)
    assert (folded["total"], len(folded["hits"]), folded["hits"][0]["copies"]) == (3, 1, 2)
    assert folded["hits"][0]["article"]["id"] == plain["hits"][0]["article"]["id"]
    assert [s["size"] for s in folded["stories"]] == [3]
    assert "3 articles of 3 sites" in text


def test_the_corrected_article_has_one_revision_with_what_changed(newsflow: Any, urls: dict[str, str]) -> None:
    found = json.loads(newsflow("show", urls[EDITED], "--revisions", "--json").stdout)
    shown = json.loads(newsflow("show", urls[EDITED], "--json").stdout)["article"]
    text = newsflow("show", urls[EDITED], "--revisions").stdout

    assert len(found["texts"]) == 2
    assert found["texts"][1]["text"] == shown["text"] != found["texts"][0]["text"]
    assert found["texts"][0]["fetched_at"] < found["texts"][1]["fetched_at"] == shown["fetched_at"]
    (change,) = found["changes"]
    assert change["title"] == []
    kinds = {piece["kind"] for paragraph in change["paragraphs"] for piece in paragraph}
    assert {"removed", "added"} <= kinds
    assert "Revision 2" in text
    assert "[-" in text
    assert "{+" in text
    assert "1 earlier" in newsflow("show", urls[EDITED]).stdout


def test_on_a_narrow_terminal_no_line_is_wider(newsflow: Any, urls: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "out", Console(force_terminal=True, width=80, highlight=False, soft_wrap=True, color_system=None))
    for option in ([], ["--revisions"]):
        lines = newsflow("show", urls[EDITED], *option).stdout.splitlines()
        assert [line for line in lines if len(line.rstrip()) > 80] == []


def test_an_article_that_did_not_change_says_so(newsflow: Any, urls: dict[str, str]) -> None:
    assert "has not changed" in newsflow("show", urls[AGENCY[0]], "--revisions").stdout
    assert json.loads(newsflow("show", urls[AGENCY[0]], "--revisions", "--json").stdout)["changes"] == []
