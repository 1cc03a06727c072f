"""A real Elasticsearch with a certificate of a private authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.errors import EngineRefused
from ingest.search.elastic.setup import Setup
from ingest.search.engine import Access, Status
from ingest.search.opening import open_engine
from tests.conftest import _absent
from tests.engines.maven import Absent
from tests.engines.servers import TEST_PREFIX, Elasticsearch, folder
from tests.search.conftest import FAST, core
from tests.search.library import LIBRARY
from tests.site.tls import Authority

pytestmark = [pytest.mark.engines, pytest.mark.slow]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Iterator[Elasticsearch]:
    with folder() as data:
        try:
            server = Elasticsearch(data, authority)
            server.configure()
            server.start()
        except Absent as error:
            _absent(error)
        yield server
        server.stop()


def refusal(url: str, access: Access) -> str:
    with open_engine(url, access) as engine, pytest.raises(EngineRefused) as caught:
        engine.index(LIBRARY[:1])
    return str(caught.value)


def test_it_is_used_where_its_authority_is_trusted_and_refused_elsewhere(
    server: Elasticsearch, authority: Authority, tmp_path: Path
) -> None:
    url = f"{server.url('ingester')}?prefix={TEST_PREFIX}"
    trusting = Access(ca_file=authority.root)
    setup = Setup(f"{server.url()}?prefix={TEST_PREFIX}", trusting, settings=FAST, product=core("elasticsearch"))
    setup.apply()
    setup.close()

    assert "is not trusted: set NEWSFLOW_SEARCH_CA_FILE" in refusal(url, Access())
    assert "is not trusted" in refusal(url, Access(ca_file=Authority(tmp_path).root))
    assert "is for another host" in refusal(url.replace("127.0.0.1", "localhost"), trusting)
    with open_engine(url, trusting) as engine:
        assert {d.status for d in engine.index(LIBRARY[:5])} == {Status.INDEXED}
        assert engine.count() == 5
