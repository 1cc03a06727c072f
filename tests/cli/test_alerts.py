"""`newsflow alerts` as a person uses it: rules, channels, trials and files; no secret is ever printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ingest.cli.app import app
from ingest.errors import QueryError, UsageError
from ingest.model import Article, DateSource
from ingest.pipeline.context import open_context
from ingest.settings import load
from tests.alerts.receivers import SECRET, hook

NOW = datetime.now(UTC).replace(microsecond=0)
Newsflow = Callable[..., Result]


def article(number: int, text: str, *, days_ago: float = 0.0, story: str = "") -> Article:
    at = NOW - timedelta(days=days_ago)
    key = f"{number:064x}"
    return Article(
        id=key, version=1, url_id=key, url=f"https://paper{number}.example/a", canonical_url=f"https://paper{number}.example/a",
        site=f"paper{number}.example", title=f"Report {number}", text=text, first_seen_at=at, fetched_at=at, published_at=at,
        published_source=DateSource.FEED, language="en", story=story,
    )  # fmt: skip


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NEWSFLOW_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def newsflow(home: Path) -> Newsflow:
    def run(*arguments: str, fails: type[Exception] | None = None, stdin: str | None = None) -> Result:
        result = CliRunner().invoke(app, ["alerts", *arguments], input=stdin)
        assert SECRET not in result.output + str(result.exception)
        if fails is None:
            assert result.exception is None or result.exit_code in {0, 1}, result.output
            assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit), result.exception
        else:
            assert isinstance(result.exception, fails), result.output
        return result

    return run


def take_in(*articles: Article) -> None:
    with open_context(load()) as ctx, ctx.engine() as engine:
        engine.index(articles)


class TestRules:
    def test_a_rule_from_beginning_to_end(self, newsflow: Newsflow) -> None:
        url = f"webhook+https://{SECRET}@hooks.example/in"
        options = (
            "--to",
            url,
            "--lang",
            "de",
            "--lang",
            "fr",
            "--site",
            "paper.example",
            "--quiet",
            "22:00-07:00",
            "--timezone",
            "Europe/Berlin",
        )
        assert "saved" in newsflow("add", "rates", "Zinsen OR Leitzins", *options).output

        rule = json.loads(newsflow("show", "rates", "--json").output)["rule"]
        assert rule["query"] == "(Zinsen OR Leitzins) AND lang:(de OR fr) AND site:paper.example"
        assert rule["delivery"] == {"quiet": "22:00-07:00", "timezone": "Europe/Berlin"}
        assert "webhook+https://hooks.example/***" in newsflow("show", "rates").output
        newsflow("edit", "rates", "--digest", "daily@07:30", "--quiet", "none", "--max-age", "none", "--query", "Zinsen")
        newsflow("pause", "rates")
        assert "paused, daily@07:30, Europe/Berlin" in newsflow("show", "rates").output
        newsflow("resume", "rates")
        rule = json.loads(newsflow("list", "--json").output)[0]
        assert (rule["enabled"], rule["query"], len(rule["channels"])) == (True, "Zinsen", 1)
        newsflow("edit", "rates", "--to", "none")
        assert json.loads(newsflow("list", "--json").output)[0]["channels"] == []
        newsflow("remove", "rates")
        assert "No rules yet" in newsflow("list").output

    @pytest.mark.parametrize(
        "query", ["/(a+)+$/", "a~2", "x" * 2_000, '"never closed', "((((((((((((a))))))))))))", "a* b* c* d* e* f* g* h* i* j* k*", "lang:(x) OR"],
    )  # fmt: skip
    def test_a_hostile_query_is_refused_when_it_is_saved(self, newsflow: Newsflow, query: str) -> None:
        """Rule O7: no regular expressions, nothing that costs more than it says."""
        newsflow("add", "x", query, fails=QueryError)
        assert "No rules yet" in newsflow("list").output

    def test_what_would_be_a_regular_expression_elsewhere_is_a_word_here(self, newsflow: Newsflow) -> None:
        take_in(article(1, "a" * 50_000 + "!"), article(2, "An a in the text."))
        newsflow("add", "x", "(a+)+$")

        assert json.loads(newsflow("test", "x", "--json").output)["articles"] == 1

    @pytest.mark.parametrize("query", ["*", "-volcano", "after:2026-01-01", "vol*", "lang:de", "volcano OR vol*"])
    def test_a_rule_that_no_word_narrows_down_is_flagged(self, newsflow: Newsflow, query: str) -> None:
        assert "tried on each" in newsflow("preview", "--", query).output

    @pytest.mark.parametrize("query", ["volcano", "vol* volcano", '"a volcano" OR ash', "lang:de place:Genf", "-sport volcano"])
    def test_a_rule_that_a_word_narrows_down_is_not(self, newsflow: Newsflow, query: str) -> None:
        assert "tried on each" not in newsflow("preview", "--", query).output

    @pytest.mark.parametrize(
        "options",
        [
            ("--to", "nonsense"),
            ("--to", f"slack://{SECRET}"),
            ("--to", f"webhook+https://hooks.example/{SECRET}"),
            ("--timezone", "Europe/Nowhere"),
            ("--quiet", "all day"),
            ("--throttle", "15"),
            ("--digest", "daily@07:30", "--throttle", "15m"),
            ("--site", "a OR b) OR (c"),
        ],
    )
    def test_a_bad_option_saves_nothing(self, newsflow: Newsflow, options: tuple[str, ...]) -> None:
        newsflow("add", "x", "y", *options, fails=UsageError)
        assert "No rules yet" in newsflow("list").output
        assert "No channels yet" in newsflow("channels", "list").output

    @pytest.mark.parametrize("command", ["show", "edit", "pause", "resume", "remove", "test", "send-test", "feed"])
    def test_a_rule_that_is_not_there(self, newsflow: Newsflow, command: str) -> None:
        newsflow(command, "nothing", fails=UsageError)

    def test_a_rule_that_finds_a_large_share_is_flagged(self, newsflow: Newsflow) -> None:
        take_in(*(article(n, "The harbour was busy." if n % 2 else "Rain again.") for n in range(200)))

        assert "it finds 50% of the articles" in newsflow("add", "wide", "harbour").output
        assert "it finds" not in newsflow("add", "narrow", "volcano").output


class TestTrials:
    def test_a_backtest_counts_alerts_by_day_and_story(self, newsflow: Newsflow) -> None:
        take_in(
            article(1, "A harbour strike.", days_ago=0, story="s"),
            article(2, "A harbour strike.", days_ago=2, story="s"),
            article(3, "Another harbour strike.", days_ago=2),
            article(4, "A harbour.", days_ago=40),
            article(5, "Rain."),
        )
        newsflow("add", "harbour", "harbour")
        newsflow("add", "copies", "harbour", "--repeat-per-story")
        found = json.loads(newsflow("test", "harbour", "--since", "30d", "--json").output)

        assert (found["articles"], found["alerts"]) == (3, 2)
        assert [d["alerts"] for d in found["days"] if d["alerts"]] == [2]
        assert len(found["days"]) == 31
        assert json.loads(newsflow("test", "copies", "--json").output)["alerts"] == 3
        assert "Another harbour strike" in newsflow("preview", "harbour").output

    def test_a_backtest_shows_the_days_with_alerts_and_their_sum(self, newsflow: Newsflow) -> None:
        take_in(
            article(1, "A harbour."), article(2, "A harbour.", days_ago=20, story="s"), article(3, "A harbour.", days_ago=20, story="s")
        )
        newsflow("add", "harbour", "harbour")
        newsflow("add", "volcano", "volcano")
        lines = newsflow("test", "harbour", "--size", "0").output.splitlines()

        assert lines[0] == "2 alerts in 30 days, from 3 articles."
        assert [line.split()[1:] for line in lines[1:]] == [[f"{NOW - timedelta(days=ago):%Y-%m-%d}", "1", "▇" * 40] for ago in (20, 0)]
        assert newsflow("test", "volcano").output == "No alerts in 30 days: no article in the index fits.\n"

    def test_send_test_tells_every_channel_how_it_went(self, newsflow: Newsflow) -> None:
        take_in(article(1, "A harbour strike."))
        with hook() as (received, url):
            newsflow("channels", "add", "desk", url)
            newsflow("add", "harbour", "harbour", "--to", "desk", "--to", f"webhook+http://{SECRET}@127.0.0.1:1/x")
            result = newsflow("send-test", "harbour")

        assert result.exit_code == 1
        assert "desk: sent" in result.output
        assert "failed: cannot be reached" in result.output
        (payload,) = received.payloads
        assert payload["type"] == "newsflow.test"
        assert payload["stories"][0]["title"] == "Report 1"


class TestFiles:
    def test_rules_go_out_and_come_in_again(self, newsflow: Newsflow, tmp_path: Path) -> None:
        newsflow("channels", "add", "desk", f"webhook+https://{SECRET}@hooks.example/in")
        newsflow("add", "rates", "Zinsen", "--to", "desk", "--digest", "daily@07:30")
        newsflow("add", "strikes", "Streik")
        file = tmp_path / "alerts.yaml"
        newsflow("export", str(file))

        assert SECRET not in file.read_text()
        assert "0 rules added, 0 changed, 2 as they were" in newsflow("import", str(file)).output
        newsflow("edit", "rates", "--query", "Inflation")
        newsflow("remove", "strikes")
        newsflow("add", "other", "x")
        assert "1 rules added, 1 changed, 0 as they were, 1 removed" in newsflow("import", str(file), "--remove-others").output
        assert newsflow("export").output == file.read_text()

    def test_a_channel_comes_from_the_environment(self, newsflow: Newsflow, monkeypatch: pytest.MonkeyPatch) -> None:
        document = "rules:\n- {name: a, query: b, to: ['env:DESK']}\n"
        newsflow("import", "-", stdin=document, fails=UsageError)
        monkeypatch.setenv("DESK", f"webhook+https://{SECRET}@hooks.example/in")

        assert "1 rules added" in newsflow("import", "-", stdin=document).output
        assert "hooks.example" in newsflow("list").output

    def test_one_bad_rule_and_none_is_saved(self, newsflow: Newsflow) -> None:
        newsflow("import", "-", stdin="rules:\n- {name: a, query: b}\n- {name: c, query: '/x+/'}\n", fails=QueryError)
        newsflow("import", "-", stdin="rules:\n- {name: a, query: b}\n- {name: c, query: d, quiet: x}\n", fails=UsageError)
        newsflow("import", "-", stdin="rules:\n- {name: a, query: b}\n- {name: c, query: d, to: [nobody]}\n", fails=UsageError)

        assert "No rules yet" in newsflow("list").output

    def test_channels_come_and_go(self, newsflow: Newsflow) -> None:
        newsflow("channels", "add", "desk", "-", stdin=f"webhook+https://{SECRET}@hooks.example/in\n")
        newsflow("add", "rates", "Zinsen", "--to", "desk")
        assert json.loads(newsflow("channels", "list", "--json").output)[0]["rules"] == 1
        newsflow("channels", "remove", "desk")
        newsflow("channels", "remove", "desk", fails=UsageError)
        assert json.loads(newsflow("list", "--json").output)[0]["channels"] == []
