"""Earlier texts in the ledger: which are asked for, kept and given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from ingest.errors import LeaseLost, StateError
from ingest.model import Claim, Revision
from ingest.state.ledger import BatchRef, Ledger
from ingest.state.tables import revisions
from tests.state.acts import id_of

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ONE, TWO = "a" * 64, "b" * 64


def text(number: int, article_id: str = ONE) -> Revision:
    return Revision(
        article_id=article_id, fetched_at=START + timedelta(minutes=number), title=f"Title {number}", text=f"Text {number} ä\n" * 50
    )


def batch(ledger: Ledger) -> BatchRef:
    claim = Claim(url_id=id_of(1), url="https://paper.example/1", first_seen_at=START)
    return ledger.batches.create_replay([claim], owner="t", lease_s=60)


def kept(ledger: Ledger, article_id: str = ONE) -> list[int]:
    return [int(r.title.split()[1]) for r in ledger.revisions.of(article_id)]


def test_texts_come_back_as_they_were_the_first_one_first(ledger: Ledger) -> None:
    ledger.revisions.keep(batch(ledger), [text(2), text(1), text(1, TWO)], limit=20)

    assert ledger.revisions.of(ONE) == [text(1), text(2)]
    assert ledger.revisions.of(TWO) == [text(1, TWO)]
    assert ledger.revisions.of("c" * 64) == []


def test_kept_twice_they_are_there_once(ledger: Ledger) -> None:
    ref = batch(ledger)
    for _ in range(2):
        ledger.revisions.keep(ref, [text(1), text(2)], limit=20)

    assert kept(ledger) == [1, 2]


@pytest.mark.parametrize(("limit", "left"), [(20, [1, 2, 3, 4, 5]), (3, [1, 4, 5]), (1, [1]), (0, [])])
def test_of_many_texts_the_first_and_the_latest_are_kept(ledger: Ledger, limit: int, left: list[int]) -> None:
    ref = batch(ledger)
    for number in range(1, 6):
        ledger.revisions.keep(ref, [text(number), text(number, TWO)], limit=limit)

    assert kept(ledger) == left
    assert kept(ledger, TWO) == left


def test_an_article_of_an_earlier_batch_is_seen_before_one_of_this_batch_is_not(ledger: Ledger) -> None:
    first = batch(ledger)
    ledger.batches.own_articles(first, [(ONE, id_of(1))])
    assert ledger.revisions.seen_before(first, [ONE, TWO]) == set()
    _wait_for_the_clock(ledger)

    second = batch(ledger)
    ledger.batches.own_articles(second, [(ONE, id_of(1)), (TWO, id_of(2))])

    assert ledger.revisions.seen_before(second, [ONE, TWO]) == {ONE}


def _wait_for_the_clock(ledger: Ledger) -> None:
    """Until the database's clock has gone on by a millisecond."""
    with ledger.database.read() as c:
        start = ledger.database.now(c)
    while True:
        with ledger.database.read() as c:
            if ledger.database.now(c) > start:
                return


def test_a_worker_that_lost_its_batch_is_refused(ledger: Ledger) -> None:
    ref = batch(ledger)

    with pytest.raises(LeaseLost):
        ledger.revisions.keep(BatchRef(ref.id, ref.token + 1), [text(1)], limit=20)
    assert kept(ledger) == []


def test_a_broken_text_is_one_sentence(ledger: Ledger) -> None:
    ledger.revisions.keep(batch(ledger), [text(1)], limit=20)
    with ledger.database.write() as c:
        c.execute(update(revisions).values(text=b"broken"))

    with pytest.raises(StateError, match="cannot be read"):
        ledger.revisions.of(ONE)
