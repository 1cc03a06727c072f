"""The image gets what the lock pins, without the tools of developers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def pins(name: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / "requirements" / name).read_text()))


def names(requirements: list[str]) -> set[str]:
    return {match[0].lower() for requirement in requirements if (match := _NAME.match(requirement))}


def test_the_image_has_the_versions_of_the_lock() -> None:
    assert pins("image.txt").items() <= pins("lock.txt").items(), "call make lock, or compile requirements/image.txt as it does"


def test_the_image_has_what_the_project_declares_and_no_tools() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = declared["project"]
    wanted = names(project["dependencies"]) | names(project["optional-dependencies"]["celery"])

    assert wanted <= set(pins("image.txt")), "compile requirements/image.txt as make lock does"
    assert not (names(declared["dependency-groups"]["dev"]) - wanted) & set(pins("image.txt"))
