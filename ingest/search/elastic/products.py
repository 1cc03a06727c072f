"""What differs between Elasticsearch and OpenSearch, in one record each; the rest of the package asks it, never the name."""

from __future__ import annotations

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class Product:
    """One search server."""

    name: str  # for people and tests
    title: str
    foreign: bool = False  # the client must be told that it may speak to it
    flattened: str | None = "flattened"  # the field type for free-form objects; None: there is none
    lifecycle: bool = True  # index life-cycle management at /_ilm
    security_api: bool = True  # roles and API keys at /_security
    percolator: bool = True
    offset_limit: str = "max_analyzed_offset"  # the option of highlights that cuts long texts
    pit_open: str = "/{index}/_pit"
    pit_close: str = "/_pit"
    max_clauses: int = 4_000  # of one query; Elasticsearch derives its limit from the heap, 0.5 GiB and 2 cores give 8,000
    cluster_settings: tuple[tuple[str, str], ...] = ()  # persistent settings of the cluster that setup makes

    def close_body(self, pit: str) -> dict[str, Any]:
        """The body that closes a point in time."""
        return {"pit_id": [pit]} if self.foreign else {"id": pit}


ELASTICSEARCH = Product("elasticsearch", "Elasticsearch")
OPENSEARCH = Product(
    "opensearch",
    "OpenSearch",
    foreign=True,
    flattened="flat_object",
    lifecycle=False,  # its ISM is a plugin with another model; retention there is the operator's
    security_api=False,  # its security plugin has another API: the operator makes the user
    offset_limit="max_analyzer_offset",
    pit_open="/{index}/_search/point_in_time",
    pit_close="/_search/point_in_time",
    cluster_settings=(
        ("indices.query.bool.max_clause_count", "8192"),
    ),  # 1,024 by default: eight words in twenty languages; the percolator looks up at most as many words of an article
)
