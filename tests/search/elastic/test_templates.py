"""The mapping knows every field that an article has, and every cluster gets the best analyzers that it offers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from ingest.model import Article, Dateline, Entity
from ingest.search.elastic.document import article_of, document
from ingest.search.elastic.languages import analyzers, field_of
from ingest.search.elastic.names import Names
from ingest.search.elastic.products import ELASTICSEARCH, OPENSEARCH, Product
from ingest.search.elastic.templates import Analysis, Templates, build, choose
from tests.search.library import START, article

BUILT_IN = [
    "arabic",
    "armenian",
    "basque",
    "bengali",
    "brazilian",
    "bulgarian",
    "catalan",
    "cjk",
    "czech",
    "danish",
    "dutch",
    "english",
    "estonian",
    "finnish",
    "french",
    "galician",
    "german",
    "greek",
    "hindi",
    "hungarian",
    "indonesian",
    "irish",
    "italian",
    "latvian",
    "lithuanian",
    "norwegian",
    "persian",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "sorani",
    "spanish",
    "swedish",
    "turkish",
    "thai",
]
PLUGINS = ["icu_analyzer", "kuromoji", "nori", "polish", "smartcn", "ukrainian"]


def cluster(*names: str) -> Analysis:
    """Of a cluster with these analyzers, and all parts that the default distribution has."""
    return choose(lambda body: body.get("analyzer", "exact") in ("exact", *BUILT_IN, *names))


def made(product: Product = ELASTICSEARCH, *plugins: str) -> Templates:
    return build(Names(), product, cluster(*plugins))


def mapping(templates: Templates) -> dict[str, Any]:
    properties: dict[str, Any] = templates.components["news-articles-mappings"]["template"]["mappings"]["properties"]
    return properties


def leaves(properties: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in properties.items():
        if "properties" in field:
            yield from leaves(field["properties"], f"{path}{name}.")
        else:
            yield f"{path}{name}", field


def full() -> Article:
    """An article in which every field says something."""
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(Article):
        if field.default is msgspec.NODEFAULT or field.name in ("language", "entities", "dateline"):
            continue
        kind = field.type
        values[field.name] = (
            1 if kind is int else 0.5 if kind is float else ("a",) if field.default == () else START if "datetime" in str(kind) else "a"
        )
    values["dateline"] = Dateline(agency="dpa", place="Genf")
    return article(
        "full", "title", "text", "de-AT", **values, entities=(Entity(name="Genf", label="place", id="geonames:2660646", count=2),)
    )


def test_every_field_of_an_article_is_mapped() -> None:
    mapped = dict(leaves(mapping(made())))
    missing = []
    for name, value in document(full(), datetime.now(UTC)).items():
        inner = [f"{name}.{key}" for key in value] if isinstance(value, dict) else [name]
        missing += [path for path in inner if path not in mapped and name not in mapped]

    assert missing == [], f"Article has fields that mappings/articles.json does not name: add {missing}"


def test_every_article_comes_back_out_of_its_document() -> None:
    for sent in (full(), article("a"), article("b", "t", "x", "xx", entities=(Entity(name="n", label="other"),))):
        stored = msgspec.json.decode(msgspec.json.encode(document(sent, START)))
        assert article_of(stored) == sent


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_analyzer_has_a_language(name: str) -> None:
    improved = {"german": "german_snowball", "dutch": "dutch_undoubled", "russian": "russian_yo"}  # and why: mappings/README.md
    wanted = [names for names in analyzers().values() if name in names]

    assert wanted
    assert improved.get(name, name) in cluster().by_language.values()
    assert all(names[0] in (improved.get(name, name), *PLUGINS) for names in wanted)


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_is_used_where_the_cluster_has_it(plugin: str) -> None:
    with_it = made(ELASTICSEARCH, plugin).components["news-articles-mappings"]["template"]["settings"]["index"]["analysis"]["analyzer"]

    assert plugin in {body["type"] for body in with_it.values()}
    assert plugin not in cluster().by_language.values()


def test_every_language_field_has_an_exact_form_beside_it() -> None:
    # A phrase falls back to the stemmed field without a word where the other is missing.
    for part in ("text", "title_l"):
        fields = mapping(made())[part]["properties"]
        assert fields.keys() == analyzers().keys()
        assert all(field["fields"]["exact"]["type"] == "text" and field["index_options"] == "offsets" for field in fields.values())


def test_no_analyzer_drops_words() -> None:
    analysis = made().components["news-articles-mappings"]["template"]["settings"]["index"]["analysis"]

    for name, body in analysis["analyzer"].items():
        assert body.get("stopwords") == "_none_" or (body["type"] == "custom" and "stop" not in body["filter"]), name


def test_a_cluster_without_language_analysis_still_gets_an_index() -> None:
    bare = choose(lambda _: False)

    assert set(bare.missing) == analyzers().keys() - {"und"}
    for _, field in leaves(mapping(build(Names(), ELASTICSEARCH, bare))):
        assert field.get("analyzer", "standard") == "standard"


@pytest.mark.parametrize(
    ("tag", "field"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("nb", "no"),
        ("nn", "no"),
        ("pt-BR", "pt_br"),
        ("pt-PT", "pt"),
        ("zh-Hans", "zh"),
        ("", "und"),
        ("tlh", "und"),
    ],
)
def test_the_field_of_a_language(tag: str, field: str) -> None:
    assert field_of(tag) == field


def test_what_differs_between_the_products() -> None:
    assert mapping(made(ELASTICSEARCH))["extra"] == {"type": "flattened"}
    assert mapping(made(OPENSEARCH))["extra"] == {"type": "flat_object"}
    assert not made(OPENSEARCH).policies
    assert "index.lifecycle.name" in made(ELASTICSEARCH).indices["news-articles"]["template"]["settings"]
    assert "index.lifecycle.name" not in made(OPENSEARCH).indices["news-articles"]["template"]["settings"]


def test_the_digest_changes_with_the_analysis_only() -> None:
    assert made().digest == build(Names("other"), ELASTICSEARCH, cluster(), {"index.number_of_shards": 3}).digest
    assert made().digest != made(ELASTICSEARCH, "nori").digest
