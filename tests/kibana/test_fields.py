"""Every field that Kibana's objects name is in the mapping of the index that they show, and of a type that serves."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ingest.kibana.source import DataView, Panel, Source, read_source
from ingest.search.elastic.names import Names
from ingest.search.elastic.templates import read

SOURCE: Source = read_source()
FILES = {Names().articles: "articles", Names().outcomes: "outcomes", Names().alerts: "alerts"}
AGGREGATED = {"keyword", "date", "long", "integer", "float"}  # text is not
_KQL_FIELD = re.compile(r"([\w.]+)\s*:")


def types(view: DataView) -> dict[str, str]:
    """Field to type, as the mapping has it, sub-fields included."""
    return dict(_types(read(FILES[view.index])["properties"], ""))


def _types(properties: dict[str, object], path: str) -> Iterator[tuple[str, str]]:
    for name, field in properties.items():
        assert isinstance(field, dict)
        if isinstance(field.get("type"), str):
            yield path + name, field["type"]
        for inner in ("properties", "fields"):
            if isinstance(field.get(inner), dict):
                yield from _types(field[inner], f"{path}{name}.")


def panels() -> Iterator[tuple[str, DataView, Panel]]:
    for name, dashboard in SOURCE.dashboards.items():
        for row in dashboard.rows:
            for panel in row.panels:
                yield f"{name}: {panel.title}", SOURCE.data_views[dashboard.view], panel


@pytest.mark.parametrize("view", SOURCE.data_views.values(), ids=SOURCE.data_views)
def test_data_views(view: DataView) -> None:
    assert view.fields.keys() <= types(view).keys()
    assert types(view)[view.time] == "date"


@pytest.mark.parametrize("name", SOURCE.searches)
def test_saved_searches(name: str) -> None:
    search = SOURCE.searches[name]
    known = types(SOURCE.data_views[search.view])
    sorted_by = {order.split()[0] for order in search.sort} | ({search.breakdown} if search.breakdown else set())

    assert {*search.columns, *_KQL_FIELD.findall(search.query)} <= known.keys()
    assert {known[field] for field in sorted_by} <= AGGREGATED


@pytest.mark.parametrize(("view", "panel"), [row[1:] for row in panels()], ids=[row[0] for row in panels()])
def test_panels(view: DataView, panel: Panel) -> None:
    known = types(view)
    counted = {*panel.by, *(measure.of for measure in panel.measures if measure.of)}
    queries = [panel.query, *(measure.where for measure in panel.measures)]

    assert {known.get(field) for field in counted} <= AGGREGATED, counted
    assert {field for query in queries for field in _KQL_FIELD.findall(query)} <= known.keys()
    for measure in panel.measures:
        assert measure.date == (known.get(measure.of or "") == "date")
