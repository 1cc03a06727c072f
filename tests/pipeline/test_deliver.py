"""From an article that fits a rule to the message in a mailbox and at a webhook."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import msgspec
import pytest

from ingest.alerts.channel import shown
from ingest.alerts.webhook import signature
from ingest.model import Card, Delivery, Rule
from ingest.pipeline.context import Context
from ingest.pipeline.deliver import deliver
from ingest.pipeline.replay import plan_replay
from ingest.pipeline.run import run_once
from ingest.pipeline.stages import REPLAY_AND_ALERT_STAGES, REPLAY_STAGES, run_batch
from ingest.state.alerts import Firing
from tests.alerts.receivers import SECRET, Hook, Mailbox, hook, mailbox
from tests.pipeline.world import FEED, context_of, publish
from tests.site import Site
from tests.state.acts import firing


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


ANY_AGE = Delivery(max_age_s=None)


def rule(ctx: Context, *urls: str, name: str = "bridge", query: str = "bridge AND council", delivery: Delivery = ANY_AGE) -> None:
    ctx.ledger.alerts.add_rule(name, query, [ctx.ledger.channels.add(url, shown=shown(url)) for url in urls], delivery=delivery)


def raise_three(ctx: Context, *urls: str, delivery: Delivery = ANY_AGE) -> None:
    """A rule that has fired for three stories."""
    rule(ctx, *urls, delivery=delivery)
    ctx.ledger.alerts.record([firing(found(ctx, "bridge"), letter) for letter in "abc"])


def found(ctx: Context, name: str) -> Rule:
    saved = ctx.ledger.alerts.rule(name)
    assert saved is not None
    return saved


def test_a_crawl_tells_mailbox_and_webhook_once(ctx: Context, box: tuple[Mailbox, str], receiver: tuple[Hook, str]) -> None:
    mails, mail_url = box
    hooked, hook_url = receiver
    rule(ctx, mail_url, hook_url)

    counts = run_once(ctx).alerts

    assert (counts.written, counts.sent, counts.failed, counts.dead) == (6, 6, 0, 0)
    assert sorted(m["Subject"] for m in mails.messages) == [f"[bridge] Report {n}" for n in range(3)]
    assert {tuple(e.rcpt_tos) for e in mails.envelopes} == {("editor@desk.example",)}
    html = mails.messages[0].get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert ">council</mark>" in html
    assert "newsflow alerts pause bridge" in html
    assert sorted(p["stories"][0]["title"] for p in hooked.payloads) == [f"Report {n}" for n in range(3)]
    for headers, body in hooked.requests:
        signed = signature(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
        assert headers["webhook-signature"] == signed
        assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 60
    assert deliver(ctx).sent == 0
    assert run_once(ctx).alerts.written == 0
    assert len(mails.envelopes) == len(hooked.requests) == 3


def test_a_replay_tells_nobody_unless_it_is_asked_to(ctx: Context, receiver: tuple[Hook, str]) -> None:
    received, url = receiver
    run_once(ctx)
    rule(ctx, url)

    for ref in plan_replay(ctx, []):
        run_batch(ctx, ref, REPLAY_STAGES)
    assert deliver(ctx).sent == 0
    for _ in range(2):
        for ref in plan_replay(ctx, []):
            run_batch(ctx, ref, REPLAY_AND_ALERT_STAGES)
        deliver(ctx)
    assert len(received.requests) == 3


class TestFailures:
    def test_a_channel_that_is_down_holds_up_no_other(self, ctx: Context, box: tuple[Mailbox, str], receiver: tuple[Hook, str]) -> None:
        mails, mail_url = box
        received, hook_url = receiver
        received.status = 503
        raise_three(ctx, mail_url, hook_url)

        counts = deliver(ctx)

        assert (counts.sent, counts.failed) == (3, 1), "the first message finds out, the others wait"
        assert len(mails.envelopes) == 3
        assert deliver(ctx).failed == 0, "the channel rests"
        received.status = 204
        ctx.ledger.outbox.revive()
        assert deliver(ctx).sent == 3
        assert received.keys[0] in received.keys[1:], "the same key on every try"
        assert len(set(received.keys)) == 3

    def test_what_can_never_be_taken_is_given_up_with_its_reason(self, ctx: Context, receiver: tuple[Hook, str]) -> None:
        received, url = receiver
        received.status = 410
        raise_three(ctx, url)

        assert deliver(ctx).dead == 3
        assert {(d.reason, d.rule_name, d.attempts) for d in ctx.ledger.outbox.dead()} == {("answered 410", "bridge", 1)}

    def test_a_slow_channel_does_not_outlive_its_lease(self, ctx: Context, receiver: tuple[Hook, str]) -> None:
        received, url = receiver
        received.delay_s = 0.4
        raise_three(ctx, url)
        short = dataclasses.replace(ctx, settings=ctx.settings.model_copy(update={"lease_s": 1.0}))

        assert deliver(short).sent == 3
        assert len(received.keys) == len(set(received.keys)) == 3
        with ctx.ledger.database.read() as c:
            assert max(c.exec_driver_sql("SELECT lease_token FROM alert_messages").scalars()) > 1, "the last was claimed anew"

    def test_a_mail_server_that_refuses(self, ctx: Context, box: tuple[Mailbox, str]) -> None:
        mails, url = box
        mails.refuse = "451 later"
        raise_three(ctx, url)

        assert deliver(ctx).failed == 1
        (channel,) = ctx.ledger.channels.all()
        assert channel.failures == 1
        assert channel.last_error
        mails.refuse = ""
        ctx.ledger.outbox.revive()
        assert deliver(ctx).sent == 3


def test_hostile_text_reaches_nobody_else(ctx: Context, box: tuple[Mailbox, str], receiver: tuple[Hook, str]) -> None:
    """Rule O6, to the end: one recipient, no mention syntax in what a chat service gets, at most 4 KB, no attachment."""
    mails, mail_url = box
    received, hook_url = receiver
    text = "x\r\nBcc: v@evil.example\r\n\r\n<!channel> @everyone <@U1> [x](javascript:1) <https://evil.example|bank> " + "w " * 5_000
    card = Card(title=text, url="javascript:alert(1)", site=text, source=text, excerpt=text, people=(text,))
    rule(ctx, mail_url, hook_url.replace("webhook+http", "json").replace(f"{SECRET}@", ""))
    ctx.ledger.alerts.record([Firing(rule_id=found(ctx, "bridge").id, article_id="a" * 64, story_key="s", card=card)])

    assert deliver(ctx).sent == 2
    (envelope,), (mail,) = mails.envelopes, mails.messages
    assert envelope.rcpt_tos == ["editor@desk.example"]
    assert (mail["Bcc"], mail["To"]) == (None, "editor@desk.example")
    assert not list(mail.iter_attachments())
    (payload,) = received.payloads
    assert len(payload["message"].encode()) <= 4_096
    assert payload["attachments"] == []
    for said in (payload["message"], payload["title"], mail["Subject"]):
        assert not re.search(r"<[!@#]|@everyone|\]\(|<https|\r", said), said
    assert "javascript:alert" not in payload["message"]


def test_a_paused_rule_says_nothing_and_goes_on_later(ctx: Context, receiver: tuple[Hook, str]) -> None:
    received, url = receiver
    raise_three(ctx, url)
    ctx.ledger.alerts.change_rule(msgspec.structs.replace(found(ctx, "bridge"), enabled=False))
    assert deliver(ctx).written == 0
    assert ctx.ledger.alerts.rules() == [], "it is not matched"
    ctx.ledger.alerts.change_rule(msgspec.structs.replace(found(ctx, "bridge"), enabled=True))
    assert deliver(ctx).sent == 3
    assert len(received.requests) == 3


def test_a_digest_waits_for_its_time(ctx: Context, receiver: tuple[Hook, str]) -> None:
    received, url = receiver
    now = datetime.now(UTC)
    raise_three(ctx, url, delivery=Delivery(digest=f"daily@{now + timedelta(hours=6):%H:%M}"))

    assert deliver(ctx).written == 0
    assert ctx.ledger.outbox.counts().held == 3
    shift(ctx, hours=20)
    assert deliver(ctx).sent == 1
    (payload,) = received.payloads
    assert (payload["kind"], payload["total"]) == ("digest", 3)


def test_old_articles_are_noted_and_not_told(ctx: Context, receiver: tuple[Hook, str]) -> None:
    received, url = receiver
    rule(ctx, url, delivery=Delivery(max_age_s=60))
    rule(ctx, url, name="any age", delivery=Delivery(max_age_s=None))
    run_once(ctx)

    assert {(e.rule_name, e.state, e.late) for e in ctx.ledger.alerts.events(10)} == {
        ("bridge", "too_old", True),
        ("any age", "pending", True),
    }
    assert {p["rules"][0]["name"] for p in received.payloads} == {"any age"}
    assert all(p["stories"][0]["late"] for p in received.payloads)


def test_a_feed_is_written(ctx: Context, tmp_path: Path) -> None:
    file = tmp_path / "feeds" / "bridge.xml"
    rule(ctx, f"rss:{file}")
    run_once(ctx)

    feed = feedparser.parse(file.read_bytes())
    assert not feed.bozo
    assert sorted(e.title for e in feed.entries) == [f"Report {n}" for n in range(3)]
    assert len({e.id for e in feed.entries}) == 3


def test_rules_share_a_feed(ctx: Context, tmp_path: Path) -> None:
    file = tmp_path / "all.xml"
    rule(ctx, f"rss:{file}")
    rule(ctx, f"rss:{file}", name="second", query='title:"Report 1"')
    run_once(ctx)

    feed = feedparser.parse(file.read_bytes())
    assert not feed.bozo
    assert feed.feed.title == "Alerts: bridge, second"
    assert sorted((e.category, e.title) for e in feed.entries) == [
        *(("bridge", f"Report {n}") for n in range(3)),
        ("second", "Report 1"),
    ]
    assert len({e.id for e in feed.entries}) == 4


def shift(ctx: Context, *, hours: float) -> None:
    """As if that many hours had passed since everything happened."""
    with ctx.ledger.database.write() as c:
        for column, table in (("created_at", "alert_events"), ("created_at", "alert_messages")):
            c.exec_driver_sql(f"UPDATE {table} SET {column} = {column} - {round(hours * 3_600_000)}")
