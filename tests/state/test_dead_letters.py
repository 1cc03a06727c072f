"""What was given up, by reason, host and time, and how it comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.model import Entry, Outcome, OutcomeKind, Reason
from ingest.state.dead_letters import Wanted
from ingest.state.ledger import Ledger
from ingest.urls import url_id
from tests.state.acts import assert_adds_up, claim, polled

ENDED = {
    "https://a.example/1": (OutcomeKind.DROPPED, Reason.TIMEOUT),
    "https://www.a.example/2": (OutcomeKind.DROPPED, Reason.TIMEOUT),
    "https://www.a.example/3": (OutcomeKind.DROPPED, Reason.HTTP_SERVER),
    "https://nota.example/4": (OutcomeKind.QUARANTINED, Reason.CRASHED),
    "https://b.example/5": (OutcomeKind.DROPPED, Reason.HTTP_GONE),
    "https://b.example/6": (OutcomeKind.INDEXED, None),
    "https://b_x.example/7": (OutcomeKind.DROPPED, Reason.TIMEOUT),
}
OLD = "https://a.example/1"  # it ended two days ago
GIVEN_UP = frozenset({Reason.TIMEOUT, Reason.HTTP_SERVER, Reason.CRASHED})


@pytest.fixture
def ended(ledger: Ledger) -> Ledger:
    feed = polled(ledger)
    ledger.feeds.store_entries(feed, [Entry(key=url, fingerprint="1", url=url) for url in ENDED])
    (ref,) = claim(ledger)
    outcomes = [Outcome(url_id=url_id(url), kind=kind, reason=reason) for url, (kind, reason) in ENDED.items()]
    ledger.batches.settle(ref, outcomes)
    ledger.batches.finish(ref)
    with ledger.database.write() as c:
        c.exec_driver_sql(f"UPDATE urls SET done_at = done_at - 2 * 86400000, attempts = 4 WHERE url = '{OLD}'")
    return ledger


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        pytest.param({}, {1, 2, 3, 4, 7}, id="all that was given up"),
        pytest.param({"reasons": {Reason.TIMEOUT}}, {1, 2, 7}, id="by reason"),
        pytest.param({"reasons": {Reason.HTTP_GONE}}, {5}, id="by a reason that is an answer"),
        pytest.param({"host": "a.example"}, {1, 2, 3}, id="by host, with its subdomains and no other names that end so"),
        pytest.param({"host": "www.a.example"}, {2, 3}, id="by subdomain"),
        pytest.param({"host": "b%"}, set(), id="a host is no pattern"),
        pytest.param({"host": "_.example"}, set(), id="of either kind"),
        pytest.param({"since": datetime.now(UTC) - timedelta(hours=1)}, {2, 3, 4, 7}, id="since"),
        pytest.param(
            {"reasons": {Reason.TIMEOUT}, "host": "a.example", "since": datetime.now(UTC) - timedelta(days=3)}, {1, 2}, id="by all"
        ),
        pytest.param({"host": "c.example"}, set(), id="by what does not occur"),
    ],
)
def test_what_is_chosen_is_listed_and_comes_back(ended: Ledger, wanted: dict[str, Any], numbers: set[int]) -> None:
    chosen = Wanted(**({"reasons": GIVEN_UP} | wanted))

    assert sum(letters.urls for letters in ended.given_up.list(chosen)) == len(numbers)
    assert ended.given_up.redrive(chosen) == len(numbers)
    back = {int(c.url.rpartition("/")[2]): c for ref in claim(ended) for c in ended.batches.claims(ref)}
    assert set(back) == numbers
    assert {c.attempt for c in back.values()} <= {1}, "with all their attempts"
    assert ended.given_up.redrive(chosen) == 0
    assert_adds_up(ended)


def test_the_list_tells_reason_host_and_time(ended: Ledger) -> None:
    first, *others = ended.given_up.list(Wanted(reasons={Reason.TIMEOUT}))

    assert (first.reason, first.host, first.urls) == ("timeout", "a.example", 1)
    assert timedelta(days=1) < datetime.now(UTC) - first.first_at < timedelta(days=3)
    assert [letters.host for letters in others] == ["b_x.example", "www.a.example"]
