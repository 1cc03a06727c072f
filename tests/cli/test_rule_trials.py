"""How a backtest is summed up in a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ingest.cli.rule_trials import summary
from ingest.pipeline.rules import Backtest

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


def past(*alerts: int, articles: int, cut: bool = False) -> Backtest:
    days = tuple((date(2026, 11, day), number) for day, number in enumerate(alerts, start=1))
    return Backtest(since=NOW, articles=articles, stories=sum(alerts), days=days, hits=(), cut=cut)


@pytest.mark.parametrize(
    ("backtest", "span", "expected"),
    [
        (past(0, 0, 0, articles=0), timedelta(days=30), "No alerts in 30 days: no article in the index fits."),
        (past(0, 1, 2, articles=4), timedelta(days=30), "3 alerts in 30 days, from 4 articles."),
        (past(0, 1, articles=1), timedelta(days=7), "1 alert in 7 days, from 1 article."),
        (past(3, 9, articles=20), timedelta(days=2), "12 alerts in 2 days, from 20 articles; about 6 a day, 9 on the busiest."),
        (past(3, 9, articles=20), timedelta(hours=12), "12 alerts in 12 hours, from 20 articles."),
        (past(2, articles=2), timedelta(hours=1), "2 alerts in 1 hour, from 2 articles."),
        (
            past(2_000, 1_000, articles=5_000, cut=True),
            timedelta(days=2),
            "3,000 alerts in 2 days, from 5,000 articles; about 1,500 a day, 2,000 on the busiest; only the newest 5,000 articles are counted.",
        ),
    ],
)
def test_the_sum_in_words(backtest: Backtest, span: timedelta, expected: str) -> None:
    assert summary(backtest, span) == expected
