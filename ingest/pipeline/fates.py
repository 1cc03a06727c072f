"""What becomes of a URL that did not give an article: pure decisions, closed tables."""

from __future__ import annotations

import random
from typing import NamedTuple

from ingest.errors import ItemError
from ingest.extract.version import EXTRACTOR_VERSION
from ingest.model import Capture, Claim, Outcome, OutcomeKind, Reason
from ingest.settings import Settings

# Why a page says nothing although its article is there: also the flag of what is known of the article all the same.
WALLS = {Reason.PAYWALL: "the article has its price", Reason.CONSENT_WALL: "its page only asks for consent"}

RETRY_CAP_S = 86_400.0  # one day: a news article that is not there by then is no news

# These mean that we met a limit or a refusal of our own: a person should look. All other failures are the page's.
QUARANTINE = frozenset({Reason.TIMEOUT_PARSE, Reason.OUT_OF_MEMORY, Reason.CRASHED, Reason.REFUSED, Reason.INTERNAL, Reason.KILLED_WORKER})


class Backoff(NamedTuple):
    """How failures of one kind are tried again, in multiples of `retry_base_s` and `fetch_attempts`."""

    first: float = 1.0  # the wait before the second try; each further one is doubled
    attempts: float = 1.0


# What is not here is not tried again: see `retryable` of the errors and `ingest.web.status`.
BACKOFF = {
    Reason.INCOMPLETE: Backoff(first=0.2),  # a connection that broke; most second tries are well
    Reason.CONNECT: Backoff(),
    Reason.TIMEOUT: Backoff(),
    Reason.HTTP_SERVER: Backoff(),
    Reason.HTTP_BUSY: Backoff(first=2.0),
    Reason.DNS: Backoff(first=4.0),  # names come back slowly, if at all
    Reason.ROBOTS_UNREACHABLE: Backoff(first=4.0, attempts=2.0),  # the page was never asked for: nothing is known against it
}

# What ends so was given up: it may go well another time, and waits for `newsflow redrive`. All else has its answer.
DEAD_LETTERS = frozenset(BACKOFF) | QUARANTINE


def final(claim: Claim, reason: Reason, detail: str = "", *, extractor: str | None = None) -> Outcome:
    """`claim` ends without an article; `extractor` is the version of what found none in its page."""
    kind = OutcomeKind.QUARANTINED if reason in QUARANTINE else OutcomeKind.DROPPED
    return Outcome(url_id=claim.url_id, kind=kind, reason=reason, detail=detail[:300], extractor=extractor)


def ends_at_fetch(capture: Capture) -> bool:
    """Whether there is nothing to extract. Behind a wall there is what the feed says."""
    return capture.failure is not None and capture.failure not in WALLS


def after_failed_fetch(capture: Capture, settings: Settings) -> Outcome:
    """Retry with doubled waits, at least as long as the server asks, or drop once the attempts are used up.

    What was not asked for, because its host is to be left alone, only waits.
    """
    claim, reason = capture.claim, capture.failure or Reason.INTERNAL
    # Spread by the URL, not by chance: the same decision on every run, and no thundering herd.
    spread = random.Random(claim.url_id).uniform(1.0, 1.2)  # noqa: S311  # not for secrets
    asked_s = capture.retry_after_s or 0.0
    if not capture.tried:
        return Outcome(url_id=claim.url_id, kind=None, reason=reason, retry_in_s=min(asked_s * spread, RETRY_CAP_S), tried=False)
    backoff = BACKOFF.get(reason, Backoff())
    if not capture.retryable or claim.attempt >= round(settings.fetch_attempts * backoff.attempts):
        return final(claim, reason)
    wait_s = max(settings.retry_base_s * backoff.first * 2.0 ** (claim.attempt - 1), asked_s)
    return Outcome(url_id=claim.url_id, kind=None, reason=reason, retry_in_s=min(wait_s * spread, RETRY_CAP_S))


def after_failed_extraction(claim: Claim, error: ItemError) -> Outcome:
    """The same bytes fail the same way: never tried again."""
    return final(claim, error.reason, str(error), extractor=EXTRACTOR_VERSION)
