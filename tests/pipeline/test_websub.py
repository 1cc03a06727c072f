"""WebSub with a hub of our own on loopback: subscribe, verify, hear, renew, fall back to polling, leave."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select, update

from ingest.feeds.schedule import PUSHED_MAX_S
from ingest.model import Feed
from ingest.pipeline.context import Context, open_context
from ingest.pipeline.poll import poll_due
from ingest.pipeline.polled import PollCounts
from ingest.pipeline.websub import keep_subscriptions
from ingest.pipeline.websub_callback import MAX_BODY_BYTES, receive
from ingest.settings import load
from ingest.state.ledger import Ledger
from ingest.state.tables import feeds, websub
from ingest.state.websub import Shown
from tests.pipeline.hub import Hub, call, callbacks, serving
from tests.pipeline.world import FEED, HOST, rss
from tests.site import Site

TOPIC = f"http://{HOST}/topic"
LINKS = f'<http://hub.example/>; rel="hub", <{TOPIC}>; rel="self"'


class World(NamedTuple):
    ctx: Context
    site: Site
    hub: Hub

    def publish(self, *paths: str, link: str = LINKS) -> None:
        """The feed as its server gives it from now on."""
        headers = {"Link": link} if link else {}
        # How often it is polled depends on how long ago that was: a fixed date would make tests fail some day.
        document = rss([*paths]).replace(
            "Fri, 20 Nov 2026 08:00:00 GMT", format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
        )
        self.site.route(HOST, "/feed.xml", document, headers=headers, content_type="application/rss+xml")

    def poll(self, *, at_once: bool = False) -> PollCounts:
        """Poll what is due; `at_once`: as if the time of the schedule's next poll had come."""
        if at_once:
            with self.ctx.ledger.database.write() as c:
                c.execute(update(feeds).values(next_poll_at=0, poll_reason="by schedule"))
        return poll_due(self.ctx)

    @property
    def feed(self) -> Feed:
        (feed,) = self.ctx.ledger.feeds.all()
        return feed

    @property
    def waits_s(self) -> float:
        """From now to the next poll."""
        assert self.feed.next_poll_at is not None
        return (self.feed.next_poll_at - datetime.now(UTC)).total_seconds()

    @property
    def subscriptions(self) -> list[Shown]:
        return self.ctx.ledger.websub.of(self.feed.id)

    @property
    def states(self) -> list[str]:
        return [each.state for each in self.subscriptions]

    def change(self, **values: object) -> None:
        """As if time had passed, or a row had been written by somebody else."""
        with self.ctx.ledger.database.write() as c:
            c.execute(update(websub).values(**values))

    def secret(self) -> str:
        with self.ctx.ledger.database.read() as c:
            return str(c.execute(select(websub.c.secret)).scalar_one())

    def polled_long_ago(self) -> None:
        with self.ctx.ledger.database.write() as c:
            c.execute(update(feeds).values(last_polled_at=0))


@contextmanager
def made(tmp_path: Path) -> Iterator[World]:
    """A feed with a hub, polled once."""
    hub = Hub()
    database = f"sqlite:///{tmp_path}/newsflow.db"
    with Site() as site, serving(hub.handle) as port, callbacks(database) as base:
        settings = load(
            home=tmp_path, database_url=database, connect_to=f"hub.example:80=127.0.0.1:{port},{site.connect_to}", host_interval_s=0.0,
            workers=1, websub_url=base, poll_min_s=60.0, poll_pace_s=20.0,
        )  # fmt: skip
        with open_context(settings) as ctx:
            world = World(ctx, site, hub)
            world.publish("/1")
            ctx.ledger.feeds.add(FEED)
            world.poll()
            yield world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with made(tmp_path) as world:
        yield world


@pytest.fixture(scope="module")
def unchanged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For tests that show that nothing changes."""
    with made(tmp_path_factory.mktemp("unchanged")) as world:
        yield world


def test_a_feed_with_a_hub_is_subscribed_to_and_verified(world: World) -> None:
    (asked,) = world.hub.requests
    (shown,) = world.subscriptions

    assert (asked["hub.mode"], asked["hub.topic"], asked["hub.secret"]) == ("subscribe", TOPIC, world.secret())
    assert world.hub.subscribers == {(TOPIC, asked["hub.callback"]): world.secret()}
    assert (shown.hub, shown.state, shown.error, shown.last_told_at) == ("http://hub.example/", "live", "", None)
    assert shown.live_until is not None
    assert 9.9 < (shown.live_until - datetime.now(UTC)).total_seconds() / 86_400 <= 10
    assert keep_subscriptions(world.ctx) == 0, "nothing more is to be asked"


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha512"])
def test_news_make_the_feed_due_at_once(world: World, method: str) -> None:
    world.publish("/2", "/1")
    assert world.poll().polled == 0, "it is not due"
    world.polled_long_ago()

    assert world.hub.tell(b"<rss>anything</rss>", method=method) == [202]

    counts = world.poll()
    assert (counts.polled, counts.new_urls) == (1, 1)
    assert world.poll().polled == 0, "told once, polled once"
    assert world.ctx.ledger.urls.find("http://anything/") is None


def test_a_burst_of_news_is_one_poll(world: World) -> None:
    assert [world.hub.tell(b"x") for _ in range(5)] == [[202]] * 5

    assert world.poll().polled == 0, "it was polled a moment ago"
    assert 5 < world.waits_s <= 15


def test_news_told_while_the_feed_is_polled_make_it_due_again(world: World) -> None:
    with world.ctx.ledger.database.write() as c:
        c.execute(update(feeds).values(next_poll_at=0))
    (claimed,) = world.ctx.ledger.feeds.claim_due(owner="t", lease_s=60, limit=1)
    world.hub.tell(b"x")
    assert world.ctx.ledger.websub.answer_rings() == 0
    world.ctx.ledger.feeds.finish_poll(claimed, in_s=3_600, poll_reason="")

    assert world.ctx.ledger.websub.answer_rings() == 1
    assert world.waits_s <= 15


@pytest.mark.parametrize(
    ("headers", "because"),
    [
        pytest.param({"X-Hub-Signature": "sha256=" + hmac.new(b"guess", b"x", hashlib.sha256).hexdigest()}, "another secret", id="forged"),
        pytest.param({}, "no signature", id="unsigned"),
        pytest.param({"X-Hub-Signature": "md5=00"}, "no such method", id="an unknown method"),
    ],
)
def test_what_is_not_signed_is_ignored_and_answered_alike(unchanged: World, headers: dict[str, str], because: str) -> None:
    ((_, callback),) = unchanged.hub.subscribers

    assert call(callback, b"x", headers)[0] == 202
    assert unchanged.ctx.ledger.websub.answer_rings() == 0, because


def test_polls_are_slower_once_the_hub_has_told_and_as_before_when_it_fails_to(world: World) -> None:
    world.poll(at_once=True)
    before = world.waits_s
    world.polled_long_ago()
    world.hub.tell(b"x")
    world.poll()

    assert min(before * 3, PUSHED_MAX_S * 0.9) < world.waits_s <= PUSHED_MAX_S * 1.1
    assert world.feed.poll_reason.startswith("its hub tells of news; ")

    world.publish("/3", "/1")
    assert world.poll(at_once=True).new_urls == 1
    assert world.waits_s < before * 1.5, "it had not told of that"


def test_when_the_lease_is_over_it_is_polled_as_before_and_asked_for_again(world: World) -> None:
    world.hub.tell(b"x")
    world.hub.refuse = 503
    world.change(lease_ends_at=1, next_at=1)

    assert world.ctx.ledger.websub.trusted([world.feed.id]) == set()
    assert keep_subscriptions(world.ctx) == 1
    assert [each.error for each in world.subscriptions] == ["the hub answers 503"]
    world.hub.refuse = 0
    world.change(next_at=1)
    assert keep_subscriptions(world.ctx) == 1
    assert world.ctx.ledger.websub.trusted([world.feed.id]) == {world.feed.id}


def test_it_is_renewed_before_the_lease_ends(world: World) -> None:
    with world.ctx.ledger.database.read() as c:
        row = c.execute(select(websub)).one()
    assert row.next_at < row.lease_ends_at - 86_400_000
    world.change(next_at=1)

    assert keep_subscriptions(world.ctx) == 1
    assert [r["hub.mode"] for r in world.hub.requests] == ["subscribe", "subscribe"]
    with world.ctx.ledger.database.read() as c:
        renewed = c.execute(select(websub)).one()
    assert (renewed.state, renewed.key, renewed.secret) == ("live", row.key, row.secret)
    assert renewed.lease_ends_at >= row.lease_ends_at
    assert renewed.next_at == pytest.approx(row.next_at, abs=600_000), "not asked for again before its time"


def test_a_hub_that_never_asks_back_is_asked_more_and_more_seldom(world: World) -> None:
    world.hub.verify = False
    world.publish("/1", "/2", link=LINKS.replace("hub.example", "hub.example/other"))
    world.poll(at_once=True)
    waits = []
    for _ in range(4):
        with world.ctx.ledger.database.read() as c:
            now = world.ctx.ledger.database.now(c)
            row = c.execute(select(websub).where(websub.c.state == "asked")).one()
        waits.append(round((row.next_at - now) / 600_000))
        world.change(next_at=1)
        keep_subscriptions(world.ctx)

    assert waits == [1, 2, 4, 8]
    assert world.ctx.ledger.websub.trusted([world.feed.id]) == set()


def test_a_hub_that_denies_is_believed_for_a_day(world: World) -> None:
    world.hub.deny = True
    world.change(state="wanted", next_at=1)
    keep_subscriptions(world.ctx)

    (shown,) = world.subscriptions
    assert (shown.state, shown.error) == ("denied", "the hub denies it: not here")
    assert keep_subscriptions(world.ctx) == 0


def test_a_feed_that_names_no_hub_any_more_is_left(world: World) -> None:
    world.publish("/1", "/2", link="")
    world.poll(at_once=True)
    keep_subscriptions(world.ctx)

    assert [r["hub.mode"] for r in world.hub.requests] == ["subscribe", "unsubscribe"]
    assert world.hub.subscribers == {}
    assert world.subscriptions == []


def test_a_feed_that_moves_to_another_hub_leaves_the_first(world: World) -> None:
    world.publish("/1", "/2", link=LINKS.replace("hub.example", "hub.example/second"))
    world.poll(at_once=True)

    modes = sorted((r["hub.mode"], r["hub.callback"] == world.hub.requests[0]["hub.callback"]) for r in world.hub.requests)
    assert modes == [("subscribe", False), ("subscribe", True), ("unsubscribe", True)]
    assert world.states == ["live"]


def test_a_feed_that_is_not_polled_any_more_is_left(world: World) -> None:
    with world.ctx.ledger.database.write() as c:
        c.execute(update(feeds).values(enabled=False))
    world.change(next_at=1)
    keep_subscriptions(world.ctx)
    keep_subscriptions(world.ctx)

    assert world.hub.subscribers == {}
    assert world.subscriptions == []


def test_of_a_feed_that_was_removed_the_hub_is_told_when_it_next_comes(world: World) -> None:
    world.ctx.ledger.feeds.remove(FEED)

    assert world.hub.tell(b"x") == [410]
    ((where),) = world.hub.subscribers
    assert world.hub.ask(where, "subscribe", {"hub.challenge": "x"})[0] == 404


def test_without_a_public_url_no_hub_is_asked(tmp_path: Path) -> None:
    with Site() as site, open_context(load(home=tmp_path, connect_to=site.connect_to, workers=1)) as ctx:
        World(ctx, site, Hub()).publish("/1")
        ctx.ledger.feeds.add(FEED)
        poll_due(ctx)

        assert ctx.ledger.websub.of(1) == []
        assert {r.host for r in site.requests} == {HOST}


@pytest.mark.parametrize(
    ("method", "target", "body", "status"),
    [
        pytest.param("GET", "/websub/unknown?hub.mode=subscribe&hub.challenge=x", b"", 404, id="an unknown callback"),
        pytest.param("POST", "/websub/unknown", b"", 410, id="news for an unknown callback"),
        pytest.param("PUT", "/websub/{key}", b"", 405, id="another method"),
        pytest.param("GET", "/websub/{key}", b"", 400, id="a visitor"),
        pytest.param("GET", "/websub/{key}?hub.mode=subscribe&hub.topic=" + TOPIC, b"", 400, id="no challenge"),
        pytest.param("GET", "/websub/{key}?hub.mode=subscribe&hub.topic=x&hub.challenge=x", b"", 404, id="another topic"),
        pytest.param("GET", "/websub/{key}?" + "&".join(f"a{n}=1" for n in range(99)), b"", 400, id="a hundred fields"),
        pytest.param("GET", "/websub/{key}?hub.mode=subscribe&hub.challenge=" + "x" * 9_999, b"", 400, id="a huge challenge"),
        pytest.param("POST", "/websub/{key}", b"x" * (MAX_BODY_BYTES + 1), 413, id="a huge body"),
    ],
)
def test_other_requests_to_the_callback(unchanged: World, method: str, target: str, body: bytes, status: int) -> None:
    with unchanged.ctx.ledger.database.read() as c:
        before = c.execute(select(websub)).one()

    answer = receive(unchanged.ctx.ledger, method, target.format(key=before.key), {}, body)

    assert (answer.status, answer.content_type) == (status, "text/plain; charset=utf-8")
    with unchanged.ctx.ledger.database.read() as c:
        assert c.execute(select(websub)).one() == before


def test_the_secret_is_in_no_log_and_in_nothing_shown(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = world.secret()
    world.hub.tell(b"x")
    world.hub.tell(b"x", secret="guess")
    world.hub.refuse = 500
    world.change(next_at=1)
    keep_subscriptions(world.ctx)
    told = capfd.readouterr()

    assert "hub" in told.out + told.err + caplog.text
    assert secret not in told.out + told.err + caplog.text + repr(world.subscriptions)


def test_a_ledger_of_before_has_no_subscriptions(tmp_path: Path) -> None:
    with Ledger.open(f"sqlite:///{tmp_path}/x.db") as ledger:
        feed, _ = ledger.feeds.add(FEED)
        assert (ledger.websub.of(feed.id), ledger.websub.claim(hold_s=1, limit=1), ledger.websub.answer_rings()) == ([], [], 0)
