"""The readable source of the Kibana objects, typed: what may stand in `kibana/objects.yaml`.

Names in the file become saved-object ids (`newsflow-NAME`), so that an import overwrites what an earlier one made.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ingest.resources import bundled

GRID_COLUMNS = 48  # of a dashboard


class FieldView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a field is shown."""

    label: str
    link: str | None = None  # URL template of Kibana's url formatter: {{rawValue}}, or {{value}} with URL encoding
    image: bool = False  # the value is the address of a picture, and shown as one
    pattern: str | None = None  # of Kibana's number formatter, such as "0.0"


class DataView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A data view on an index or alias. `fields` lists those with a name of their own."""

    name: str
    index: str
    time: str
    fields: dict[str, FieldView]


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A saved search. `sort`: "FIELD asc" or "FIELD desc", the most important first."""

    title: str
    view: str
    columns: tuple[str, ...]
    sort: tuple[str, ...]
    query: str = ""
    breakdown: str | None = None  # field that splits the histogram
    description: str = ""


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One figure. Without `of` it counts documents."""

    label: str
    kind: Literal["count", "unique_count", "percentile", "max", "min", "average", "sum"] = "count"
    of: str | None = None
    percentile: int | None = None
    date: bool = False  # `of` is a date
    where: str = ""  # KQL


class Panel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One panel. Panels of a row stand side by side; `width` is in columns of the grid."""

    title: str
    kind: Literal["over_time", "bars", "table", "number", "search"]
    width: int
    measures: tuple[Measure, ...] = (Measure(label="Articles"),)
    by: tuple[str, ...] = ()  # fields whose values are told apart; over_time: the one that splits the series
    size: int = 10  # values shown, by the first measure
    ascending: bool = False
    query: str = ""  # KQL
    search: str | None = None  # name of a saved search, for kind search
    series: Literal["bar_stacked", "area_stacked", "line"] = "bar_stacked"
    last: str | None = None  # a time range of its own, such as "30d"


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Panels of one height, in rows of the grid (20 pixels)."""

    height: int
    panels: tuple[Panel, ...]


class Dashboard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Rows of panels on one data view."""

    title: str
    view: str
    description: str
    last: str  # time range when opened, such as "7d"
    refresh_s: int
    rows: tuple[Row, ...]


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    data_views: dict[str, DataView]
    searches: dict[str, Search]
    dashboards: dict[str, Dashboard]


def read_source() -> Source:
    """`kibana/objects.yaml`. Raises msgspec.ValidationError naming the place where it does not fit."""
    return msgspec.yaml.decode((bundled("kibana") / "objects.yaml").read_bytes(), type=Source)
