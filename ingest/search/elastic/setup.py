"""`newsflow setup`: what a cluster needs before articles go in. Run again it changes nothing and says so.

Everything is compared with what the cluster holds before it is written, so `check` and `apply` tell the same story.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import elasticsearch
import msgspec

from ingest.errors import EngineRefused
from ingest.search.elastic.connection import Address, connect, faults
from ingest.search.elastic.products import Product
from ingest.search.elastic.roles import roles
from ingest.search.elastic.templates import Analysis, Templates, build, choose
from ingest.search.engine import Access

Json = dict[str, Any]
_HEADERS = {"accept": "application/json", "content-type": "application/json"}


class Action(StrEnum):
    """What setup does about one object."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    REINDEX = "reindex"  # the index cannot be changed in place: `newsflow reindex` makes a new one


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One object of the cluster, and what was or must be done about it."""

    kind: str  # "component template", "index template", "life-cycle policy", "index"
    name: str
    action: Action
    detail: str = ""


class Setup:
    """Of one installation. Raises EngineRefused, EngineUnavailable, SettingsError."""

    def __init__(
        self, url: str, access: Access | None = None, *, settings: Mapping[str, Any] | None = None, product: Product | None = None
    ) -> None:
        access = access or Access()
        self.address = Address.parse(url, access.cloud_id)
        self.product = product or self.address.product
        self.client = connect(self.address, access)
        self._settings = settings

    def close(self) -> None:
        """Let the connections go."""
        self.client.close()

    def probe(self, body: Json) -> bool:
        """Whether the cluster can analyse so."""
        try:
            self.client.indices.analyze(body=body)
        except elasticsearch.BadRequestError:
            return False
        return True

    def analysis(self) -> Analysis:
        """The best analyzers that the cluster has."""
        with faults(self.address):
            return choose(self.probe)

    def templates(self) -> Templates:
        """What the cluster should hold."""
        return build(self.address.names, self.product, self.analysis(), self._settings)

    def check(self) -> list[Change]:
        """What differs; nothing is written."""
        return list(self._run(write=False))

    def apply(self) -> list[Change]:
        """Make it so; what was done."""
        return list(self._run(write=True))

    def _run(self, *, write: bool) -> Iterator[Change]:
        wanted = self.templates()
        with faults(self.address):
            yield from self._cluster(write=write)
            for name, body in wanted.policies.items():
                yield self._put("life-cycle policy", name, f"/_ilm/policy/{name}", body, ("policy",), write=write)
            for name, body in wanted.components.items():
                yield self._put("component template", name, f"/_component_template/{name}", body, ("component_template",), write=write)
            for name, body in wanted.indices.items():
                yield self._put("index template", name, f"/_index_template/{name}", body, ("index_template",), write=write)
            if self.product.security_api:
                for name, body in roles(self.address.names).items():
                    yield self._put("role", name, f"/_security/role/{name}", body, (), write=write)
            yield from self._indices(wanted, write=write)

    def make_key(self) -> tuple[Change, str]:
        """An API key with the ingester's role and no more, and its secret; where there is one by this name already, no secret."""
        name = f"{self.address.names.prefix}-ingester"
        if not self.product.security_api:
            raise EngineRefused(f"{self.product.title} keeps its users in a plugin of its own: make a user there, see docs/search.md")
        with faults(self.address):
            found = self.client.security.get_api_key(name=name, active_only=True)["api_keys"]
            if found:
                detail = "its secret was shown when it was made; invalidate it in Kibana to get a new one"
                return Change(kind="API key", name=name, action=Action.SAME, detail=detail), ""
            made = self.client.security.create_api_key(
                name=name, role_descriptors=roles(self.address.names), metadata={"made_by": "newsflow"}
            )
        return Change(kind="API key", name=name, action=Action.CREATE), str(made["encoded"])

    def _cluster(self, *, write: bool) -> Iterator[Change]:
        found = _flat((self._get("/_cluster/settings") or {}).get("persistent", {})) if self.product.cluster_settings else {}
        for name, value in self.product.cluster_settings:
            there = found.get(name)
            # An operator's larger number serves as well.
            same = there is not None and there.isdigit() and int(there) >= int(value)
            if write and not same:
                self.client.perform_request("PUT", "/_cluster/settings", headers=_HEADERS, body={"persistent": {name: value}})
            yield Change(
                kind="cluster setting", name=name, action=Action.SAME if same else Action.UPDATE if there else Action.CREATE, detail=value
            )

    def _put(self, kind: str, name: str, path: str, body: Json, inside: tuple[str, ...], *, write: bool) -> Change:
        found = self._get(path)
        action = Action.CREATE if found is None else Action.SAME if _holds(_unwrap(found, name, inside), body) else Action.UPDATE
        if write and action is not Action.SAME:
            self.client.perform_request("PUT", path, headers=_HEADERS, body=body)
        return Change(kind=kind, name=name, action=action)

    def _get(self, path: str) -> Json | None:
        try:
            answer = self.client.perform_request("GET", path, headers=_HEADERS)
        except elasticsearch.NotFoundError:
            return None
        body: Json = answer.body
        return body

    def _indices(self, wanted: Templates, *, write: bool) -> Iterator[Change]:
        names = self.address.names
        month = names.month_of(datetime.now(UTC))
        live = self._get(f"/{names.queries}/_mapping?allow_no_indices=true&ignore_unavailable=true") or {}
        generation = max(map(names.generation_in, live), default=0)
        queries = f"{names.queries}-v{generation or 1}"
        if not live:
            yield self._make(queries, {"aliases": {names.queries: {}}}, write=write)
        there = ({queries: live[queries]} if live else {}) | (self._get(f"/{names.articles}/_mapping") or {})
        for index, body in sorted(there.items()):
            yield _analysed(index, body, wanted.digest)
        yield from self._first(names.articles, f"{names.articles}-v{generation or 1}-{month}", write=write)
        for alias in (names.outcomes, names.alerts):
            yield from self._first(alias, f"{alias}-v1-{month}", write=write)

    def _first(self, alias: str, index: str, *, write: bool) -> Iterator[Change]:
        """So that dashboards find the alias from the first day."""
        there = self._get(f"/_alias/{alias}")
        if there is None:
            yield self._make(index, {}, write=write)
        else:
            yield Change(kind="alias", name=alias, action=Action.SAME)

    def _make(self, index: str, body: Json, *, write: bool) -> Change:
        if write:
            self.client.perform_request("PUT", f"/{index}", headers=_HEADERS, body=body)
        return Change(kind="index", name=index, action=Action.CREATE)


def _analysed(index: str, body: Json, digest: str) -> Change:
    same = body["mappings"].get("_meta", {}).get("digest") == digest
    detail = "" if same else "made by another version, or analysers have come or gone"
    return Change(kind="index", name=index, action=Action.SAME if same else Action.REINDEX, detail=detail)


def _unwrap(found: Json, name: str, inside: tuple[str, ...]) -> Json:
    """The object within the answer, whichever form the API has."""
    if inside and f"{inside[0]}s" in found:
        body: Json = found[f"{inside[0]}s"][0][inside[0]]
        return body
    whole: Json = found[name]
    return whole


def _holds(found: Any, wanted: Any) -> bool:
    """Whether `found` says all that `wanted` says; servers add defaults, leave out what is empty and write numbers as text."""
    if isinstance(wanted, dict):
        there = _flat(found) if isinstance(found, dict) else {}
        return all(path in there and _holds(there[path], value) for path, value in _flat(wanted).items() if value != [])
    if isinstance(wanted, list):
        return isinstance(found, list) and len(found) == len(wanted) and all(map(_holds, found, wanted))
    return _plain(found) == _plain(wanted)


def _flat(value: Json, path: str = "") -> Json:
    """By dotted path, because settings come back nested however they were sent."""
    flat: Json = {}
    for key, item in value.items():
        inner = f"{path}.{key}" if path else str(key)
        flat |= _flat(item, inner) if isinstance(item, dict) else {inner: item}
    return flat


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
