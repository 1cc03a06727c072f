"""Saved objects as Kibana imports them (`POST /api/saved_objects/_import?overwrite=true`): one JSON object a line.

Kibana migrates an object up from its `typeMigrationVersion` and refuses one that is newer than itself. So each type
carries an old version that the current attributes fit: the import works on every Kibana 9.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import msgspec

from ingest.kibana import lens
from ingest.kibana.source import Dashboard, DataView, Panel, Search, Source, read_source

CORE_VERSION = "8.8.0"
TYPE_VERSIONS = {"index-pattern": "8.0.0", "tag": "8.0.0", "lens": "8.9.0", "search": "10.5.0", "dashboard": "10.2.0"}
TAG = "newsflow"
Json = dict[str, Any]


@functools.cache
def kibana_objects() -> bytes:
    """The NDJSON to import: a tag, the data views, saved searches and dashboards; the same bytes on every call."""
    return build(read_source())


def build(source: Source) -> bytes:
    """NDJSON of `source`. Raises KeyError where a search or dashboard names a data view or search that is not there."""
    objects = [_object("tag", TAG, {"name": "Newsflow", "description": "Made by Newsflow", "color": "#0077CC"}, [])]
    objects += [_data_view(name, view) for name, view in source.data_views.items()]
    objects += [_search(name, search, source) for name, search in source.searches.items()]
    for name, dashboard in source.dashboards.items():
        objects += _dashboard(name, dashboard, source)
    return b"".join(msgspec.json.encode(item) + b"\n" for item in objects)


def object_id(name: str) -> str:
    """The id of the saved object that `name` of the source becomes."""
    return f"newsflow-{name}"


def _object(kind: str, name: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "id": object_id(name),
        "type": kind,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": TYPE_VERSIONS[kind],
        "managed": False,
    }


def _reference(kind: str, name: str, ref_name: str) -> Json:
    return {"type": kind, "id": object_id(name), "name": ref_name}


def _tagged() -> Json:
    return _reference("tag", TAG, f"tag-ref-{object_id(TAG)}")


def _data_view(name: str, view: DataView) -> Json:
    formats: Json = {}
    for field, shown in view.fields.items():
        if shown.link is not None:
            formats[field] = {"id": "url", "params": {"type": "a", "urlTemplate": shown.link, "labelTemplate": "{{value}}"}}
        elif shown.image:
            formats[field] = {"id": "url", "params": {"type": "img", "urlTemplate": "{{rawValue}}", "width": "160"}}
        elif shown.pattern is not None:
            formats[field] = {"id": "number", "params": {"pattern": shown.pattern}}
    attributes = {
        "title": view.index,
        "name": view.name,
        "timeFieldName": view.time,
        "fieldAttrs": json.dumps({field: {"customLabel": shown.label} for field, shown in view.fields.items()}),
        "fieldFormatMap": json.dumps(formats),
        "fields": "[]",
        "runtimeFieldMap": "{}",
        "sourceFilters": "[]",
        "allowHidden": False,
    }
    return _object("index-pattern", f"view-{name}", attributes, [])


def _search(name: str, search: Search, source: Source) -> Json:
    _ = source.data_views[search.view]
    index = "kibanaSavedObjectMeta.searchSourceJSON.index"
    query = {"query": search.query, "language": "kuery"}
    attributes = {
        "title": search.title,
        "description": search.description,
        "columns": list(search.columns),
        "sort": [order.split() for order in search.sort],
        "grid": {},
        "hideChart": False,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": json.dumps({"query": query, "filter": [], "highlightAll": True, "version": True, "indexRefName": index})
        },
    }
    if search.breakdown is not None:
        attributes["breakdownField"] = search.breakdown
    return _object("search", f"search-{name}", attributes, [_reference("index-pattern", f"view-{search.view}", index), _tagged()])


def _dashboard(name: str, dashboard: Dashboard, source: Source) -> list[Json]:
    """The Lens objects of the panels, then the dashboard that refers to them."""
    view = source.data_views[dashboard.view]
    made: list[Json] = []
    panels: list[Json] = []
    references: list[Json] = []
    y = 0
    for row in dashboard.rows:
        x = 0
        for panel in row.panels:
            index = f"{name}-{len(panels) + 1}"
            if panel.kind == "search":
                target = _reference("search", f"search-{panel.search}", "")
                _ = source.searches[panel.search or ""]
            else:
                made.append(_lens(index, panel, dashboard.view, view))
                target = _reference("lens", f"lens-{index}", "")
            grid = {"x": x, "y": y, "w": panel.width, "h": row.height, "i": index}
            panels.append(_panel(panel, target["type"], index, grid))
            references.append(target | {"name": f"{index}:panel_{index}"})
            x += panel.width
        y += row.height
    attributes = {
        "title": dashboard.title,
        "description": dashboard.description,
        "timeRestore": True,
        "timeFrom": f"now-{dashboard.last}",
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": dashboard.refresh_s * 1000},
        "optionsJSON": json.dumps(
            {"useMargins": True, "syncColors": True, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}
        ),
        "panelsJSON": json.dumps(panels),
        "kibanaSavedObjectMeta": {"searchSourceJSON": json.dumps({"query": {"query": "", "language": "kuery"}, "filter": []})},
    }
    return [*made, _object("dashboard", f"dashboard-{name}", attributes, [*references, _tagged()])]


def _panel(panel: Panel, kind: str, index: str, grid: Json) -> Json:
    config: Json = {"enhancements": {}}
    if panel.last is not None:
        config["timeRange"] = {"from": f"now-{panel.last}", "to": "now"}
    return {
        "type": kind,
        "panelIndex": index,
        "gridData": grid,
        "embeddableConfig": config,
        "panelRefName": f"panel_{index}",
        "title": panel.title,
    }


def _lens(index: str, panel: Panel, view_name: str, view: DataView) -> Json:
    labels = {field: shown.label for field, shown in view.fields.items()}
    attributes = {
        "title": panel.title,
        "description": "",
        "visualizationType": lens.visualization_type(panel),
        "state": lens.state(panel, time=view.time, labels=labels),
    }
    references = [_reference("index-pattern", f"view-{view_name}", f"indexpattern-datasource-layer-{lens.LAYER}"), _tagged()]
    return _object("lens", f"lens-{index}", attributes, references)
