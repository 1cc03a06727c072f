"""Imports run one way: model, errors, settings ← capabilities ← pipeline ← command line and DAGs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BASE = {"", "model", "errors", "settings", "urls", "sandbox", "resources", "names", "moments", "log", "airflow_env", "connections"}
CAPABILITIES = {"state", "web", "feeds", "extract", "enrich", "search", "alerts", "kibana", "deploy"}
LAYERS = [BASE, CAPABILITIES, {"pipeline"}, {"demo"}, {"cli", "__main__", "airflow_executor"}]
MAY_IMPORT_AIRFLOW = {"airflow_executor"}  # besides the DAGs


def layer(part: str) -> int:
    return next(level for level, parts in enumerate(LAYERS) if part in parts)


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module)
    return found


def sources() -> list[Path]:
    return sorted(p for p in (ROOT / "ingest").rglob("*.py"))


def part_of(path: Path) -> str:
    relative = path.relative_to(ROOT / "ingest")
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem.removeprefix("__init__")


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_imports_only_from_its_layer_or_below(path: Path) -> None:
    mine = part_of(path)
    for module in imports(path):
        if not module.startswith("ingest."):
            continue
        other = module.split(".")[1]
        assert layer(other) <= layer(mine), f"{module} stands above {mine}"
        if mine in CAPABILITIES and other in CAPABILITIES:
            assert other == mine, f"capabilities do not import one another: {module}"


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_only_dags_and_the_executor_import_airflow(path: Path) -> None:
    if part_of(path) in MAY_IMPORT_AIRFLOW:
        return
    assert not {module for module in imports(path) if module.split(".")[0] == "airflow"}


@pytest.mark.parametrize("path", sorted((ROOT / "dags").glob("*.py")), ids=lambda p: p.name)
def test_a_dag_file_is_thin(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 70
