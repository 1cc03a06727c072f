"""When the pipeline itself is news: each source against its own history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ingest.alerts.health import Condition, Pages, Rhythm, Scores, conditions_of, of_backlog, of_engine, of_feed, of_scores, of_site, show

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
HERE = int(NOW.timestamp() // 3_600)
DAY = timedelta(days=1)


def feed(hours: dict[int, int], *, age_days: float = 60, error: str = "") -> Rhythm:
    """`hours`: hours ago, entries."""
    return Rhythm(1, "The Paper", NOW - age_days * DAY, {HERE - ago: count for ago, count in hours.items()}, error)


def every(step: int, *, since: int = 0, until: int = 28 * 24, count: int = 1) -> dict[int, int]:
    """`count` entries every `step` hours; nothing in the last `since` hours."""
    return dict.fromkeys(range(since, until, step), count)


class TestFeeds:
    @pytest.mark.parametrize(
        ("one", "expected"),
        [
            pytest.param(feed(every(2)), [], id="as always"),
            pytest.param(feed(every(2, since=23)), [], id="quiet for less than a day"),
            pytest.param(feed(every(2, since=25)), [Condition.SILENT], id="hourly news, none for a day"),
            pytest.param(feed(every(24, since=60)), [], id="daily news, none for two and a half days"),
            pytest.param(feed(every(24, since=73)), [Condition.SILENT], id="daily news, none for three days"),
            pytest.param(feed({**every(2, since=200), **every(2, since=25, until=100)}), [], id="was silent for four days before"),
            pytest.param(feed(every(72, since=240)), [], id="too rare to have a rhythm"),
            pytest.param(feed({}), [], id="never showed anything"),
            pytest.param(feed(every(2, since=25, until=100), age_days=5), [], id="too young to be judged"),
            pytest.param(feed({**every(2), 0: 60}), [Condition.FLOODING], id="sixty at once, otherwise one"),
            pytest.param(feed({**every(2), 1: 60}), [Condition.FLOODING], id="sixty in the hour before"),
            pytest.param(feed({**every(2), 0: 49}), [], id="not many enough"),
            pytest.param(feed({**every(2, count=15), 0: 75}), [], id="five times the busiest hour, not more"),
            pytest.param(feed({**every(2, count=15), 0: 76}), [Condition.FLOODING], id="more than five times the busiest hour"),
            pytest.param(feed({**every(2, until=8 * 24 - 3), 8 * 24: 500, 0: 60}, age_days=8), [Condition.FLOODING], id="what it showed first is its past"),
        ],
    )  # fmt: skip
    def test_silence_and_floods(self, one: Rhythm, expected: list[Condition]) -> None:
        assert [f.condition for f in of_feed(one, NOW)] == expected

    def test_what_is_said(self) -> None:
        (silent,) = of_feed(feed(every(2, since=80), error="http_server 500"), NOW)

        assert silent.title == "The Paper has shown nothing new for 3 days"
        assert silent.text == "In the four weeks before it was never silent for longer than 2 hours. Its last poll failed: http_server 500."

    def test_one_silence_is_one_finding(self) -> None:
        first = of_feed(feed(every(2, since=80)), NOW)
        later = of_feed(Rhythm(1, "The Paper", NOW - 60 * DAY, feed(every(2, since=80)).hours), NOW + 5 * DAY)

        assert [f.key for f in first] == [f.key for f in later]


class TestSites:
    @pytest.mark.parametrize(
        ("pages", "raised"),
        [
            pytest.param(Pages("a", 20, 12, 300, 9), True, id="most pages without text, few before"),
            pytest.param(Pages("a", 20, 12, 300, 120), False, id="it was as bad before"),
            pytest.param(Pages("a", 20, 5, 300, 0), False, id="a quarter"),
            pytest.param(Pages("a", 20, 6, 300, 0), True, id="three in ten"),
            pytest.param(Pages("a", 9, 9, 300, 0), False, id="too few pages"),
            pytest.param(Pages("a", 20, 20, 29, 0), False, id="too little history"),
        ],
    )
    def test_pages_without_text(self, pages: Pages, *, raised: bool) -> None:
        assert bool(of_site(pages, NOW)) is raised


def test_backlog_and_engine() -> None:
    assert of_backlog(None, 0, NOW) == []
    assert of_backlog(NOW - timedelta(minutes=29), 500, NOW) == []
    assert [f.title for f in of_backlog(NOW - timedelta(minutes=45), 5_000, NOW)] == ["5,000 URLs wait, the oldest for 45 minutes"]
    assert of_engine("", NOW) == []
    assert [f.text for f in of_engine("nobody listens", NOW)] == ["nobody listens"]


def test_conditions_are_written_and_read() -> None:
    assert conditions_of(show(list(Condition))) == tuple(Condition)
    assert conditions_of("engine, nonsense") == (Condition.ENGINE,)


@pytest.mark.parametrize(
    ("scores", "raised"),
    [
        pytest.param(Scores("a", 20, 0.5, 300, 0.9), True, id="half as good as before"),
        pytest.param(Scores("a", 20, 0.7, 300, 0.9), False, id="three quarters"),
        pytest.param(Scores("a", 20, 0.3, 300, 0.35), False, id="it was as bad before"),
        pytest.param(Scores("a", 9, 0.1, 300, 0.9), False, id="too few pages"),
        pytest.param(Scores("a", 20, 0.1, 29, 0.9), False, id="too little history"),
    ],
)
def test_a_site_whose_texts_become_worse_is_told(scores: Scores, *, raised: bool) -> None:
    found = of_scores(scores, NOW)
    assert [f.site for f in found] == (["a"] if raised else [])
