"""Airflow Connections as settings."""

from __future__ import annotations

import pytest
from sqlalchemy import make_url

from ingest.connections import DATABASE, SEARCH, Connection, database_url, search_url, settings_with
from ingest.errors import SettingsError

SEARCHES = {
    "a URL given as AIRFLOW_CONN_…": (
        Connection(conn_type="https", host="es", port=9200, login="bob", password="p"),
        "https://bob:p@es:9200",
    ),
    "plain http": (Connection(conn_type="http", host="es", port=9200), "http://es:9200"),
    "the elasticsearch form, protocol in the schema": (
        Connection(conn_type="elasticsearch", host="es", port=9200, schema="http"),
        "http://es:9200",
    ),
    "no protocol anywhere: never in clear text": (Connection(conn_type="elasticsearch", host="es"), "https://es"),
    "a generic form, protocol in the host": (Connection(conn_type="generic", host="http://es", port=9200), "http://es:9200"),
    "OpenSearch": (Connection(conn_type="opensearch", host="os", port=9200), "opensearch+https://os:9200"),
    "OpenSearch as a URL": (Connection(conn_type="opensearch+http", host="os", port=9401), "opensearch+http://os:9401"),
    "OpenSearch, its plus normalised by Airflow": (Connection(conn_type="opensearch_http", host="os"), "opensearch+http://os"),
    "a password with signs of a URL": (
        Connection(conn_type="https", host="es", login="a@b", password="p/?#:@"),
        "https://a%40b:p%2F%3F%23%3A%40@es",
    ),
}


@pytest.mark.parametrize(("connection", "url"), SEARCHES.values(), ids=SEARCHES)
def test_search(connection: Connection, url: str) -> None:
    assert search_url(connection) == url


def test_database() -> None:
    connection = Connection(
        conn_type="postgres", host="db", port=5432, login="bob", password="p@ss/word", schema="news", extra='{"sslmode": "require"}'
    )
    url = make_url(database_url(connection))

    assert (url.host, url.port, url.username, url.password, url.database) == ("db", 5432, "bob", "p@ss/word", "news")
    assert url.query == {"sslmode": "require"}


FAULTS = {
    "search without a host": (SEARCH, Connection(conn_type="https"), "newsflow_search has no host"),
    "a database of another kind": (
        DATABASE,
        Connection(conn_type="mysql", host="db"),
        "newsflow_database is of type 'mysql': make it postgres",
    ),
    "a database without a host": (DATABASE, Connection(conn_type="postgres"), "newsflow_database has no host"),
    "an extra that is no JSON": (
        SEARCH,
        Connection(conn_type="https", host="es", extra="api_key=s3cret"),
        "extra of the Airflow Connection newsflow_search",
    ),
    "an extra that is a list": (DATABASE, Connection(conn_type="postgres", host="db", extra="[1]"), "is no JSON object"),
}


@pytest.mark.parametrize(("name", "connection", "message"), FAULTS.values(), ids=FAULTS)
def test_a_connection_of_no_use_is_one_sentence_without_secrets(name: str, connection: Connection, message: str) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        settings_with({name: connection})

    assert "s3cret" not in str(caught.value)


def test_a_connection_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSFLOW_SEARCH_URL", "https://environment:9200")
    monkeypatch.setenv("NEWSFLOW_DATABASE_URL", "postgresql://environment/news")

    settings = settings_with(
        {SEARCH: Connection(conn_type="https", host="connection", extra='{"search_url": "https://extra", "other": 1}')}
    )

    assert settings.engine == "https://connection"
    assert settings.database == "postgresql://environment/news"


def test_the_extra_holds_settings_of_the_engine() -> None:
    extra = '{"search_api_key": "bWFkZQ==", "search_ca_file": "/certs/ca.pem", "search_patience_s": 5, "batch_size": 1}'
    settings = settings_with({SEARCH: Connection(conn_type="https", host="es", extra=extra)})

    assert settings.search_api_key == "bWFkZQ=="
    assert str(settings.search_ca_file) == "/certs/ca.pem"
    assert settings.search_patience_s == 5
    assert settings.batch_size != 1, "only what concerns the engine"


def test_a_password_is_not_shown() -> None:
    assert "s3cret" not in repr(Connection(password="s3cret", extra='{"k": "s3cret"}'))
