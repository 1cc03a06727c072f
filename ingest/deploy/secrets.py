"""The secrets of one installation: chosen once, kept, and handed to each service as the file that it can read.

A secret is what the operator gave in the environment, else what was kept, else made up. Each service gets a folder of its
own with nothing in it but what it needs, owned by the user that it runs as.
"""

from __future__ import annotations

import base64
import dataclasses
import secrets
import shlex
from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec

from ingest.connections import DATABASE, SEARCH

GIVEN = {  # what an operator may choose, by the variable of `.env`
    "ELASTIC_PASSWORD": "elastic",
    "KIBANA_PASSWORD": "kibana",
    "INGEST_PASSWORD": "ingest",
    "POSTGRES_PASSWORD": "postgres",
    "AIRFLOW_PASSWORD": "airflow_admin",
}
AIRFLOW_UID = 50_000  # of our image
_POSTGRES_UID, _REDIS_UID, _ELASTIC_UID = 999, 999, 1_000  # of the images of PostgreSQL and Redis (Debian), Elasticsearch and Kibana
_BYTES = 24  # of randomness: 192 bits


def _word() -> str:
    """Letters, digits, - and _: what every configuration file and URL takes as it is."""
    return secrets.token_urlsafe(_BYTES)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """All of them. What an older version kept is completed with new ones."""

    elastic: str = msgspec.field(default_factory=_word)  # the superuser of Elasticsearch, for people and the setup
    kibana: str = msgspec.field(default_factory=_word)  # kibana_system: Kibana's own user
    ingest: str = msgspec.field(default_factory=_word)  # the restricted user that the DAGs write with
    postgres: str = msgspec.field(default_factory=_word)  # the superuser of PostgreSQL, for the setup
    airflow_database: str = msgspec.field(default_factory=_word)
    newsflow_database: str = msgspec.field(default_factory=_word)
    redis: str = msgspec.field(default_factory=_word)
    airflow_admin: str = msgspec.field(default_factory=_word)  # of Airflow's pages
    fernet_key: str = msgspec.field(default_factory=_fernet_key)  # encrypts Connections in Airflow's database
    jwt_secret: str = msgspec.field(default_factory=lambda: _word() + _word())  # for SHA-512: at least 64 bytes
    api_secret: str = msgspec.field(default_factory=_word)
    kibana_key: str = msgspec.field(default_factory=lambda: _word() + _word())  # encrypts saved objects; at least 32 characters


@dataclasses.dataclass(frozen=True, slots=True)
class Hosts:
    """Where the services are, as the containers see them: host:port."""

    postgres: str = "postgres:5432"
    search: str = "elasticsearch:9200"
    redis: str = "redis:6379"


@dataclasses.dataclass(frozen=True, slots=True)
class SecretFile:
    """A file for one service: `folder`/`name`, owned by `uid`, readable by nobody else."""

    folder: str
    name: str
    text: str = dataclasses.field(repr=False)
    uid: int
    mode: int = 0o400


def choose(kept: bytes | None, environment: Mapping[str, str], make: Callable[[], Secrets] = Secrets) -> Secrets:
    """The secrets in force. `kept`: what `encode` gave before. Raises msgspec.DecodeError where that is damaged."""
    known = msgspec.json.decode(kept, type=dict[str, str]) if kept else {}
    given = {field: environment[name] for name, field in GIVEN.items() if environment.get(name)}
    return msgspec.convert(msgspec.to_builtins(make()) | known | given, Secrets)


def encode(chosen: Secrets) -> bytes:
    """As it is kept."""
    return msgspec.json.encode(chosen)


def files(chosen: Secrets, *, executor: str, hosts: Hosts) -> list[SecretFile]:
    """What each service gets."""
    return [
        SecretFile("postgres", "password", chosen.postgres, _POSTGRES_UID),
        SecretFile("elasticsearch", "password", chosen.elastic, _ELASTIC_UID),
        SecretFile("kibana", "kibana.env", _kibana(chosen), _ELASTIC_UID),
        SecretFile("redis", "redis.conf", f"requirepass {chosen.redis}\n", _REDIS_UID),
        SecretFile("airflow", "airflow.cfg", _airflow(chosen, executor, hosts), AIRFLOW_UID),
        # Airflow opens it for writing, and leaves it as it is when its users are in it.
        SecretFile("airflow", "passwords.json", msgspec.json.encode({"admin": chosen.airflow_admin}).decode(), AIRFLOW_UID, 0o600),
        SecretFile("worker", "airflow.cfg", _worker(chosen, executor, hosts), AIRFLOW_UID),
        SecretFile("newsflow", "newsflow_database_url", newsflow_database_url(chosen, hosts), AIRFLOW_UID),
        SecretFile("newsflow", "newsflow_search_url", ingest_url(chosen, hosts), AIRFLOW_UID),
        SecretFile("setup", "secrets.json", encode(chosen).decode(), AIRFLOW_UID),
        SecretFile("setup", "connections.json", _connections(chosen, hosts), AIRFLOW_UID),
    ]


def newsflow_database_url(chosen: Secrets, hosts: Hosts) -> str:
    """The setting `database_url` of the stack."""
    return f"postgresql://newsflow:{quote(chosen.newsflow_database, safe='')}@{hosts.postgres}/newsflow"


def postgres_url(chosen: Secrets, hosts: Hosts) -> str:
    """URL of PostgreSQL's superuser."""
    return f"postgresql://postgres:{quote(chosen.postgres, safe='')}@{hosts.postgres}/postgres"


def elastic_url(chosen: Secrets, hosts: Hosts) -> str:
    """The setting `search_url` of Elasticsearch's superuser."""
    return f"http://elastic:{quote(chosen.elastic, safe='')}@{hosts.search}"


def ingest_url(chosen: Secrets, hosts: Hosts) -> str:
    """The setting `search_url` of the stack: the ingester's own restricted user."""
    return f"http://newsflow:{quote(chosen.ingest, safe='')}@{hosts.search}"


def _connections(chosen: Secrets, hosts: Hosts) -> str:
    """As `airflow connections import` reads them."""
    return msgspec.json.encode({SEARCH: ingest_url(chosen, hosts), DATABASE: newsflow_database_url(chosen, hosts)}).decode()


def _kibana(chosen: Secrets) -> str:
    values = {
        "ELASTICSEARCH_PASSWORD": chosen.kibana,
        "XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY": chosen.kibana_key,
        "XPACK_REPORTING_ENCRYPTIONKEY": chosen.kibana_key,
        "XPACK_SECURITY_ENCRYPTIONKEY": chosen.kibana_key,
    }
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def _airflow(chosen: Secrets, executor: str, hosts: Hosts) -> str:
    # psycopg 3 serves both of Airflow's ways to its database; asyncpg, its default, would be one more driver.
    connection = f"postgresql+psycopg://airflow:{quote(chosen.airflow_database, safe='')}@{hosts.postgres}/airflow"
    return _ini(
        {
            "core": {"executor": executor, "fernet_key": chosen.fernet_key},
            "database": {"sql_alchemy_conn": connection, "sql_alchemy_conn_async": connection},
            "api": {"secret_key": chosen.api_secret},
            "api_auth": {"jwt_secret": chosen.jwt_secret},
            "celery": _celery(chosen, hosts),
        }
    )


def _worker(chosen: Secrets, executor: str, hosts: Hosts) -> str:
    """A worker talks to the broker and to the api-server, never to Airflow's database."""
    return _ini({"core": {"executor": executor}, "api": {"secret_key": chosen.api_secret}, "celery": _celery(chosen, hosts)})


def _celery(chosen: Secrets, hosts: Hosts) -> dict[str, str]:
    url = f"redis://:{quote(chosen.redis, safe='')}@{hosts.redis}"
    return {"broker_url": f"{url}/0", "result_backend": f"{url}/1"}


def _ini(sections: Mapping[str, Mapping[str, str]]) -> str:
    """An airflow.cfg; a % begins an interpolation there and is doubled."""
    lines: list[str] = []
    for section, values in sections.items():
        lines += [f"[{section}]", *(f"{name} = {value.replace('%', '%%')}" for name, value in values.items()), ""]
    return "\n".join(lines)
