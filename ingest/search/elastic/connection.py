"""How a cluster is reached, and its faults in our words."""

from __future__ import annotations

import contextlib
import dataclasses
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import elastic_transport
import elasticsearch
from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT, DefaultType, parse_cloud_id

from ingest.errors import EngineRefused, EngineUnavailable, SettingsError
from ingest.search.elastic.names import DEFAULT_PREFIX, Names
from ingest.search.elastic.products import ELASTICSEARCH, OPENSEARCH, Product
from ingest.search.elastic.unreachable import fault_of_transport
from ingest.search.engine import SERVER_SCHEMES, Access
from ingest.urls import redact

REQUEST_TIMEOUT_S = 60.0  # a batch takes a second; a cluster that needs longer than this is not well
PACKING = 1  # the quickest level of gzip
BUSY = frozenset({429, 502, 503, 504})
_COMPATIBLE = re.compile(r"application/vnd\.elasticsearch\+(json|x-ndjson); compatible-with=\d+")
_PRODUCTS = dict(zip(SERVER_SCHEMES, (ELASTICSEARCH, ELASTICSEARCH, OPENSEARCH, OPENSEARCH), strict=True))


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """A parsed NEWSFLOW_SEARCH_URL: `https://user:password@host:9200?prefix=news`."""

    product: Product
    origin: str  # scheme, host, port and path, without credentials
    user: str
    password: str = dataclasses.field(repr=False)
    names: Names

    @classmethod
    def parse(cls, url: str, cloud_id: str = "") -> Address:
        """`cloud_id`: of a deployment at Elastic Cloud; it says where the server is, and the URL says the rest. Raises SettingsError."""
        try:
            parts = urlsplit(url)
            product, port = _PRODUCTS[parts.scheme.lower()], parts.port
            options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        except (KeyError, ValueError) as error:
            raise SettingsError(f"{redact(url)!r} is not the URL of a search server: write https://user:password@host:9200") from error
        if not parts.hostname or set(options) - {"prefix"}:
            raise SettingsError(f"{redact(url)!r} is not the URL of a search server: only ?prefix= may follow the host")
        scheme = parts.scheme.lower().removeprefix("opensearch+")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        origin = f"{scheme}://{host}:{port or (443 if scheme == 'https' else 9200)}{parts.path.rstrip('/')}"
        if cloud_id:
            origin = _origin_at_cloud(cloud_id)
        prefix = options.get("prefix", [DEFAULT_PREFIX])[0]
        return cls(product, origin, unquote(parts.username or ""), unquote(parts.password or ""), Names(prefix))


def _origin_at_cloud(cloud_id: str) -> str:
    with contextlib.suppress(ValueError):
        if place := parse_cloud_id(cloud_id.strip()).es_address:
            host, port = place
            return f"https://{host}:{port}"
    raise SettingsError("NEWSFLOW_SEARCH_CLOUD_ID is no cloud id: copy it from the page of the deployment, NAME:LETTERS")


class _Node(Urllib3HttpNode):
    """Packs requests itself: the client does it as thoroughly as can be, for a tenth less to send in six times the time."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> Any:
        packed = HttpHeaders({**(headers or {}), "accept-encoding": "gzip"})
        if body:
            body = gzip.compress(body, PACKING)
            packed["content-encoding"] = "gzip"
        return super().perform_request(method, target, body, packed, request_timeout)


class _ForeignNode(_Node):
    """Lets the client of Elasticsearch speak to OpenSearch, which knows neither its media types nor its product header."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> Any:
        plain = HttpHeaders({name: _COMPATIBLE.sub(r"application/\1", value) for name, value in (headers or {}).items()})
        answer = super().perform_request(method, target, body, plain, request_timeout)
        answered = HttpHeaders({**answer.meta.headers, "x-elastic-product": "Elasticsearch"})
        return answer._replace(meta=dataclasses.replace(answer.meta, headers=answered))


def connect(address: Address, access: Access) -> elasticsearch.Elasticsearch:
    """A client that tries nothing again by itself: what a failure means is decided in one place. Raises SettingsError, EngineRefused."""
    options: dict[str, Any] = {
        "request_timeout": REQUEST_TIMEOUT_S,
        "max_retries": 0,
        "retry_on_status": (),
        "http_compress": False,  # the node does that
        "node_class": _ForeignNode if address.product.foreign else _Node,
    }
    if access.api_key:
        options["api_key"] = access.api_key
    elif address.user:
        options["basic_auth"] = (address.user, address.password)
    if access.ca_file is not None:
        if not access.ca_file.is_file():
            raise SettingsError(f"NEWSFLOW_SEARCH_CA_FILE: there is no file {access.ca_file}")
        options["ca_certs"] = str(access.ca_file)
    options["hosts"] = [address.origin]
    try:
        return elasticsearch.Elasticsearch(**options)
    except (ValueError, OSError) as error:
        raise SettingsError(f"cannot use {redact(address.origin)} as a search server: {error}") from None


def fault_of(error: Exception, address: Address) -> Exception:
    """`error` of the client as EngineRefused or EngineUnavailable, with one sentence for the operator."""
    where = f"{address.product.title} at {address.origin}"
    if isinstance(error, elasticsearch.UnsupportedProductError):
        return EngineRefused(f"the server at {address.origin} is not Elasticsearch: for OpenSearch write opensearch+{address.origin}")
    if isinstance(error, elasticsearch.ApiError):
        # The client looks at answers that are no errors only. What a proxy may say itself proves nothing.
        if error.status_code in (400, 404, 405, 406) and "x-elastic-product" not in error.meta.headers:
            return fault_of(elasticsearch.UnsupportedProductError("", error.meta, error.body), address)
        return _of_status(error, where)
    if isinstance(error, elastic_transport.TransportError):
        return fault_of_transport(error, where)
    return EngineUnavailable(f"{where} gave an answer that cannot be read: {type(error).__name__}")


def _of_status(error: elasticsearch.ApiError, where: str) -> Exception:
    kind, reason = _cause(error.body)
    if error.status_code in BUSY or kind == "cluster_block_exception":
        return EngineUnavailable(
            f"{where} is busy, starting or closed for writes ({error.status_code}): {reason or kind or 'no reason given'}"
        )
    if error.status_code == 401:
        return EngineRefused(f"{where} refuses the name and password or the API key: check NEWSFLOW_SEARCH_URL or NEWSFLOW_SEARCH_API_KEY")
    if error.status_code == 403:
        return EngineRefused(
            f"{where} does not permit this: {reason or 'a privilege is missing'}; `newsflow setup` makes a role that has it all"
        )
    if error.status_code == 404 and kind in ("index_not_found_exception", "aliases_not_found_exception"):
        return EngineRefused(f"{where} has no indices of Newsflow yet: run `newsflow setup`")
    if error.status_code == 406 or kind == "media_type_header_exception":
        return EngineRefused(f"{where} is too old: Newsflow speaks to Elasticsearch 9")
    return EngineRefused(f"{where} refuses the request ({error.status_code}): {kind} {reason}".rstrip())


def _cause(body: Any) -> tuple[str, str]:
    """Type and reason of an error body, however it is nested."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return "", str(error or "")[:300]
    roots = error.get("root_cause") or [error]
    return str(roots[0].get("type") or error.get("type", "")), str(roots[0].get("reason") or error.get("reason", ""))[:300]


@contextmanager
def faults(address: Address) -> Iterator[None]:
    """Errors of the client in ours: EngineRefused, EngineUnavailable."""
    try:
        yield
    except (elasticsearch.ApiError, elastic_transport.TransportError) as error:
        raise fault_of(error, address) from error


def is_missing(error: elasticsearch.ApiError) -> bool:
    """Whether what was asked for is not there."""
    return error.status_code == 404
