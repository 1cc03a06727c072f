"""What the pipeline's own user may do in the cluster: its work and nothing else."""

from __future__ import annotations

from typing import Any

from ingest.search.elastic.names import Names
from ingest.search.elastic.templates import read

Json = dict[str, Any]


def roles(names: Names) -> dict[str, Json]:
    """Bodies of roles by name, from mappings/roles.json."""
    marks = {f"{{{name}}}": value for name, value in names.aliases.items()}

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [filled(item) for item in value]
        for mark, name in marks.items():
            value = value.replace(mark, name)
        return value

    return {f"{names.prefix}-{name}": filled(body) for name, body in read("roles").items()}
