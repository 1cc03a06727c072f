"""From an article that fits a rule to the message in a mailbox and at a webhook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.alerts.channel import shown
from ingest.alerts.webhook import signature
from ingest.pipeline.context import Context
from ingest.pipeline.deliver import deliver
from ingest.pipeline.run import run_once
from tests.alerts.receivers import SECRET, Hook, Mailbox, hook, mailbox
from tests.pipeline.world import FEED, context_of, publish
from tests.site import Site


@pytest.fixture
def box() -> Iterator[tuple[Mailbox, str]]:
    with mailbox() as opened:
        yield opened


@pytest.fixture
def receiver() -> Iterator[tuple[Hook, str]]:
    with hook() as opened:
        yield opened


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with Site() as running:
        publish(running, 3)
        yield running


@pytest.fixture
def ctx(site: Site, tmp_path: Path) -> Iterator[Context]:
    with context_of(tmp_path, site) as opened:
        opened.ledger.feeds.add(FEED)
        yield opened


def rule(ctx: Context, *urls: str, name: str = "bridge", query: str = "bridge AND council") -> None:
    ctx.ledger.alerts.add_rule(name, query, [ctx.ledger.channels.add(url, shown=shown(url)) for url in urls])


def test_a_crawl_tells_mailbox_and_webhook_once(ctx: Context, box: tuple[Mailbox, str], receiver: tuple[Hook, str]) -> None:
    mails, mail_url = box
    hooked, hook_url = receiver
    rule(ctx, mail_url, hook_url)

    counts = run_once(ctx).alerts

    assert (counts.written, counts.sent, counts.failed, counts.dead) == (6, 6, 0, 0)
    assert sorted(m["Subject"] for m in mails.messages) == [f"[bridge] Report {n}" for n in range(3)]
    assert {tuple(e.rcpt_tos) for e in mails.envelopes} == {("editor@desk.example",)}
    html = mails.messages[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<mark>council</mark>" in html
    assert "newsflow alerts pause bridge" in html
    assert sorted(p["stories"][0]["title"] for p in hooked.payloads) == [f"Report {n}" for n in range(3)]
    for headers, body in hooked.requests:
        signed = signature(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        assert headers["webhook-signature"] == signed
        assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert deliver(ctx).sent == 0
    assert run_once(ctx).alerts.written == 0
    assert len(mails.envelopes) == len(hooked.requests) == 3
