"""Kibana does not run here. What an import would refuse is checked instead: embedded JSON, references, versions, the grid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from ingest.kibana import kibana_objects
from ingest.kibana.objects import build, object_id
from ingest.kibana.source import GRID_COLUMNS, Source, read_source

# The newest versions that a Kibana 9.0 migrates from; an object above them would be refused by it.
HIGHEST = {"index-pattern": (8, 0, 0), "tag": (8, 0, 0), "lens": (8, 9, 0), "search": (10, 5, 0), "dashboard": (10, 2, 0)}
ENVELOPE = {"id", "type", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed"}
JSON_ATTRIBUTES = {
    "fieldAttrs",
    "fieldFormatMap",
    "fields",
    "runtimeFieldMap",
    "sourceFilters",
    "optionsJSON",
    "panelsJSON",
    "searchSourceJSON",
}
Json = dict[str, Any]


def objects() -> list[Json]:
    return [json.loads(line) for line in kibana_objects().splitlines()]


def of_type(kind: str) -> list[Json]:
    return [item for item in objects() if item["type"] == kind]


def pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Every key and value, however deep, embedded JSON included."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key, inner
            yield from pairs(json.loads(inner) if key in JSON_ATTRIBUTES and isinstance(inner, str) else inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pairs(inner)


def by_name(item: Json) -> dict[str, Json]:
    return {reference["name"]: reference for reference in item["references"]}


def test_the_same_source_gives_the_same_bytes() -> None:
    assert build(read_source()) == kibana_objects()


@pytest.mark.parametrize("item", objects(), ids=lambda item: item["id"])
class TestEveryObject:
    def test_has_the_envelope_of_an_export_and_no_more(self, item: Json) -> None:
        assert set(item) == ENVELOPE

    def test_carries_a_version_that_every_kibana_9_knows(self, item: Json) -> None:
        assert tuple(map(int, item["typeMigrationVersion"].split("."))) <= HIGHEST[item["type"]]
        assert item["coreMigrationVersion"] == "8.8.0"

    def test_refers_only_to_objects_of_the_file(self, item: Json) -> None:
        there = {(other["type"], other["id"]) for other in objects()}
        assert {(r["type"], r["id"]) for r in item["references"]} <= there

    def test_names_each_reference_once(self, item: Json) -> None:
        assert len(by_name(item)) == len(item["references"])

    def test_has_the_reference_behind_every_reference_name(self, item: Json) -> None:
        for key, value in pairs(item["attributes"]):
            if key == "indexRefName":
                assert value in by_name(item)

    def test_embeds_json_that_can_be_read(self, item: Json) -> None:
        assert dict(pairs(item["attributes"]))  # json.loads of each embedded string raises otherwise


def test_ids_are_unique() -> None:
    assert len({(item["type"], item["id"]) for item in objects()}) == len(objects())


@pytest.mark.parametrize("item", of_type("dashboard"), ids=lambda item: item["id"])
class TestEveryDashboard:
    def test_has_panels_that_fill_the_grid_and_do_not_overlap(self, item: Json) -> None:
        taken: set[tuple[int, int]] = set()
        height = 0
        for panel in json.loads(item["attributes"]["panelsJSON"]):
            grid = panel["gridData"]
            assert grid["i"] == panel["panelIndex"]
            cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
            assert not cells & taken, panel["title"]
            taken |= cells
            height = max(height, grid["y"] + grid["h"])
        assert taken == {(x, y) for x in range(GRID_COLUMNS) for y in range(height)}

    def test_has_panels_with_their_references(self, item: Json) -> None:
        for panel in json.loads(item["attributes"]["panelsJSON"]):
            assert panel["panelRefName"] == f"panel_{panel['panelIndex']}"
            assert by_name(item)[f"{panel['panelIndex']}:{panel['panelRefName']}"]["type"] == panel["type"]


@pytest.mark.parametrize("item", of_type("lens"), ids=lambda item: item["attributes"]["title"])
class TestEveryChart:
    def test_orders_and_shows_the_columns_that_it_has(self, item: Json) -> None:
        [layer] = item["attributes"]["state"]["datasourceStates"]["formBased"]["layers"].values()
        assert sorted(layer["columnOrder"]) == sorted(layer["columns"])
        shown = {value for _, value in pairs(item["attributes"]["state"]["visualization"]) if isinstance(value, str)}
        shown |= {
            inner
            for _, value in pairs(item["attributes"]["state"]["visualization"])
            if isinstance(value, list)
            for inner in value
            if isinstance(inner, str)
        }
        assert set(layer["columns"]) <= shown

    def test_orders_values_by_a_measure(self, item: Json) -> None:
        [layer] = item["attributes"]["state"]["datasourceStates"]["formBased"]["layers"].values()
        buckets = [column["isBucketed"] for column in map(layer["columns"].get, layer["columnOrder"])]
        assert buckets == sorted(buckets, reverse=True), "Lens asks for buckets first"
        for column in layer["columns"].values():
            if column["operationType"] == "terms":
                assert not layer["columns"][column["params"]["orderBy"]["columnId"]]["isBucketed"]

    def test_has_the_data_view_behind_its_layer(self, item: Json) -> None:
        [name] = item["attributes"]["state"]["datasourceStates"]["formBased"]["layers"]
        assert by_name(item)[f"indexpattern-datasource-layer-{name}"]["type"] == "index-pattern"


def test_three_dashboards_and_the_saved_searches_are_there() -> None:
    assert {item["id"] for item in of_type("dashboard")} == {object_id(f"dashboard-{name}") for name in ("news", "pipeline", "alerts")}
    assert {object_id(f"search-{name}") for name in ("latest", "by-language", "by-source")} <= {item["id"] for item in of_type("search")}


def test_links_can_be_followed_and_fields_have_names() -> None:
    [view] = [item for item in of_type("index-pattern") if item["attributes"]["title"] == "news-articles"]
    formats = json.loads(view["attributes"]["fieldFormatMap"])

    assert formats["url"] == {"id": "url", "params": {"type": "a", "urlTemplate": "{{rawValue}}", "labelTemplate": "{{value}}"}}
    assert json.loads(view["attributes"]["fieldAttrs"])["entities.person"] == {"customLabel": "People"}


FAULTS = {
    "a dashboard on a view that is not there": ("dashboards", "view", KeyError),
    "a search on a view that is not there": ("searches", "view", KeyError),
    "an unknown word": ("dashboards", "colour", msgspec.ValidationError),
}


@pytest.mark.parametrize(("part", "key", "error"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_source_is_an_error(part: str, key: str, error: type[Exception]) -> None:
    source = msgspec.to_builtins(read_source())
    for item in source[part].values():
        item[key] = "nowhere"
    with pytest.raises(error):
        build(msgspec.convert(source, Source))
