"""What the pipeline did, for dashboards: outcomes and alerts in two small indices beside the articles.

A dashboard is worth no batch: whatever goes wrong here is logged and forgotten. The ledger knows it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

import elastic_transport
import elasticsearch

from ingest.log import logger
from ingest.search.elastic.connection import Address, connect
from ingest.search.engine import Access

TIMEOUT_S = 10.0  # of one request: nobody waits for a dashboard
_CREATED = "resource_already_exists_exception"

Json = dict[str, Any]


class Row(NamedTuple):
    """One document; a key stands for one document."""

    key: str
    month_of: datetime  # a moment that never changes for this key
    body: Json


class Journal:
    """Use as a context manager. Raises SettingsError when made, nothing afterwards."""

    def __init__(self, url: str, access: Access) -> None:
        self._address = Address.parse(url, access.cloud_id)
        self._client = connect(self._address, access).options(request_timeout=TIMEOUT_S)

    def outcomes(self, rows: Sequence[Row]) -> bool:
        """How URLs ended; the fields of mappings/outcomes.json. False: nothing was written."""
        return self._write(self._address.names.outcomes, "index", rows)

    def alerts(self, rows: Sequence[Row]) -> bool:
        """Alerts raised, each once; the fields of mappings/alerts.json. False: nothing was written."""
        return self._write(self._address.names.alerts, "create", rows)

    def _write(self, alias: str, action: str, rows: Sequence[Row]) -> bool:
        try:
            self._send(alias, action, rows)
        except (elasticsearch.ApiError, elastic_transport.TransportError, KeyError, ValueError) as error:
            logger().warning("dashboards miss some rows", index=alias, rows=len(rows), error=str(error)[:300])
            return False
        return True

    def _send(self, alias: str, action: str, rows: Sequence[Row]) -> None:
        lines: list[Json] = []
        for row in rows:
            index = f"{alias}-v1-{self._address.names.month_of(row.month_of)}"
            lines += [{action: {"_index": index, "_id": row.key}}, row.body]
        for index in sorted({line[action]["_index"] for line in lines[::2]}):
            self._make(index)
        if lines:
            answer = self._client.bulk(operations=lines, filter_path="items.*.error.reason,items.*.status")
            failed = [item[action] for item in answer["items"] if item[action]["status"] not in (200, 201, 409)]
            if failed:
                reasons = [item.get("error", {}).get("reason", "") for item in failed]
                logger().warning("dashboards miss some rows", index=alias, rows=len(reasons), error=str(reasons[:1])[:300])

    def _make(self, index: str) -> None:
        if self._client.indices.exists(index=index):
            return
        try:
            self._client.indices.create(index=index)  # fields and alias come from the template
        except elasticsearch.BadRequestError as error:
            if _CREATED not in str(error):
                raise

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
