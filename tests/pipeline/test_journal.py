"""What dashboards are told of a batch: every URL that has ended, once, with its latency where that says something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from ingest.model import Claim, DateSource, Outcome, OutcomeKind, Reason
from ingest.pipeline.journal import outcome_rows
from ingest.search.elastic.journal import Journal, Row
from ingest.search.elastic.setup import Setup
from ingest.search.elastic.templates import read
from ingest.search.engine import Access
from tests.engines.ports import free_ports
from tests.engines.servers import OpenSearch
from tests.search.conftest import FAST
from tests.search.library import START, article

NOW = START + timedelta(minutes=10)
CLAIM = Claim(
    url_id="u1", url="https://www.example.org/1", first_seen_at=START, feed_url="https://bob:s3cret@example.org/feed", feed_title="F"
)
INDEXED = article("a", fetched_at=START + timedelta(minutes=5), published_at=START - timedelta(minutes=20), feed_title="F")


def rows(stage: str, outcome: Outcome, *, of: Any = INDEXED) -> list[dict[str, Any]]:
    articles = {of.url_id: of} if of else {}
    return [row for _, row in outcome_rows({"u1": CLAIM}, articles, [(stage, outcome)], NOW)]


def indexed(of: Any = INDEXED) -> Outcome:
    return Outcome(url_id=of.url_id, kind=OutcomeKind.INDEXED, article_id=of.id)


def test_an_indexed_article_has_its_latency() -> None:
    (row,) = rows("index", indexed())

    assert (row["kind"], row["stage"], row["site"], row["language"], row["feed_title"]) == ("indexed", "index", "example.org", "en", "F")
    assert (row["latency_s"], row["seen_latency_s"]) == (1800.0, 600.0)


@pytest.mark.parametrize(
    ("change", "has"),
    [
        pytest.param({"published_source": DateSource.FETCHED}, {"seen_latency_s"}, id="no date of its own"),
        pytest.param({"revision": 1}, set(), id="a correction"),
        pytest.param({"fetched_at": NOW - timedelta(days=2)}, set(), id="a replay"),
    ],
)
def test_latency_is_told_where_it_says_something(change: dict[str, Any], has: set[str]) -> None:
    changed = msgspec.structs.replace(INDEXED, **change)
    (row,) = rows("index", indexed(changed), of=changed)

    assert {name for name in row if name.endswith("latency_s")} == has


def test_a_dropped_url_has_its_reason_and_no_secret() -> None:
    (row,) = rows("fetch", Outcome(url_id="u1", kind=OutcomeKind.DROPPED, reason=Reason.HTTP_GONE), of=None)

    assert (row["kind"], row["reason"], row["stage"], row["site"]) == ("dropped", "http_gone", "fetch", "example.org")
    assert "s3cret" not in str(row)


def test_what_goes_back_to_the_backlog_has_not_ended() -> None:
    assert rows("fetch", Outcome(url_id="u1", kind=None, reason=Reason.TIMEOUT, retry_in_s=60)) == []


def test_every_field_is_mapped() -> None:
    mapped = read("outcomes")["properties"]
    for outcome in (indexed(), Outcome(url_id="u1", kind=OutcomeKind.DROPPED, reason=Reason.HTTP_GONE, detail="x")):
        assert set(rows("index", outcome)[0]) <= set(mapped)


def test_dashboards_that_cannot_be_reached_stop_nothing() -> None:
    with Journal(f"http://127.0.0.1:{free_ports(1)[0]}", Access()) as journal:
        assert journal.outcomes([Row("u1", NOW, {"url_id": "u1"})]) is False


@pytest.mark.engines
def test_rows_reach_their_indices_once(opensearch: OpenSearch) -> None:
    url = f"{opensearch.url}?prefix=journal"
    setup = Setup(url, settings=FAST)
    setup.apply()
    old = datetime(2025, 3, 4, tzinfo=UTC)
    told = [Row(row["url_id"], seen, row) for seen, row in outcome_rows({}, {INDEXED.url_id: INDEXED}, [("index", indexed())], NOW)]
    alert = {"at": NOW, "rule_id": 1, "rule": "r", "title": "t"}
    with Journal(url, Access()) as journal:
        for _ in range(2):
            assert journal.outcomes([*told, Row("other", old, {"url_id": "other", "at": old, "kind": "dropped"})])
        assert journal.alerts([Row("1-x", NOW, alert)])
        assert journal.alerts([Row("1-x", NOW, alert | {"at": NOW + timedelta(days=1)})])
    setup.client.indices.refresh(index="journal-*")

    found = setup.client.search(index="journal-outcomes", sort=["at"])["hits"]["hits"]
    assert [(hit["_index"], hit["_source"]["kind"]) for hit in found] == [
        ("journal-outcomes-v1-2025.03.01", "dropped"),
        ("journal-outcomes-v1-2026.11.01", "indexed"),
    ]
    (event,) = setup.client.search(index="journal-alerts")["hits"]["hits"]
    assert event["_source"]["at"] == NOW.isoformat()  # the first time counts
    setup.close()
