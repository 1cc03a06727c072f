"""What becomes of a URL that did not give an article: pure decisions, one closed table."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from ingest.errors import ItemError
from ingest.model import Capture, Claim, Outcome, OutcomeKind, Reason
from ingest.settings import Settings

RETRY_CAP_S = 86_400.0  # one day: a news article that is not there by then is no news

# These mean that we met a limit or a refusal of our own: a person should look. All other failures are the page's.
QUARANTINE = frozenset({Reason.TIMEOUT_PARSE, Reason.OUT_OF_MEMORY, Reason.CRASHED, Reason.REFUSED, Reason.INTERNAL})


def final(claim: Claim, reason: Reason, detail: str = "") -> Outcome:
    """`claim` ends without an article."""
    kind = OutcomeKind.QUARANTINED if reason in QUARANTINE else OutcomeKind.DROPPED
    return Outcome(url_id=claim.url_id, kind=kind, reason=reason, detail=detail[:300])


def after_failed_fetch(capture: Capture, settings: Settings, now: datetime) -> Outcome:
    """Retry with doubled waits, at least as long as the server asks, or drop once the attempts are used up."""
    claim, reason = capture.claim, capture.failure or Reason.INTERNAL
    if not capture.retryable or claim.attempt >= settings.fetch_attempts:
        return final(claim, reason)
    wait_s = max(settings.retry_base_s * 2.0 ** (claim.attempt - 1), capture.retry_after_s or 0.0)
    # Spread by the URL, not by chance: the same decision on every run, and no thundering herd.
    spread = random.Random(claim.url_id).uniform(1.0, 1.2)  # noqa: S311  # not for secrets
    return Outcome(url_id=claim.url_id, kind=None, reason=reason, retry_at=now + timedelta(seconds=min(wait_s * spread, RETRY_CAP_S)))


def after_failed_extraction(claim: Claim, error: ItemError) -> Outcome:
    """The same bytes fail the same way: never tried again."""
    return final(claim, error.reason, str(error))
