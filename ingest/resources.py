"""Where the files live that travel with the package: dags, mappings, Kibana's objects, the sample site."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def bundled(name: str) -> Path:
    """The folder `name` ("dags", "mappings", "kibana", "examples"): of the checkout, or as packed into the wheel."""
    packed = _PACKAGE / "_bundled" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
