"""What the test servers are made of: fetched by Maven coordinate and compiled once on a machine, then kept."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import filelock

from tests.engines import security

HERE = Path(__file__).parent
JAVA = 21  # the least that both servers run on
FETCH_S = 600.0
BUILD_S = 120.0
CACHE = Path(os.environ.get("TEST_ENGINES_CACHE") or Path.home() / ".cache" / "newsflow-engines")


class Absent(Exception):  # not a fault of the tests
    """The machine cannot run the servers; the message says what is missing."""


@functools.cache
def java() -> Path:
    """The `java` of a JDK that is new enough. Raises Absent."""
    homes = [
        os.environ.get("TEST_JAVA_HOME", ""),
        os.environ.get("JAVA_HOME", ""),
        *sorted(map(str, Path("/usr/lib/jvm").glob("*")), reverse=True),
    ]
    on_path = shutil.which("java")
    candidates = [Path(home) / "bin" / "java" for home in homes if home] + ([Path(on_path)] if on_path else [])
    for candidate in candidates:
        if candidate.is_file():
            said = subprocess.run([candidate, "-version"], capture_output=True, text=True, check=False).stderr
            version = re.search(r'version "(\d+)', said)
            if version and int(version[1]) >= JAVA:
                return candidate
    raise Absent(f"there is no Java {JAVA} or newer: set TEST_JAVA_HOME to a JDK's folder")


@functools.cache
def libraries() -> Path:
    """The folder with the servers' files, fetched where it is not there yet. Raises Absent."""
    runtime = java()
    maven = shutil.which("mvn")
    folder = CACHE / _digest(HERE / "pom.xml")
    if (folder / "complete").exists():
        return folder
    if maven is None:
        raise Absent("there is no Maven to fetch the servers with: install maven")
    with _alone(folder):
        if not (folder / "complete").exists():
            command = [maven, "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
            env = os.environ | {"JAVA_HOME": str(runtime.parents[1])}
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=FETCH_S, check=False)
            if done.returncode:
                lines = [line for line in done.stdout.splitlines() if "ERROR" in line]
                raise Absent(f"Maven cannot fetch the servers: {lines[0][:200] if lines else done.stderr[:200]}")
            (folder / "complete").touch()
    return folder


@functools.cache
def opensearch_classes() -> Path:
    """The folder of the compiled program that runs OpenSearch. Raises Absent."""
    sources = [HERE / "OpenSearchNode.java", HERE / "LanguagePlugins.java"]
    folder = libraries() / f"node-{_digest(*sources)}"
    with _alone(folder):
        if not folder.exists():
            making = folder.with_suffix(".new")
            javac = [
                str(java().with_name("javac")),
                "-d",
                str(making),
                "--release",
                str(JAVA),
                "-cp",
                f"{libraries()}/*",
                *map(str, sources),
            ]
            subprocess.run(javac, check=True, capture_output=True, timeout=BUILD_S)
            making.rename(folder)
    return folder


@functools.cache
def elasticsearch_home() -> Path:
    """Elasticsearch unpacked, with the plugin that lets it keep users; to be copied. Raises Absent."""
    zipped = next(libraries().glob("elasticsearch-*.zip"))
    folder = libraries() / f"home-{_digest(security.SOURCE)}"
    with _alone(folder):
        if not folder.exists():
            making = folder.with_suffix(".new")
            shutil.rmtree(making, ignore_errors=True)
            with zipfile.ZipFile(zipped) as archive:
                archive.extractall(making)
            home = making / zipped.stem
            for program in (*(home / "bin").iterdir(), *(home / "lib").rglob("*controller*")):
                program.chmod(0o755)
            security.install(home, java().parents[1])
            making.rename(folder)
    return folder / zipped.stem


def _digest(*files: Path) -> str:
    """Of what is made from these files: it is made anew when they change."""
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _alone(folder: Path) -> filelock.BaseFileLock:
    """Several test processes may want it at the same time."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    return filelock.FileLock(folder.with_suffix(".lock"), timeout=FETCH_S)
