"""Airflow Connections as settings: a Connection is a form with fields, a setting is a URL. Nothing of Airflow is imported."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from ingest.errors import SettingsError
from ingest.settings import Settings, load

SEARCH, DATABASE = "newsflow_search", "newsflow_database"  # ids of the Connections
_HTTP = ("http", "https")
_POSTGRES = ("postgres", "postgresql")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """The fields of an Airflow Connection, under Airflow's names. `extra` is JSON."""

    conn_type: str = ""
    host: str = ""
    port: int | None = None
    login: str = ""
    password: str = dataclasses.field(default="", repr=False)
    schema: str = ""
    extra: str = dataclasses.field(default="", repr=False)


def settings_with(connections: Mapping[str, Connection]) -> Settings:
    """The settings of this process; what `connections` (by id) hold comes before the environment. Raises SettingsError."""
    overrides: dict[str, object] = {}
    if (search := connections.get(SEARCH)) is not None:
        # Keys of the extra that are settings of the engine, such as the path of a CA file.
        overrides |= {
            name: value for name, value in _extra(SEARCH, search).items() if name.startswith("search_") and name in Settings.model_fields
        }
        overrides["search_url"] = search_url(search)
    if (database := connections.get(DATABASE)) is not None:
        overrides["database_url"] = database_url(database)
    return load(**overrides)


def search_url(connection: Connection) -> str:
    """The setting `search_url` that a Connection stands for.

    The protocol is that of the host (`http://search`), else the schema, else the type where it is one, else https. A type that
    begins with `opensearch` names the product. Raises SettingsError where there is no host.
    """
    kind = connection.conn_type.replace("_", "+").lower()
    product, _, protocol = kind.rpartition("+")
    of_host, _, host = connection.host.rpartition("://")
    scheme = next((s for s in (of_host, connection.schema, protocol) if s in _HTTP), "https")
    prefix = "opensearch+" if "opensearch" in (product, kind) else ""
    return f"{prefix}{scheme}://{_authority(SEARCH, connection, host.rstrip('/'))}"


def database_url(connection: Connection) -> str:
    """The setting `database_url` that a Connection to PostgreSQL stands for; `extra` becomes its options. Raises SettingsError."""
    if connection.conn_type not in _POSTGRES:
        raise SettingsError(f"the Airflow Connection {DATABASE} is of type {connection.conn_type!r}: make it postgres")
    options = urlencode({name: value for name, value in _extra(DATABASE, connection).items() if isinstance(value, str)})
    where = _authority(DATABASE, connection, connection.host)
    return f"postgresql://{where}/{quote(connection.schema, safe='')}{'?' if options else ''}{options}"


def _authority(name: str, connection: Connection, host: str) -> str:
    if not host:
        raise SettingsError(f"the Airflow Connection {name} has no host")
    user = quote(connection.login, safe="")
    password = f":{quote(connection.password, safe='')}" if connection.password else ""
    port = f":{connection.port}" if connection.port else ""
    return f"{user}{password}{'@' if user or password else ''}{host}{port}"


def _extra(name: str, connection: Connection) -> dict[str, object]:
    """The extra as a mapping; the message on a bad one does not quote it, since secrets may stand in it."""
    try:
        extra = json.loads(connection.extra or "{}")
    except ValueError:
        extra = None
    if not isinstance(extra, dict):
        raise SettingsError(f"the extra of the Airflow Connection {name} is no JSON object")
    return extra
