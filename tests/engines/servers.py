"""Real search servers for the tests, started at most once in a test run, on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pwd
import shutil
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.search.elastic.names import Names
from ingest.search.elastic.roles import roles
from tests.engines.maven import elasticsearch_home, java, libraries, opensearch_classes
from tests.engines.ports import free_ports
from tests.site.tls import Authority

START_S = 180.0  # on a machine busy with other work
STOP_S = 20.0
ROOM_BYTES = 2 << 30  # for both servers and their data
PASSWORD = "a-password-for-tests"
TEST_PREFIX = "test"  # of the installation that the role of the user `ingester` is for
MORE_ROLES = {
    "outsider": {"cluster": []},
    "reader": {"indices": [{"names": [f"{TEST_PREFIX}-*"], "privileges": ["read", "view_index_metadata"]}]},
}
# For a run of some minutes: the compiler that makes the fastest code costs twice the time that the tests then take.
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def _await(url: str, process: subprocess.Popen[bytes], log: Path, trusted: Path | None = None) -> None:
    context = ssl.create_default_context(cafile=trusted) if trusted else None
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5, context=context) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as error:
            if error.code == 401:  # up, with security on
                return
        except OSError:
            pass
        time.sleep(0.1)
    what = "has ended" if process.poll() is not None else f"does not answer at {url}"
    raise RuntimeError(f"the server {what}:\n{log.read_text(errors='replace')[-3000:]}")


class OpenSearch:
    """One OpenSearch node. `stop` and `start` again keep its data."""

    def __init__(self, folder: Path, *options: str) -> None:
        """`options`: of its Java."""
        self.folder = folder
        self._options = options
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
        paths = f"{opensearch_classes()}:{libraries()}/*"
        command = [str(java()), "-Xms512m", "-Xmx1g", *self._options, "-cp", paths, "OpenSearchNode"]
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

    def __init__(self, folder: Path, authority: Authority | None = None) -> None:
        """`authority`: speaks TLS, with a certificate that it signed."""
        self.folder = folder
        self._authority = authority
        self.port, self._transport = free_ports(2)
        self._process: subprocess.Popen[bytes] | None = None
        self.home = folder / elasticsearch_home().name
        shutil.copytree(elasticsearch_home(), self.home)
        options = self.home / "config" / "jvm.options"
        options.write_text("\n".join(line for line in options.read_text().splitlines() if "UseG1GC" not in line))
        self._own()

    @property
    def origin(self) -> str:
        return f"{'https' if self._authority else 'http'}://127.0.0.1:{self.port}"

    def url(self, user: str = "admin", password: str = "") -> str:
        """As NEWSFLOW_SEARCH_URL has it."""
        return f"{'https' if self._authority else 'http'}://{user}:{password or PASSWORD}@127.0.0.1:{self.port}"

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
            "ES_JAVA_OPTS": f"-Xms512m -Xmx512m {' '.join(SHORT_LIVED)}", "CLI_JAVA_OPTS": " ".join(SHORT_LIVED),
        }  # fmt: skip

    def configure(self) -> None:
        """Settings, and users: admin, ingester with the role of `newsflow setup`, reader, and outsider who may do nothing."""
        (self.home / "config" / "elasticsearch.yml").write_text(
            f"cluster.name: newsflow-{self.port}\nnetwork.host: 127.0.0.1\nhttp.port: {self.port}\ntransport.port: {self._transport}\n"
            f"discovery.type: single-node\nxpack.security.enabled: true\n{self._tls()}"
            "xpack.security.transport.ssl.enabled: false\nxpack.license.self_generated.type: basic\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\n"
        )
        # So that no test depends on which it made, the very role stands in a file, one to a line. JSON is YAML.
        given = roles(Names(TEST_PREFIX)) | MORE_ROLES
        (self.home / "config" / "roles.yml").write_text("".join(f"{name}: {json.dumps(role)}\n" for name, role in given.items()))
        # As bin/elasticsearch-users writes them, which starts a Java for each.
        users = {"admin": "superuser", "ingester": f"{TEST_PREFIX}-ingester", "reader": "reader", "outsider": "outsider"}
        (self.home / "config" / "users").write_text("".join(f"{name}:{_hashed(PASSWORD)}\n" for name in users))
        (self.home / "config" / "users_roles").write_text("".join(f"{role}:{name}\n" for name, role in users.items()))
        self._own()

    def _tls(self) -> str:
        if self._authority is None:
            return "xpack.security.http.ssl.enabled: false\n"
        for file, name in zip(self._authority.files("127.0.0.1"), ("http.key", "http.crt"), strict=True):
            shutil.copy(file, self.home / "config" / name)
        return "".join(f"xpack.security.http.ssl.{line}\n" for line in ("enabled: true", "key: http.key", "certificate: http.crt"))

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
        trusted = self._authority.root if self._authority else None
        _await(f"{self.origin}/_cluster/health", self._process, self.folder / "log", trusted)

    def stop(self) -> None:
        """Kill it and what it started: what it has acknowledged must survive that."""
        if self._process is not None:
            os.killpg(self._process.pid, 9)
            self._process.wait(STOP_S)
            self._process = None


def _hashed(password: str) -> str:
    """As Elasticsearch's file realm keeps it (SSHA256 of its `Hasher`): cheap to check, hundreds of times."""
    salt = os.urandom(8)
    digest = hashlib.sha256(password.encode() + salt).digest()
    return "{SSHA256}" + base64.b64encode(salt).decode() + base64.b64encode(digest).decode()


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
