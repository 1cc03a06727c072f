"""What becomes of a URL that gave no article."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ingest.errors import SandboxError
from ingest.model import Capture, Claim, OutcomeKind, Reason
from ingest.pipeline.fates import RETRY_CAP_S, after_failed_extraction, after_failed_fetch, final
from ingest.settings import Settings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SETTINGS = Settings(fetch_attempts=3, retry_base_s=100)


def claim(attempt: int = 1) -> Claim:
    return Claim(url_id="a" * 64, url="https://a.example/1", first_seen_at=NOW, attempt=attempt)


def failed(attempt: int, *, retryable: bool = True, retry_after_s: float | None = None) -> Capture:
    return Capture(claim=claim(attempt), failure=Reason.TIMEOUT, retryable=retryable, retry_after_s=retry_after_s)


@pytest.mark.parametrize(
    ("attempt", "retry_after_s", "at_least_s", "at_most_s"),
    [
        pytest.param(1, None, 100, 120, id="the first wait is the base, with a spread"),
        pytest.param(2, None, 200, 240, id="each further wait is doubled"),
        pytest.param(1, 5_000, 5_000, 6_000, id="the server's Retry-After holds where it is longer"),
        pytest.param(1, 5, 100, 120, id="a shorter Retry-After does not hurry us"),
        pytest.param(1, 10**9, RETRY_CAP_S, RETRY_CAP_S, id="never later than a day"),
    ],
)
def test_a_failure_that_may_pass_is_tried_again(attempt: int, retry_after_s: float | None, at_least_s: float, at_most_s: float) -> None:
    outcome = after_failed_fetch(failed(attempt, retry_after_s=retry_after_s), SETTINGS)

    assert (outcome.kind, outcome.tried) == (None, True)
    assert at_least_s <= outcome.retry_in_s <= at_most_s


def test_the_same_failure_gives_the_same_decision() -> None:
    assert after_failed_fetch(failed(1), SETTINGS) == after_failed_fetch(failed(1), SETTINGS)


def test_after_the_last_attempt_it_is_dropped_with_its_reason() -> None:
    outcome = after_failed_fetch(failed(3), SETTINGS)

    assert (outcome.kind, outcome.reason) == (OutcomeKind.DROPPED, Reason.TIMEOUT)


def test_a_final_failure_is_dropped_at_once() -> None:
    assert after_failed_fetch(failed(1, retryable=False), SETTINGS).kind is OutcomeKind.DROPPED


def test_a_page_that_kills_the_extractor_is_quarantined() -> None:
    outcome = after_failed_extraction(claim(), SandboxError("signal:11", reason=Reason.CRASHED))

    assert (outcome.kind, outcome.reason, outcome.detail) == (OutcomeKind.QUARANTINED, Reason.CRASHED, "signal:11")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_has_an_ending(reason: Reason) -> None:
    assert final(claim(), reason).kind in {OutcomeKind.DROPPED, OutcomeKind.QUARANTINED}


def test_a_long_detail_is_cut() -> None:
    assert len(final(claim(), Reason.INTERNAL, "x" * 10_000).detail) == 300
