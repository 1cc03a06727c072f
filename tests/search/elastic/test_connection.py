"""How a cluster is found: by URL or by cloud id, with a password or with a key."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ingest.errors import EngineUnavailable, SettingsError
from ingest.search.elastic.connection import Address
from ingest.search.engine import Access
from ingest.search.opening import open_engine
from ingest.settings import load
from tests.engines.ports import free_ports
from tests.search.elastic.scripted import Answer, Scripted
from tests.search.library import LIBRARY
from tests.site.tls import Authority


def cloud_id(*parts: str) -> str:
    """Of a deployment called `news`: domain and port, then the names of Elasticsearch and Kibana in it."""
    return "news:" + base64.b64encode("$".join(parts).encode()).decode()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        pytest.param("https://host", "https://host:443", id="the port of the scheme"),
        pytest.param("http://host", "http://host:9200", id="Elasticsearch's port"),
        pytest.param("opensearch+https://user:p%40ss@host:9201/behind/", "https://host:9201/behind", id="behind a path"),
        pytest.param("http://[::1]:9200?prefix=other", "http://[::1]:9200", id="an address of version 6"),
    ],
)
def test_where_a_url_points(url: str, origin: str) -> None:
    assert Address.parse(url).origin == origin


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        pytest.param(cloud_id("eu.cloud.example", "abc", "def"), "https://abc.eu.cloud.example:443", id="as the cloud gives it"),
        pytest.param(cloud_id("eu.cloud.example:9243", "abc", ""), "https://abc.eu.cloud.example:9243", id="a port of its own"),
        pytest.param(f"  {cloud_id('eu.cloud.example', 'abc')}\n", "https://abc.eu.cloud.example:443", id="copied with blanks"),
    ],
)
def test_where_a_cloud_id_points(name: str, origin: str) -> None:
    settings = load(search_cloud_id=name)

    assert Address.parse(settings.engine, settings.search_cloud_id).origin == origin


@pytest.mark.parametrize("name", ["news", "news:", "news:%%%", "news:aGVsbG8=", cloud_id("host:port", "abc"), "https://host:9200"])
def test_what_is_no_cloud_id_is_said_so(name: str) -> None:
    with pytest.raises(SettingsError, match="NEWSFLOW_SEARCH_CLOUD_ID is no cloud id"):
        open_engine("https://elastic-cloud", Access(cloud_id=name, api_key="key"))


def test_a_deployment_is_reached_by_its_cloud_id_and_a_key(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    with Scripted([Answer()], tls=authority.site("127.0.0.1")) as server:
        access = Access(cloud_id=cloud_id(f"0.0.1:{server.port}", "127"), api_key="the-key", ca_file=authority.root)
        with open_engine("https://elastic-cloud", access) as engine:
            engine.index(LIBRARY[:3])

        assert server.documents.keys() == {a.id for a in LIBRARY[:3]}
        assert server.credentials == {"ApiKey the-key"}


@pytest.mark.parametrize("scheme", ["http", "opensearch+http"])
def test_requests_are_packed(scheme: str) -> None:
    with Scripted([Answer()]) as server, open_engine(f"{scheme}://127.0.0.1:{server.port}") as engine:
        engine.index(LIBRARY[:3])

        assert server.documents.keys() == {a.id for a in LIBRARY[:3]}
        assert server.encodings == {"gzip"}


def test_a_deployment_that_is_down_is_called_by_its_host() -> None:
    port = free_ports(1)[0]
    access = Access(cloud_id=cloud_id(f"0.0.1:{port}", "127"), api_key="key", patience_s=0.1)
    with open_engine("https://elastic-cloud", access) as engine, pytest.raises(EngineUnavailable, match=f"https://127.0.0.1:{port}"):
        engine.count()
