"""Faults staged on a real server: every document has one fate, none is lost, none is twice."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from ingest.errors import EngineUnavailable
from ingest.model import Rule
from ingest.search.elastic.setup import Setup
from ingest.search.engine import Access, Status
from ingest.search.opening import open_engine
from tests.engines.servers import OpenSearch
from tests.search.conftest import FAST
from tests.search.elastic.cutting import Cutting
from tests.search.library import LIBRARY, article

pytestmark = pytest.mark.engines
LARGE = "word " * 20_000  # 0.1 MB: twelve of them are more than the test server takes at once


@pytest.fixture
def setup(opensearch: OpenSearch) -> Iterator[Setup]:
    made = Setup(f"{opensearch.url}?prefix=f{secrets.token_hex(4)}", settings=FAST)
    made.apply()
    yield made
    made.close()


def url_of(opensearch: OpenSearch, setup: Setup) -> str:
    return f"{opensearch.url}?prefix={setup.address.names.prefix}"


def test_a_document_that_does_not_fit_the_mapping_is_refused_alone(opensearch: OpenSearch, setup: Setup) -> None:
    bad = msgspec.structs.replace(LIBRARY[1], word_count=1 << 40)
    with open_engine(url_of(opensearch, setup)) as engine:
        dispositions = engine.index([LIBRARY[0], bad, LIBRARY[2]])

        assert [d.status for d in dispositions] == [Status.INDEXED, Status.REFUSED, Status.INDEXED]
        assert "word_count" in dispositions[1].detail
        assert engine.count() == 2


def test_a_disk_that_fills_up_and_is_freed(opensearch: OpenSearch, setup: Setup) -> None:
    index_name = f"{setup.address.names.articles}-v1-2026.11.01"
    with open_engine(url_of(opensearch, setup)) as engine:
        engine.index(LIBRARY[:2])
        setup.client.indices.put_settings(index=index_name, settings={"index.blocks.read_only_allow_delete": True})
        with pytest.raises(EngineUnavailable, match="disk is nearly full"):
            engine.index(LIBRARY[:10])
        assert engine.count() == 2  # searches go on

        setup.client.indices.put_settings(index=index_name, settings={"index.blocks.read_only_allow_delete": None})
        assert {d.status for d in engine.index(LIBRARY[:10])} == {Status.INDEXED}
        assert engine.count() == 10


def test_half_an_answer_after_the_write_was_applied(opensearch: OpenSearch, setup: Setup) -> None:
    with Cutting(opensearch.port, cuts=2) as proxy:
        url = url_of(opensearch, setup).replace(f":{opensearch.port}", f":{proxy.port}")
        with open_engine(url, Access(patience_s=60)) as engine:
            dispositions = engine.index(LIBRARY[:10])

            assert proxy.bulks == 3
            assert [d.status for d in dispositions] == [Status.INDEXED] * 10
            assert engine.count() == 10


def test_a_batch_larger_than_the_server_takes_is_written_in_parts(opensearch: OpenSearch, setup: Setup) -> None:
    large = [article(f"{n}", f"title {n}", LARGE) for n in range(24)]
    too_large = article("too large", "title", LARGE * 12)
    with open_engine(url_of(opensearch, setup), Access(patience_s=60)) as engine:
        dispositions = engine.index([*large, too_large])

        assert [d.status for d in dispositions] == [Status.INDEXED] * 24 + [Status.REFUSED]
        assert "larger than the server takes" in dispositions[-1].detail
        assert engine.count() == 24
        # What is matched goes over the same wire.
        rules = [Rule(id=1, name="r", query="word title"), Rule(id=2, name="long", query=" OR ".join(f"word{n}" for n in range(200)))]
        assert {(m.rule_id, m.article_id) for m in engine.match([*large, too_large], rules)} == {(1, a.id) for a in large}


def test_a_month_whose_shard_is_lost_holds_up_no_other_month(opensearch: OpenSearch, setup: Setup) -> None:
    lost = setup.address.names.articles_of(1, "2026.10.01")
    nowhere = "index.routing.allocation.require._name"
    setup.client.indices.create(index=lost, settings={nowhere: "nowhere"}, wait_for_active_shards=0)
    early = article("early", "title", first_seen_at=datetime(2026, 10, 5, tzinfo=UTC))
    with open_engine(url_of(opensearch, setup), Access(patience_s=1)) as engine:
        with pytest.raises(EngineUnavailable, match=r"1 of 4 documents could not be written .*primary shard is not active"):
            engine.index([*LIBRARY[:3], early])
        assert all(engine.get(a.id) for a in LIBRARY[:3])

        setup.client.indices.put_settings(index=lost, settings={nowhere: None})
        assert {d.status for d in engine.index([*LIBRARY[:3], early])} == {Status.INDEXED}
        assert engine.count() == 4


@pytest.mark.slow
def test_a_server_killed_while_writing_and_started_again(opensearch: OpenSearch, setup: Setup) -> None:
    batches = [LIBRARY[n : n + 6] for n in range(0, len(LIBRARY), 6)]
    done: list[int] = []
    failures: list[Exception] = []

    def work() -> None:
        with open_engine(url_of(opensearch, setup), Access(patience_s=0.5)) as engine:
            for number, batch in enumerate(batches):
                try:
                    engine.index(batch)
                    done.append(number)
                except EngineUnavailable as error:
                    failures.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    while len(done) < 3 and worker.is_alive():
        time.sleep(0.005)
    opensearch.stop()
    worker.join()
    try:
        assert 3 <= len(done) < len(batches)
        assert len(done) + len(failures) == len(batches)  # every batch has one fate
        with (
            open_engine(url_of(opensearch, setup), Access(patience_s=0.2)) as engine,
            pytest.raises(EngineUnavailable, match="cannot be reached"),
        ):
            engine.count()
    finally:
        opensearch.start()

    with open_engine(url_of(opensearch, setup)) as engine:
        acknowledged = {a.id for number in done for a in batches[number]}
        assert all(engine.get(article_id) for article_id in acknowledged)
        for batch in batches:
            assert {d.status for d in engine.index(batch)} == {Status.INDEXED}
        assert engine.count() == len(LIBRARY)
