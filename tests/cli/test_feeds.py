"""`newsflow feeds` as a person uses it: a site is enough, a feed explains itself, lists go in and come out the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from ingest.cli import console
from ingest.cli.app import app
from ingest.pipeline.context import Context
from ingest.settings import load
from ingest.state.ledger import Ledger
from tests.pipeline.test_poll import poll
from tests.pipeline.world import FEED, HOST, rss
from tests.site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        running.route(HOST, "/", '<html><head><link rel="alternate" type="application/rss+xml" href="/feed.xml"></head></html>')
        running.route(HOST, "/feed.xml", rss([f"/{n}" for n in range(5)]).replace("<item>", "<ttl>120</ttl><item>", 1))
        running.route("plain.example", "/", "<html><body>no feed</body></html>")
        yield running


@pytest.fixture(autouse=True)
def home(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in {"HOME": str(tmp_path), "CONNECT_TO": site.connect_to, "HOST_INTERVAL_S": "0", "WORKERS": "1"}.items():
        monkeypatch.setenv(f"NEWSFLOW_{name}", value)
    return tmp_path


def feeds(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["feeds", *arguments])


def test_a_site_is_enough_and_adding_it_again_changes_nothing() -> None:
    assert feeds("add", f"http://{HOST}/", "--folder", "Papers").stdout == f"added: {FEED}\n"
    assert feeds("add", f"http://{HOST}/").stdout == f"known already: {FEED}\n"


def test_what_does_not_answer_now_is_added_as_it_is(site: Site) -> None:
    site.route("plain.example", "/busy", "x", status=503)
    result = feeds("add", "http://plain.example/busy")

    assert result.exit_code == 0
    assert "added: http://plain.example/busy" in result.stdout


def test_what_is_not_there_is_not_added() -> None:
    result = feeds("add", "http://plain.example/nowhere")

    assert "answers 404" in str(result.exception)
    assert json.loads(feeds("list", "--json").stdout) == []


def test_the_list_shows_addresses_and_retired_feeds(site: Site) -> None:
    gone = f"http://{HOST}/gone.xml"
    feeds("add", FEED, "--title", "The Paper")
    feeds("add", gone, "--no-look")
    site.route(HOST, "/gone.xml", "gone", status=410)
    settings = load()
    with Ledger.open(settings.database) as ledger:
        poll(Context(settings, ledger, "test"))
    lines = feeds("list").stdout

    assert "The Paper" in lines
    assert FEED in lines
    assert "retired: " in lines
    assert "never again" in lines


def test_a_feed_explains_itself() -> None:
    feeds("add", FEED, "--tag", "a")
    settings = load()
    with Ledger.open(settings.database) as ledger:
        poll(Context(settings, ledger, "test"))
    facts = json.loads(feeds("show", FEED, "--json").stdout)

    assert (facts["url"], facts["tags"], facts["format"], facts["items_shown"]) == (FEED, ["a"], "rss20", 5)
    assert facts["hints"]["ttl_s"] == 7_200
    assert [event["event"] for event in facts["history"]] == ["added"]
    shown = feeds("show", FEED).stdout
    assert "because:" in shown
    assert "ttl 2 h" in shown
    assert "Missed     nothing" in shown


def test_long_lines_of_a_feed_go_on_below_their_beginning_and_addresses_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    address = f"http://{HOST}/{'a-long-path/' * 8}feed.xml"
    feeds("add", address, "--no-look", "--tag", "Ausland", *(part for n in range(12) for part in ("--tag", f"Schlagwort-{n}")))
    monkeypatch.setattr(console, "out", Console(force_terminal=True, width=80, highlight=False, soft_wrap=True, color_system=None))
    lines = feeds("show", address).stdout.splitlines()

    assert any(address in line for line in lines)
    assert all(len(line) <= 80 or address in line for line in lines)
    (tags,) = (number for number, line in enumerate(lines) if line.startswith("Tags"))
    assert lines[tags + 1].startswith(" " * 11 + "Schlagwort")


def test_lists_go_in_and_come_out_the_same(tmp_path: Path) -> None:
    listed = tmp_path / "feeds.csv"
    listed.write_text("url,title,folder,labels\nhttps://a.example/f,A,News/DE,x|y\nhttps://b.example/f,B & C,,z\n")
    assert "2 feeds added" in feeds("import", str(listed)).stdout
    before = {(f["url"], f["title"], f["folder"], *f["tags"]) for f in json.loads(feeds("list", "--json").stdout)}
    feeds("export", str(tmp_path / "out.opml"))
    for url in ("https://a.example/f", "https://b.example/f"):
        feeds("remove", url)
    assert "2 feeds added" in feeds("import", str(tmp_path / "out.opml")).stdout

    after = {(f["url"], f["title"], f["folder"], *f["tags"]) for f in json.loads(feeds("list", "--json").stdout)}
    assert before == after == {("https://a.example/f", "A", "News/DE", "x", "y"), ("https://b.example/f", "B & C", "", "z")}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("add", "http://plain.example/"), "is no feed, names none", id="a page without a feed"),
        pytest.param(("show", "https://nobody.example/f"), "is not among your feeds", id="a feed that is not there"),
    ],
)
def test_errors_are_one_sentence(arguments: tuple[str, ...], says: str) -> None:
    result = feeds(*arguments)

    assert says in str(result.exception)
    assert "\n" not in str(result.exception)
