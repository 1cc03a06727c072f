"""docker-compose.yml as `docker-compose config` understands it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]


def compose(*profiles: str, environment: Mapping[str, str] | None = None) -> Json:
    """The file with `environment` filled in and the services of `profiles`; the test is skipped, and says so, where the program is not there."""
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("no docker-compose: install Debian's package")
    env = {"PATH": os.environ["PATH"], **(environment or {})}
    with tempfile.NamedTemporaryFile() as nothing:  # instead of an operator's .env
        command = [program, "--env-file", nothing.name, "config"]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    config: Json = yaml.safe_load(done.stdout)
    # The old program shows all services; which start is decided as Compose does.
    config["services"] = {
        name: service
        for name, service in config["services"].items()
        if not service.get("profiles") or set(service["profiles"]) & set(profiles)
    }
    return config
