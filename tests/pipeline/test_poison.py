"""Rule X1: bytes that hurt the extractor are named, and tried twice at most; X2: what is no page never reaches it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from ingest.errors import ItemError, SandboxError
from ingest.extract.article import Extraction, PageBytes
from ingest.model import OutcomeKind, Reason
from ingest.pipeline.context import Context
from ingest.pipeline.poison import Later, Poison
from ingest.pipeline.replay import plan_replay
from ingest.pipeline.run import run_once
from ingest.pipeline.stages import REPLAY_STAGES, run_batch
from ingest.state.ledger import BatchRef
from ingest.state.tables import poison
from tests.pipeline.world import FEED, HOST, context_of, rss
from tests.site import Site

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HURT = SandboxError("signal:11", reason=Reason.CRASHED)
GOOD = Extraction(text="text")
BAD_BYTES = b"<html><body>" + b"<p>one two three</p>" * 100_000  # half a minute of work
DIGEST = hashlib.sha256(b"bad").hexdigest()


def page(body: bytes, number: int = 0) -> PageBytes:
    return PageBytes(body=body, url=f"http://a.example/{number}", fetched_at=NOW)


@pytest.fixture
def ctx(tmp_path: Path) -> Iterator[Context]:
    with Site() as site, context_of(tmp_path, site) as opened:
        yield opened


@pytest.fixture
def ref(ctx: Context) -> BatchRef:
    return ctx.ledger.batches.create_replay([], owner="t", lease_s=60)


def tried(gate: Poison, body: bytes, result: Extraction | ItemError) -> ItemError | Extraction | PageBytes:
    """What `judge` says of a page that ends in `result`, or why it was not tried."""
    admitted = gate.admit(page(body))
    return gate.judge(result if isinstance(admitted, PageBytes) else admitted)


def test_the_same_bytes_are_tried_twice_whatever_their_url_or_batch(ctx: Context, ref: BatchRef) -> None:
    first = tried(Poison(ctx, ref), b"bad", HURT)
    second = tried(Poison(ctx, ref), b"bad", SandboxError("stopped after 20 s", reason=Reason.TIMEOUT_PARSE))
    third = tried(Poison(ctx, ref), b"bad", GOOD)

    assert [(str(e), e.reason) for e in (first, second, third) if isinstance(e, SandboxError)] == [
        (f"signal:11 (sha256 {DIGEST}, 3 bytes)", Reason.CRASHED),
        (f"stopped after 20 s (sha256 {DIGEST}, 3 bytes)", Reason.TIMEOUT_PARSE),
        (f"these bytes were tried 2 times before (sha256 {DIGEST}, 3 bytes)", Reason.TIMEOUT_PARSE),
    ]
    assert tried(Poison(ctx, ref), b"other", GOOD) is GOOD


def test_of_the_same_bytes_in_one_batch_the_third_waits_for_the_others(ctx: Context, ref: BatchRef) -> None:
    gate = Poison(ctx, ref)
    admitted = [gate.admit(page(b"bad", number)) for number in range(4)]
    assert [type(each) for each in admitted] == [PageBytes, PageBytes, Later, Later]

    judged = [gate.judge(HURT if isinstance(each, PageBytes) else each) for each in admitted]
    assert [type(each) for each in judged] == [SandboxError, SandboxError, Later, Later]
    assert isinstance(gate.admit(page(b"bad")), SandboxError)


def test_bytes_that_are_common_and_good_are_held_up_once_at_most(ctx: Context, ref: BatchRef) -> None:
    gate = Poison(ctx, ref)
    for number in range(2):
        gate.admit(page(b"same", number))
    assert isinstance(gate.admit(page(b"same")), Later)
    for result in (GOOD, GOOD, Later()):
        gate.judge(result)

    assert all(isinstance(gate.admit(page(b"same", number)), PageBytes) for number in range(9))


def test_what_is_known_of_an_older_version_does_not_count(ctx: Context, ref: BatchRef) -> None:
    for _ in range(2):
        tried(Poison(ctx, ref), b"bad", HURT)
    with ctx.ledger.database.write() as c:
        c.execute(update(poison).values(extractor="newsflow 0.0.1"))

    assert tried(Poison(ctx, ref), b"bad", GOOD) is GOOD


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "limit", "reason"),
    [
        pytest.param(BAD_BYTES, {"parse_timeout_s": 2.0}, Reason.TIMEOUT_PARSE, id="it hangs"),
        pytest.param(b"<p></p>" * 1_000_000, {"parse_memory_bytes": 512 << 20}, Reason.OUT_OF_MEMORY, id="it eats memory"),
    ],
)
def test_a_page_that_hurts_is_quarantined_once_for_all_its_urls(
    tmp_path: Path, body: bytes, limit: dict[str, float], reason: Reason
) -> None:
    with Site() as site, context_of(tmp_path, site, page_max_bytes=10 << 20, entities="none", **limit) as ctx:
        for number in range(3):
            site.route(HOST, f"/{number}", body)
        site.route(HOST, "/feed-instead", rss(["/1"]), content_type="text/html")
        site.route(HOST, "/feed.xml", rss(["/0", "/1", "/2", "/feed-instead"]), content_type="application/rss+xml")
        ctx.ledger.feeds.add(FEED)
        run_once(ctx)
        for ref in plan_replay(ctx, []):
            run_batch(ctx, ref, REPLAY_STAGES)

        records = [ctx.ledger.urls.find(f"http://{HOST}/{number}") for number in range(3)]
        with ctx.ledger.database.read() as c:
            (row,) = c.execute(select(poison)).all()
        outcomes = ctx.ledger.counts.outcomes()

    assert (row.sha256, row.tries, row.reason) == (hashlib.sha256(body).hexdigest(), 2, reason)
    assert outcomes == {(OutcomeKind.QUARANTINED, reason): 3, (OutcomeKind.DROPPED, "feed_instead"): 1}
    for record in records:
        assert record is not None
        assert f"sha256 {row.sha256}, {len(body):,} bytes" in record.detail
