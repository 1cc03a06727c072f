"""Lens visualizations: the `state` of a panel, as Kibana 8.9 and later read it."""

from __future__ import annotations

from typing import Any

from ingest.kibana.source import Measure, Panel

LAYER = "layer"
_BUCKET, _SPLIT, _MEASURE = "bucket", "split", "measure"
Json = dict[str, Any]

_VISUALIZATIONS = {"over_time": "lnsXY", "bars": "lnsXY", "table": "lnsDatatable", "number": "lnsMetric"}


def visualization_type(panel: Panel) -> str:
    """Lens's name of the chart."""
    return _VISUALIZATIONS[panel.kind]


def state(panel: Panel, *, time: str, labels: dict[str, str]) -> Json:
    """The `state` of a Lens object. `time`: the time field of the data view; `labels`: names of fields."""
    measures = {f"{_MEASURE}-{n}": _measure(measure) for n, measure in enumerate(panel.measures)}
    buckets = _buckets(panel, time, labels)
    columns = buckets | measures
    return {
        "datasourceStates": {
            "formBased": {"layers": {LAYER: {"columnOrder": list(columns), "columns": columns, "incompleteColumns": {}, "sampling": 1}}}
        },
        "visualization": _visualization(panel, list(buckets), list(measures)),
        "query": {"query": panel.query, "language": "kuery"},
        "filters": [],
        "internalReferences": [],
        "adHocDataViews": {},
    }


def _buckets(panel: Panel, time: str, labels: dict[str, str]) -> Json:
    terms = {f"{_SPLIT}-{n}": _terms(field, panel, labels) for n, field in enumerate(panel.by)}
    return terms | {_BUCKET: _histogram(time, labels)} if panel.kind == "over_time" else terms


def _histogram(time: str, labels: dict[str, str]) -> Json:
    return {
        "label": labels.get(time, time),
        "dataType": "date",
        "operationType": "date_histogram",
        "sourceField": time,
        "isBucketed": True,
        "scale": "interval",
        "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
    }


def _terms(field: str, panel: Panel, labels: dict[str, str]) -> Json:
    return {
        "label": labels.get(field, field),
        "customLabel": True,
        "dataType": "string",
        "operationType": "terms",
        "sourceField": field,
        "isBucketed": True,
        "scale": "ordinal",
        "params": {
            "size": panel.size,
            "orderBy": {"type": "column", "columnId": f"{_MEASURE}-0"},
            "orderDirection": "asc" if panel.ascending else "desc",
            "otherBucket": panel.kind == "over_time",
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
        },
    }


def _measure(measure: Measure) -> Json:
    column: Json = {
        "label": measure.label,
        "customLabel": True,
        "dataType": "date" if measure.date else "number",
        "operationType": measure.kind,
        "sourceField": measure.of or "___records___",
        "isBucketed": False,
        "scale": "interval" if measure.date else "ratio",
        "params": {"emptyAsNull": True},
    }
    if measure.percentile is not None:
        column["params"] = {"percentile": measure.percentile}
    if measure.where:
        column["filter"] = {"query": measure.where, "language": "kuery"}
    return column


def _visualization(panel: Panel, buckets: list[str], measures: list[str]) -> Json:
    if panel.kind == "number":
        return {"layerId": LAYER, "layerType": "data", "metricAccessor": measures[0]}
    if panel.kind == "table":
        columns = [{"columnId": column} for column in [*buckets, *measures]]
        return {"layerId": LAYER, "layerType": "data", "columns": columns, "paging": {"size": 10, "enabled": True}}
    series = "bar_horizontal" if panel.kind == "bars" else panel.series
    layer: Json = {"layerId": LAYER, "layerType": "data", "seriesType": series, "xAccessor": buckets[-1], "accessors": measures}
    if len(buckets) > 1:
        layer["splitAccessor"] = buckets[0]
    return {
        "layers": [layer],
        "preferredSeriesType": series,
        "legend": {"isVisible": len(buckets) > 1 or len(measures) > 1, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
    }
