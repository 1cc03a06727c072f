"""The command line as a person and a program use it: exit codes, one-sentence errors, JSON, help with examples."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.cli.app import app
from tests import nursery
from tests.pipeline.world import FEED, HOST, ROOT, environment, page, publish
from tests.site import Site

pytestmark = pytest.mark.slow  # each command is a process of its own

Command = Callable[..., subprocess.CompletedProcess[str]]
COMMANDS = ("init", "run", "search", "show", "status", "extract", "replay", "up", "demo", "upkeep", "redrive", "setup", "reindex")
GROUPS = {
    "feeds": ("add", "list", "show", "set", "remove", "import", "export"),
    "alerts": (
        "add",
        "edit",
        "list",
        "show",
        "pause",
        "resume",
        "remove",
        "test",
        "preview",
        "send-test",
        "history",
        "watch",
        "retry",
        "deliver",
        "import",
        "export",
        "feed",
    ),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        publish(running)
        yield running


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def newsflow(site: Site, home: Path) -> Command:
    env = environment(home, site)

    def run(*arguments: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        return nursery.run("ingest", *arguments, env=env | settings, stdin=stdin)

    return run


@pytest.fixture(scope="module")
def crawled(newsflow: Command) -> Command:
    """The same command, with the site's articles in the index."""
    assert newsflow("init").returncode == 0
    assert newsflow("feeds", "add", FEED, "--folder", "Papers").returncode == 0
    assert newsflow("alerts", "add", "bridge", "bridge AND council").returncode == 0
    result = newsflow("run")
    assert result.returncode == 0, result.stderr
    return newsflow


class TestHelp:
    @pytest.mark.parametrize("command", [*((c,) for c in COMMANDS), *((g, c) for g, cs in GROUPS.items() for c in cs)])
    def test_every_command_explains_itself_with_an_example(self, command: tuple[str, ...]) -> None:
        result = CliRunner().invoke(app, [*command, "--help"])

        assert result.exit_code == 0
        assert "Example: newsflow" in " ".join(result.output.split())

    def test_the_readme_names_every_command(self) -> None:
        readme = (ROOT / "README.md").read_text()
        for command in [*COMMANDS, *GROUPS]:
            assert f"newsflow {command}" in readme, command


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "settings", "code", "says"),
        [
            pytest.param(("search", "(broken"), {}, 2, "^", id="a bad query, with its place"),
            pytest.param(("search", "*wild"), {}, 2, "newsflow:", id="a leading wildcard"),
            pytest.param(("show", "ffff"), {}, 2, "nothing is known of", id="an unknown article"),
            pytest.param(("feeds", "add", "ftp://x"), {}, 2, "not an http or https URL", id="not a URL"),
            pytest.param(("feeds", "remove", "http://no.example/"), {}, 2, "not among your feeds", id="an unknown feed"),
            pytest.param(("feeds", "import", "/no/such.opml"), {}, 2, "cannot read", id="a missing file"),
            pytest.param(("alerts", "remove", "none"), {}, 2, "there is no rule", id="an unknown rule"),
            pytest.param(("extract", "/no/such.html"), {}, 2, "there is no", id="nothing to extract"),
            pytest.param(("replay", "/no/such.warc"), {}, 1, "there is no", id="nothing to replay"),
            pytest.param(("replay", "--since", "yesterday"), {}, 2, "write a date such as", id="a date that is none"),
            pytest.param(("replay", "--language", "german"), {}, 2, "such as de", id="a language that is none"),
            pytest.param(("replay", "README.md"), {}, 1, "is not a WARC file", id="an archive that is none"),
            pytest.param(("status",), {"NEWSFLOW_BATCH_SIZE": "many"}, 2, "NEWSFLOW_BATCH_SIZE", id="a bad setting"),
            pytest.param(("status",), {"NEWSFLOW_BATCHSIZE": "1"}, 2, "did you mean NEWSFLOW_BATCH_SIZE?", id="an unknown setting"),
            pytest.param(
                ("status",), {"NEWSFLOW_DATABASE_URL": "postgresql://a:s3cret@127.0.0.1:1/x"}, 1, "cannot be used", id="no database"
            ),
            pytest.param(("nonsense",), {}, 2, "No such command", id="an unknown command"),
        ],
    )
    def test_one_sentence_and_an_exit_code(
        self, newsflow: Command, arguments: tuple[str, ...], settings: dict[str, str], code: int, says: str
    ) -> None:
        result = newsflow(*arguments, **settings)

        assert result.returncode == code, result.stderr
        assert says in result.stderr
        assert "Traceback" not in result.stderr
        assert "s3cret" not in result.stderr


class TestCrawl:
    def test_a_second_run_finds_nothing(self, crawled: Command) -> None:
        assert "Nothing new." in crawled("run").stdout

    def test_search_prints_hits_and_json(self, crawled: Command) -> None:
        assert "Report 3" in crawled("search", "title:3 bridge").stdout
        results = json.loads(crawled("search", "bridge", "--json", "--facets").stdout)

        assert results["total"] == 6
        assert dict(results["facets"]["language"]) == {"en": 6}

    def test_output_is_plain_when_piped(self, crawled: Command) -> None:
        assert "\x1b" not in crawled("search", "bridge").stdout + crawled("status").stdout

    def test_show_knows_everything(self, crawled: Command) -> None:
        found = json.loads(crawled("show", f"http://{HOST}/1", "--json").stdout)
        text = crawled("show", found["article"]["id"][:10]).stdout

        assert found["ledger"]["outcome"] == "indexed"
        assert found["ledger"]["sightings"][0]["feed_url"] == FEED
        assert "Report 1" in text
        assert ".warc.gz" in text

    def test_status_adds_up(self, crawled: Command) -> None:
        status = json.loads(crawled("status", "--json").stdout)

        assert {(o["outcome"], o["reason"]): o["urls"] for o in status["outcomes"]} == {
            ("indexed", None): 6,
            ("duplicate", "same_article"): 1,
            ("dropped", "http_gone"): 1,
            ("dropped", "no_text"): 1,
        }
        assert status["searchable"] == 6
        assert set(status["backlog"].values()) == {0}

    def test_alerts_have_a_history(self, crawled: Command) -> None:
        assert len(json.loads(crawled("alerts", "history", "--json").stdout)) == 6
        assert "bridge AND council" in crawled("alerts", "list").stdout

    def test_feeds_go_out_and_come_in_again(self, crawled: Command, tmp_path: Path) -> None:
        opml = tmp_path / "feeds.opml"
        assert crawled("feeds", "export", str(opml)).returncode == 0

        assert "0 feeds added, 1 known already" in crawled("feeds", "import", str(opml)).stdout
        assert [f["folder"] for f in json.loads(crawled("feeds", "list", "--json").stdout)] == ["Papers"]

    def test_replay_changes_nothing(self, crawled: Command, site: Site) -> None:
        before = crawled("status", "--json").stdout
        fetched = len(site.requests)
        result = crawled("replay")

        assert "8 pages of 1 file replayed." in result.stdout
        assert crawled("status", "--json").stdout == before
        assert len(site.requests) == fetched

    def test_after_no_upgrade_nothing_is_outdated(self, crawled: Command) -> None:
        counts = json.loads(crawled("replay", "--outdated", "--json").stdout)

        assert counts == {"batches": 0, "files": 1, "pages": 0, "losses": {"records": 0, "damage": []}}


class TestExtract:
    def test_a_file_a_folder_and_a_url(self, newsflow: Command, tmp_path: Path) -> None:
        (tmp_path / "a.html").write_text(page("Alpha"))
        (tmp_path / "b.html").write_text(page("Beta"))
        result = newsflow("extract", str(tmp_path / "a.html"), str(tmp_path), f"http://{HOST}/2")
        lines = [json.loads(line) for line in result.stdout.splitlines()]

        assert result.returncode == 0, result.stderr
        assert [line["title"] for line in lines] == ["Alpha", "Alpha", "Beta", "Report 2"]
        assert {line["language_detected"] for line in lines} == {"en"}

    def test_a_page_that_fails_is_said_and_the_others_go_on(self, newsflow: Command, tmp_path: Path) -> None:
        (tmp_path / "bad.html").write_bytes(b"%PDF-1.7 nothing")
        (tmp_path / "good.html").write_text(page("Good"))
        result = newsflow("extract", str(tmp_path))
        lines = [json.loads(line) for line in result.stdout.splitlines()]

        assert result.returncode == 1
        assert [line.get("reason") for line in lines] == ["not_html", None]
