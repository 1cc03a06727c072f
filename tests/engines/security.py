"""Makes the core distribution of Elasticsearch keep users, roles and API keys of its own, as a full server does."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("SecurityAnalysisPlugin.java")
NAME = "security-analysis"
RELEASE = "21"  # of Java, the least that the server runs on
BUILD_S = 120


def install(home: Path, java_home: Path) -> None:
    """Compile the plugin against the server in `home` and put it there; before the first start."""
    version = home.name.removeprefix("elasticsearch-")
    folder = home / "plugins" / NAME
    folder.mkdir()
    with tempfile.TemporaryDirectory() as classes:
        _run(java_home / "bin" / "javac", "-d", classes, "--release", RELEASE, "-cp", f"{home}/lib/*", str(SOURCE))
        _run(java_home / "bin" / "jar", "-cf", str(folder / f"{NAME}.jar"), "-C", classes, ".")
    values = {
        "name": NAME, "description": NAME, "version": version, "elasticsearch.version": version, "java.version": RELEASE,
        "classname": f"newsflow.{SOURCE.stem}",
    }  # fmt: skip
    (folder / "plugin-descriptor.properties").write_text("".join(f"{key}={value}\n" for key, value in values.items()))


def _run(program: Path, *arguments: str) -> None:
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=BUILD_S)
