"""What can go wrong while writing: every document has one fate, none is lost, none is twice, the operator reads one sentence."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingest.errors import EngineRefused, EngineUnavailable
from ingest.search.engine import Access, Disposition, Status
from ingest.search.opening import open_engine
from tests.engines.ports import free_ports
from tests.engines.servers import OpenSearch
from tests.search.elastic.scripted import Answer, Json, Scripted, Sent, failed
from tests.search.library import LIBRARY
from tests.site.tls import Authority

FEW = LIBRARY[:5]
INDEXED = [Status.INDEXED] * 5
BUSY_ITEM = Answer(item=lambda _: failed(429, "es_rejected_execution_exception"))
FLOOD = "index [x] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block]"


def index(server: Scripted, patience_s: float = 3.0) -> list[Disposition]:
    with open_engine(server.url, Access(patience_s=patience_s)) as engine:
        return engine.index(FEW)


def mixed(doc: Sent) -> Json | None:
    """One fault for each place in the batch: none, 429 twice, 400, 409, 503 twice."""
    place = [a.id for a in FEW].index(doc.article_id)
    if place == 2:
        return failed(400, "document_parsing_exception")
    if place == 3:
        return failed(409, "version_conflict_engine_exception")
    if place in (1, 4) and doc.number < 2:
        return failed(429 if place == 1 else 503, "busy")
    return None


ENDURED = [
    pytest.param(
        [Answer(item=mixed)], [Status.INDEXED, Status.INDEXED, Status.REFUSED, Status.STALE, Status.INDEXED], id="a fault for each item"
    ),
    pytest.param([BUSY_ITEM, BUSY_ITEM, Answer()], INDEXED, id="items 429, then room"),
    pytest.param([Answer(item=lambda _: failed(503, "unavailable_shards_exception")), Answer()], INDEXED, id="items 503, then up"),
    pytest.param([Answer(429, failed(429, "rejected"), applied=False), Answer()], INDEXED, id="request 429"),
    pytest.param([Answer(503, failed(503, "unavailable"), applied=False), Answer()], INDEXED, id="request 503"),
    pytest.param([Answer(502, {}, applied=False), Answer()], INDEXED, id="a proxy's 502"),
    pytest.param([Answer(cut=True), Answer()], INDEXED, id="half an answer, after the write was applied"),
    pytest.param([Answer(cut=True, applied=False, body={"took": 1}), Answer()], INDEXED, id="half an answer, nothing applied"),
    pytest.param([Answer(item=lambda _: failed(404, "index_not_found_exception")), Answer()], INDEXED, id="the index is gone: made anew"),
    pytest.param(
        [Answer(item=lambda _: failed(403, "cluster_block_exception", "blocked by: [FORBIDDEN/8/index write (api)]")), Answer()],
        INDEXED,
        id="the index is being replaced",
    ),
]


@pytest.mark.parametrize(("answers", "expected"), ENDURED)
def test_every_document_has_one_fate(answers: list[Answer], expected: list[Status]) -> None:
    with Scripted(answers) as server:
        dispositions = index(server)

        assert [d.status for d in dispositions] == expected
        assert [d.article_id for d in dispositions] == [a.id for a in FEW]
        written = {a.id for a, d in zip(FEW, dispositions, strict=True) if d.status is Status.INDEXED}
        assert server.documents.keys() == written  # none lost; by id, so none twice


def test_only_what_failed_is_sent_again() -> None:
    with Scripted([Answer(item=mixed)]) as server:
        index(server)

    assert [len(sent) for sent in server.bulks] == [5, 2, 2]


def test_too_large_a_request_is_halved_and_a_document_too_large_alone_is_refused() -> None:
    class Limited(Scripted):
        """413 for more than one document, and for the third alone."""

        def bulk(self, lines: list[Json]) -> tuple[Answer, Json]:
            ids = [a["index"]["_id"] for a in lines[::2]]
            if len(ids) > 1 or ids == [FEW[2].id]:
                return Answer(413), failed(413, "too large")
            return super().bulk(lines)

    with Limited([Answer()]) as server:
        dispositions = index(server)

    assert [d.status for d in dispositions] == [Status.INDEXED, Status.INDEXED, Status.REFUSED, Status.INDEXED, Status.INDEXED]
    assert "larger than the server takes" in dispositions[2].detail


GIVEN_BACK = [
    pytest.param(
        [Answer(503, failed(503, "x"), applied=False)], EngineUnavailable, "could not be written within 0.3 s", id="down for long"
    ),
    pytest.param([BUSY_ITEM], EngineUnavailable, "5 of 5 documents could not be written", id="busy for long"),
    pytest.param(
        [Answer(item=lambda _: failed(429, "cluster_block_exception", FLOOD))], EngineUnavailable, "disk is nearly full", id="flood stage"
    ),
    pytest.param(
        [Answer(401, failed(401, "security_exception"), applied=False)], EngineRefused, "refuses the name and password", id="wrong password"
    ),
    pytest.param(
        [Answer(403, failed(403, "security_exception", "action [x] is unauthorized"), applied=False)],
        EngineRefused,
        "is unauthorized",
        id="no privilege",
    ),
    pytest.param(
        [Answer(item=lambda _: failed(403, "security_exception", "unauthorized"))],
        EngineRefused,
        "does not permit writing",
        id="no privilege, by item",
    ),
]


@pytest.mark.parametrize(("answers", "error", "says"), GIVEN_BACK)
def test_a_batch_that_cannot_be_written_is_given_back(answers: list[Answer], error: type[Exception], says: str) -> None:
    with Scripted(answers) as server:
        started = time.monotonic()
        with pytest.raises(error, match=says) as caught:
            index(server, patience_s=0.3)

        assert time.monotonic() - started < 5
        assert "\n" not in str(caught.value)
        assert "s3cret" not in str(caught.value)
        server.answers = [Answer()]
        assert [d.status for d in index(server)] == INDEXED  # later, all of it
        assert server.documents.keys() == {a.id for a in FEW}


@pytest.mark.parametrize("answers", [GIVEN_BACK[2].values[0], GIVEN_BACK[3].values[0]], ids=["a full disk", "a wrong password"])
def test_what_waiting_cannot_mend_is_not_tried_again(answers: list[Answer]) -> None:
    with Scripted(answers) as server:
        with pytest.raises((EngineRefused, EngineUnavailable)):
            index(server)

        assert len(server.bulks) == 1


def unreachable(url: str, access: Access) -> str:
    """What the operator reads."""
    with open_engine(url, access) as engine:
        with pytest.raises((EngineRefused, EngineUnavailable)) as caught:
            engine.index(FEW)
        with pytest.raises(type(caught.value)):
            engine.count()
    assert "s3cret" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return f"{type(caught.value).__name__}: {caught.value}"


def test_what_is_said_of_a_server_that_cannot_be_reached(tmp_path: Path) -> None:
    brief = Access(patience_s=0.2)
    url = f"http://bob:s3cret@127.0.0.1:{free_ports(1)[0]}"

    said = unreachable(url, brief)
    assert said.startswith("EngineUnavailable")
    assert "cannot be reached (Connection refused): is it running" in said
    assert "its name is not known; is NEWSFLOW_SEARCH_URL right?" in unreachable("http://bob:s3cret@search.invalid:9200", brief)
    with Scripted([Answer()]) as server:
        assert "EngineRefused" in (said := unreachable(server.url.replace("http:", "https:"), brief))
        assert "does not speak TLS: write http://" in said


def test_a_certificate_that_is_not_trusted(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    trusting = Access(ca_file=authority.root)
    with Scripted([Answer()], tls=authority.site("127.0.0.1")) as server:
        assert "EngineRefused: the certificate of" in (said := unreachable(server.url, Access()))
        assert "is not trusted: set NEWSFLOW_SEARCH_CA_FILE" in said
        assert server.bulks == []
        with open_engine(server.url, trusting) as engine:
            assert [d.status for d in engine.index(FEW)] == INDEXED
        assert "is for another host" in unreachable(server.url.replace("127.0.0.1", "localhost"), trusting)
    with Scripted([Answer()], tls=authority.site("127.0.0.1", days=-1)) as server:
        assert "has expired: renew it" in unreachable(server.url, trusting)


@pytest.mark.engines
def test_a_server_that_is_not_elasticsearch(opensearch: OpenSearch) -> None:
    with open_engine(opensearch.origin) as engine, pytest.raises(EngineRefused, match=r"write opensearch\+http"):
        engine.count()
