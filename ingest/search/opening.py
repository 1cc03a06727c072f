"""Which engine a URL names. Each is loaded only where it is used."""

from __future__ import annotations

from ingest.errors import SettingsError
from ingest.search.engine import SERVER_SCHEMES, Access, Engine
from ingest.urls import redact


def open_engine(url: str, access: Access | None = None) -> Engine:
    """The engine that `url` (NEWSFLOW_SEARCH_URL) names; `access` is for servers. Raises SettingsError, EngineRefused, EngineUnavailable."""
    scheme, _, rest = url.partition(":")
    if scheme == "embedded" and rest:
        from ingest.search.embedded.engine import EmbeddedEngine  # noqa: PLC0415  # loads tantivy only where it is used

        return EmbeddedEngine.open(rest)
    if scheme.lower() in SERVER_SCHEMES and rest:
        from ingest.search.elastic.engine import ElasticEngine  # noqa: PLC0415  # loads the client only where it is used

        return ElasticEngine.open(url, access)
    raise SettingsError(
        f"{redact(url)!r} is not a search engine that this version can use: write embedded:PATH, https://… or opensearch+https://…"
    )
