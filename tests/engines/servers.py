"""Real search servers for the tests: fetched once by Maven coordinate, started at most once in a test run, on loopback."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from ingest.search.elastic.names import Names
from ingest.search.elastic.roles import roles
from tests.engines import security

HERE = Path(__file__).parent
JAVA = 21  # the least that both servers run on
FETCH_S = 600.0
START_S = 180.0  # on a machine busy with other work
STOP_S = 20.0
ROOM_BYTES = 2 << 30  # for both servers and their data
PASSWORD = "a-password-for-tests"
TEST_PREFIX = "test"  # of the installation that the role of the user `ingester` is for
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
    digest = hashlib.sha256((HERE / "pom.xml").read_bytes()).hexdigest()[:16]
    folder = CACHE / digest
    if (folder / "complete").exists():
        return folder
    if maven is None:
        raise Absent("there is no Maven to fetch the servers with: install maven")
    CACHE.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(CACHE / f"{digest}.lock", timeout=FETCH_S):
        if not (folder / "complete").exists():
            command = [maven, "-q", "-B", "-f", str(HERE / "pom.xml"), "dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
            env = os.environ | {"JAVA_HOME": str(runtime.parents[1])}
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=FETCH_S, check=False)
            if done.returncode:
                lines = [line for line in done.stdout.splitlines() if "ERROR" in line]
                raise Absent(f"Maven cannot fetch the servers: {lines[0][:200] if lines else done.stderr[:200]}")
            (folder / "complete").touch()
    return folder


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on just now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            if error.code == 401:  # up, with security on
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


class OpenSearch:
    """One OpenSearch node. `stop` and `start` again keep its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._transport = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """As NEWSFLOW_SEARCH_URL has it."""
        return f"opensearch+{self.origin}"

    def start(self) -> None:
        command = [str(java()), "-Xms512m", "-Xmx1g", "-XX:+UseSerialGC", "-cp", f"{libraries()}/*", str(HERE / "OpenSearchNode.java")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self.folder / "node"), str(self.port), str(self._transport)],
                stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        _await(f"{self.origin}/_cluster/health?wait_for_status=yellow&timeout=2s", self._process, self.folder / "log")

    def stop(self) -> None:
        """Kill it: what it has acknowledged must survive that."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_S)
            if self._process.stdin:
                self._process.stdin.close()
            self._process = None


class Elasticsearch:
    """One Elasticsearch node with security on. `stop` and `start` again keep its data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self._transport = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        with zipfile.ZipFile(next(libraries().glob("elasticsearch-*.zip"))) as archive:
            archive.extractall(folder)
        self.home = next(folder.glob("elasticsearch-*"))
        for program in (*(self.home / "bin").iterdir(), *(self.home / "lib").rglob("*controller*")):
            program.chmod(0o755)
        security.install(self.home, java().parents[1])
        self._own()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, user: str = "admin", password: str = "") -> str:
        """As NEWSFLOW_SEARCH_URL has it."""
        return f"http://{user}:{password or PASSWORD}@127.0.0.1:{self.port}"

    def _own(self) -> None:
        """It refuses to run as root."""
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.folder.chmod(0o755)
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def _run(self, *command: str) -> list[str]:
        return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--", *command] if os.getuid() == 0 else [*command]

    @property
    def _env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "ES_JAVA_HOME": str(java().parents[1]), "HOME": str(self.folder),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m",
        }  # fmt: skip

    def configure(self) -> None:
        """Settings, and three users: admin, ingester with the role of `newsflow setup`, and outsider who may do nothing."""
        (self.home / "config" / "elasticsearch.yml").write_text(
            f"cluster.name: newsflow-{self.port}\nnetwork.host: 127.0.0.1\nhttp.port: {self.port}\ntransport.port: {self._transport}\n"
            "discovery.type: single-node\nxpack.security.enabled: true\nxpack.security.http.ssl.enabled: false\n"
            "xpack.security.transport.ssl.enabled: false\nxpack.license.self_generated.type: basic\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\n"
        )
        # The core distribution cannot keep roles in an index, so the very role stands in a file. JSON is YAML.
        (self.home / "config" / "roles.yml").write_text(json.dumps(roles(Names(TEST_PREFIX)) | {"outsider": {"cluster": []}}))
        self._own()
        self._add_user("admin", "superuser")
        self._add_user("ingester", f"{TEST_PREFIX}-ingester")
        self._add_user("outsider", "outsider")

    def _add_user(self, name: str, role: str) -> None:
        subprocess.run(
            self._run(str(self.home / "bin" / "elasticsearch-users"), "useradd", name, "-p", PASSWORD, "-r", role),
            env=self._env, check=True, capture_output=True, timeout=START_S,
        )  # fmt: skip

    def start(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._run(str(self.home / "bin" / "elasticsearch")),
                env=self._env,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                start_new_session=True,
            )
        _await(f"{self.origin}/_cluster/health", self._process, self.folder / "log")

    def stop(self) -> None:
        """Kill it and what it started: what it has acknowledged must survive that."""
        if self._process is not None:
            os.killpg(self._process.pid, 9)
            self._process.wait(STOP_S)
            self._process = None


def _in_memory() -> Path | None:
    """A file system in memory, where there is room: a server syncs each of the hundreds of small changes that tests make."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and os.access(shared, os.W_OK | os.X_OK) and shutil.disk_usage(shared).free > ROOM_BYTES
    return shared if roomy else None


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of its own, outside of pytest's, whose parents other users may not enter."""
    made = Path(tempfile.mkdtemp(prefix="newsflow-engine-", dir=_in_memory()))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
