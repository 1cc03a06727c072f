"""The templates of mappings/, filled in for one cluster: its product, and the analyzers that it has."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ingest.resources import bundled
from ingest.search.elastic.languages import analyzers
from ingest.search.elastic.names import Names
from ingest.search.elastic.products import Product

SCHEMA = 2  # of documents: raised when `document.py` writes them in another form
FALLBACK = "standard"  # the one analyzer that every server has
_EXACT = "exact"
# The words of each article are looked up in every segment: so they are few, made when the percolator asks for a refresh and merged
# at once. An id is read for each hit: so they are packed lightly.
_OF_QUERIES = {
    "index.max_result_window": 200_000,
    "index.codec": "default",
    "index.refresh_interval": "-1",
    "index.merge.policy.segments_per_tier": 2,
    "index.merge.policy.floor_segment": "64mb",
}
Json = dict[str, Any]
Probe = Callable[[Json], bool]  # whether the cluster can analyse with the body of an `_analyze` request


def read(name: str) -> Json:
    """The file `name`.json of mappings/."""
    value: Json = msgspec.json.decode((bundled("mappings") / f"{name}.json").read_bytes())
    return value


@dataclasses.dataclass(frozen=True)
class Analysis:
    """The analyzers chosen for a cluster."""

    by_language: Mapping[str, str]  # field name to analyzer
    exact: Mapping[str, str]  # field name to the analyzer of its `.exact`

    @property
    def missing(self) -> list[str]:
        """The languages whose text is only split into words, because the cluster has no analyzer for them."""
        return sorted(name for name, chosen in self.by_language.items() if chosen == FALLBACK and name != "und")


def choose(probe: Probe) -> Analysis:
    """The best analyzers that `probe` finds."""
    known = functools.cache(lambda name: probe(_request(name)))
    chosen = {field: next((a for a in wanted if known(a)), FALLBACK) for field, wanted in analyzers().items()}
    exact = {}
    for field in chosen:
        names = [f"{_EXACT}_{field}", _EXACT]
        exact[field] = next((n for n in names if n in read("analysis")["analyzer"] and known(n)), FALLBACK)
    return Analysis(chosen, exact)


def _request(name: str) -> Json:
    """An `_analyze` body that fails where the cluster lacks the analyzer or one of its parts."""
    parts = read("analysis")
    definition = parts["analyzer"].get(name)
    if definition is None:
        return {"analyzer": name, "text": "a"}
    return {
        "tokenizer": definition["tokenizer"],
        "filter": [parts["filter"].get(f, f) for f in definition["filter"]],
        "char_filter": [parts["char_filter"][f] for f in definition.get("char_filter", ())],
        "text": "a",
    }


@dataclasses.dataclass(frozen=True)
class Templates:
    """Bodies of requests, by name."""

    components: dict[str, Json]
    indices: dict[str, Json]
    policies: dict[str, Json]
    digest: str  # of what decides how documents and queries are analysed


def build(names: Names, product: Product, analysis: Analysis, settings: Mapping[str, Any] | None = None) -> Templates:
    """All templates. `settings`: index settings that take precedence over ours, such as more shards."""
    own = dict(settings or {})
    settings_of_analysis = _analysis_settings(analysis)
    articles = _fill(read("articles"), product, analysis)
    queries = _fill(read("queries"), product, analysis)
    digest = hashlib.sha256(msgspec.json.encode([settings_of_analysis, articles, queries, SCHEMA], order="deterministic")).hexdigest()[:16]
    articles["_meta"] = {"made_by": "newsflow", "schema": SCHEMA, "digest": digest}
    if not product.percolator:
        queries["properties"]["query"] = {"type": "object", "enabled": False}
    common = {
        "index.number_of_shards": 1,
        "index.auto_expand_replicas": "0-1",
        "index.codec": "best_compression",
        # Set, or indices that nobody searches are not refreshed; a batch waits for it.
        "index.refresh_interval": "1s",
    }
    aged = {"index.lifecycle.name": names.articles, "index.lifecycle.parse_origination_date": True} if product.lifecycle else {}
    components = {
        f"{names.prefix}-articles-mappings": {"template": {"settings": settings_of_analysis, "mappings": articles}},
        f"{names.prefix}-settings": {"template": {"settings": common | own}},
    }
    searched = {"index.query.default_field": ["title", "title_l.*", "text.*"]}
    base = [f"{names.prefix}-settings"]
    analysed = [f"{names.prefix}-articles-mappings", *base]
    indices = {
        names.articles: _template(names.articles, "-v*", analysed, {"settings": searched | aged}),
        names.queries: _template(names.queries, "-v*", analysed, {"settings": _OF_QUERIES | own, "mappings": queries}, alias=False),
        names.outcomes: _template(names.outcomes, "-v*", base, {"settings": aged, "mappings": read("outcomes")}),
        names.alerts: _template(names.alerts, "-v*", base, {"settings": aged, "mappings": _fill(read("alerts"), product, analysis)}),
    }
    policies = {names.articles: {"policy": read("lifecycle")}} if product.lifecycle else {}
    return Templates(components, indices, policies, digest)


def _template(alias_name: str, pattern: str, composed_of: list[str], template: Json, *, alias: bool = True) -> Json:
    return {
        "index_patterns": [alias_name + pattern],
        "composed_of": composed_of,
        "priority": 300,
        "template": template | ({"aliases": {alias_name: {}}} if alias else {}),
        "_meta": {"made_by": "newsflow"},
    }


def _analysis_settings(analysis: Analysis) -> Json:
    """Our own analyzers that are in use, and one named `lang_…` for each language of the server's own."""
    parts = read("analysis")
    used = {*analysis.by_language.values(), *analysis.exact.values()}
    own = {name: body for name, body in parts["analyzer"].items() if name in used}
    # No analyzer drops stop words: a query leaves them out where other words stand (see `translate`). Dropped while
    # indexing they could not be found alone, and "not a word" could not be told from "no word" in phrases.
    foreign = {
        f"lang_{field}": {"type": name, "stopwords": "_none_"}
        for field, name in analysis.by_language.items()
        if name not in parts["analyzer"] and name != FALLBACK
    }
    filters = {f for body in own.values() for f in body["filter"]}
    chars = {c for body in own.values() for c in body.get("char_filter", ())}
    return {
        "index": {
            "analysis": {
                "char_filter": {name: body for name, body in parts["char_filter"].items() if name in chars},
                "filter": {name: body for name, body in parts["filter"].items() if name in filters},
                "analyzer": own | foreign,
            }
        }
    }


def _fill(value: Any, product: Product, analysis: Analysis) -> Any:
    """`value` with the marks of mappings/README.md replaced."""
    marks = {"{exact}": analysis.exact["und"]}
    if isinstance(value, dict):
        if value.get("type") == "{flattened}":
            return {"type": product.flattened} if product.flattened else {"type": "object", "enabled": False}
        return {key: _fill(item, product, analysis) for key, item in value.items()}
    if value == "{languages}":
        return {field: _language_field(field, analysis) for field in analysis.by_language}
    return marks.get(value, value) if isinstance(value, str) else value


def _language_field(field: str, analysis: Analysis) -> Json:
    chosen = analysis.by_language[field]
    named = chosen if chosen == FALLBACK or chosen in read("analysis")["analyzer"] else f"lang_{field}"
    if chosen == FALLBACK:
        named = analysis.exact[field]  # words as they stand, without diacritics
    marks = {"{analyzer}": named, "{exact}": analysis.exact[field]}

    def replaced(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: replaced(item) for key, item in value.items()}
        return marks.get(value, value) if isinstance(value, str) else value

    filled: Json = replaced(read("language_field"))
    return filled
