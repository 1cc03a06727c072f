"""What the tests of the ledger do over and over."""

from __future__ import annotations

from ingest.model import Card, Entry, Feed, Outcome, OutcomeKind, Reason, Rule
from ingest.state.alerts import Firing
from ingest.state.ledger import BatchRef, Ledger
from ingest.urls import url_id

FEED = "https://paper.example/feed.xml"


def entry(number: int, *, fingerprint: str = "one", title: str = "") -> Entry:
    return Entry(key=f"u:{number}", fingerprint=fingerprint, url=f"https://paper.example/{number}", title=title or f"Title {number}")


def polled(ledger: Ledger, url: str = FEED, *, lease_s: float = 60) -> Feed:
    """The feed at `url`, added where it is new, leased."""
    ledger.feeds.add(url)
    (feed,) = [f for f in ledger.feeds.claim_due(owner="t", lease_s=lease_s, limit=10) if f.url == url]
    return feed


def claim(ledger: Ledger, *, size: int = 100, limit: int = 10, lease_s: float = 60) -> list[BatchRef]:
    return ledger.batches.claim(owner="t", lease_s=lease_s, size=size, limit=limit)


def id_of(number: int) -> str:
    return url_id(f"https://paper.example/{number}")


def done(number: int, kind: OutcomeKind = OutcomeKind.INDEXED, reason: Reason | None = None) -> Outcome:
    return Outcome(url_id=id_of(number), kind=kind, reason=reason, article_id="a" * 63 + str(number % 10))


def firing(rule: Rule, letter: str, *, story: str = "", site: str = "paper.example", late: bool = False, too_old: bool = False) -> Firing:
    """The article aaa… of `site` fits the rule."""
    card = Card(title=f"Title {letter}", url=f"https://{site}/{letter}", site=site)
    return Firing(rule_id=rule.id, article_id=letter * 64, story_key=story or letter * 64, card=card, late=late, too_old=too_old)


def assert_adds_up(ledger: Ledger) -> None:
    backlog = ledger.counts.backlog()
    assert sum(ledger.counts.outcomes().values()) + backlog.discovered + backlog.waiting_retry + backlog.claimed == ledger.counts.total()
