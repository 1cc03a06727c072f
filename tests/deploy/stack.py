"""The services of docker-compose.yml as processes of this machine: their environment, commands, order and health checks.

What differs is where things are: hosts and ports of the stack's network become ports of loopback, paths in containers
become folders. Kibana does not run here.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import yaml

from tests.deploy.compose import ROOT, compose
from tests.engines.ports import free_ports
from tests.engines.servers import Elasticsearch

START_S = 240.0  # one service, on a busy machine
STOP_S = 60.0  # what a running task may take
_LOOK_S = 0.5
_DOCKER_ENV = re.compile(r"(?:^ENV|^   ) +(\w+)=(\S+)", re.MULTILINE)
Json = dict[str, Any]


class Stack:
    """Use as a context manager; `start` brings up a service after those that it depends on."""

    def __init__(self, folder: Path, *, environment: Mapping[str, str]) -> None:
        """`environment`: what a `.env` holds. `folder`: one that other users may enter."""
        self.folder = folder
        self.services: dict[str, Json] = compose("celery", "cli", environment=environment)["services"]
        names = ("postgres", "search", "redis", "api", "scheduler_health", "worker_logs", "triggerer_logs")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._elasticsearch: Elasticsearch | None = None
        self._done: set[str] = set()
        folder.chmod(0o755)  # servers that run as other users have their folders in it
        for name in ("logs", "opt/airflow/logs", "var/lib/newsflow", "run/newsflow"):
            (folder / name).mkdir(parents=True)
        (folder / "opt" / "airflow" / "dags").symlink_to(ROOT / "dags")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        # Nothing is to be seen any more of how they end.
        for process in self._processes.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for process in self._processes.values():
            process.wait(STOP_S)
        if self._elasticsearch is not None:
            with contextlib.suppress(ProcessLookupError):
                self._elasticsearch.stop()

    def start(self, *names: str) -> None:
        """Start services and what they depend on, in the order and under the conditions of the file."""
        for name in names:
            if name in self._processes or name in self._done:
                continue
            for other, needed in self.services[name].get("depends_on", {}).items():
                self.start(other)
                if needed["condition"] == "service_healthy":
                    self._await_health(other)
            special: Callable[[], None] | None = {"postgres": self._postgres, "elasticsearch": self._search, "redis": self._redis}.get(name)
            if special is not None:
                special()
            elif "restart" in self.services[name]:
                self._run_on(name, self.command(name))
            else:
                self.run(name)
                self._done.add(name)

    def run(self, name: str, *command: str) -> str:
        """A service that ends, with its own command or another; what it printed."""
        done = subprocess.run(
            list(command) or self.command(name),
            env=self.environment(name),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        (self.folder / "logs" / f"{name}.log").write_text(done.stdout + done.stderr)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
        return done.stdout

    def stop(self, name: str) -> None:
        """End a service as `docker stop` does: a signal to its first process, time to finish, then the end of all that it started."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGINT if name == "postgres" else signal.SIGTERM)  # as their images say
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_S)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_S)

    def healthy(self, name: str) -> bool:
        """Whether the service's own health check is content."""
        kind, *test = self.services[name]["healthcheck"]["test"]
        here = [self._here(part) for part in test]
        command = here if kind == "CMD" else ["/bin/sh", "-c", here[0]]
        if command[0] == "pg_isready":
            command += ["--port", str(self.ports["postgres"])]
        if "redis-cli" in command[-1]:
            command[-1] = command[-1].replace("redis-cli", f"redis-cli -p {self.ports['redis']}")
        done = subprocess.run(command, env=self.environment(name), cwd=self.folder, capture_output=True, timeout=120, check=False)
        return done.returncode == 0

    def environment(self, name: str) -> dict[str, str]:
        """Of the image and of the service, and the ports that several services of one machine cannot share."""
        image = dict(_DOCKER_ENV.findall((ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]))
        service = self.services[name].get("environment", {})
        here = {variable: self._here(str(value)) for variable, value in (image | service).items()}
        return here | {
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "HOME": str(self.folder),
            "HOSTNAME": socket.gethostname(),
            "LANG": "C.UTF-8",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.ports["scheduler_health"]),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.ports["worker_logs"]),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(self.ports["triggerer_logs"]),
        }

    def command(self, name: str) -> list[str]:
        """Of the service, with this machine's ports and paths."""
        return [self._here(str(part)) for part in self.services[name]["command"]]

    def secret(self, path: str) -> str:
        """A file of secrets, such as "elasticsearch/password"."""
        return (self.folder / "run" / "newsflow" / path).read_text()

    def pids(self) -> Iterator[tuple[str, int]]:
        """The processes of every service that is ours, with its name."""
        for name, process in self._processes.items():
            if name not in {"postgres", "redis"}:
                yield from ((name, pid) for pid in self.members(process.pid))

    @staticmethod
    def members(session: int) -> Iterator[int]:
        """The processes of a session."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == session and fields[0] != "Z":
                    yield int(stat.parent.name)

    def _here(self, text: str) -> str:
        for there, here in (
            ("/run/newsflow", str(self.folder / "run" / "newsflow")),
            ("/opt/airflow", str(self.folder / "opt" / "airflow")),
            ("/var/lib/newsflow", str(self.folder / "var" / "lib" / "newsflow")),
            ("postgres:5432", f"127.0.0.1:{self.ports['postgres']}"),
            ("elasticsearch:9200", f"127.0.0.1:{self.ports['search']}"),
            ("localhost:9200", f"127.0.0.1:{self.ports['search']}"),
            ("redis:6379", f"127.0.0.1:{self.ports['redis']}"),
            ("api-server:8080", f"127.0.0.1:{self.ports['api']}"),
            ("localhost:8080", f"127.0.0.1:{self.ports['api']}"),
            ("localhost:8974", f"127.0.0.1:{self.ports['scheduler_health']}"),
        ):
            text = text.replace(there, here)
        return str(self.ports["api"]) if text == "8080" else text

    def _run_on(self, name: str, command: list[str]) -> None:
        with (self.folder / "logs" / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command,
                env=self.environment(name),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_health(self, name: str) -> None:
        deadline = time.monotonic() + START_S
        while not self.healthy(name):
            process = self._processes.get(name)
            assert process is None or process.poll() is None, f"{name} has ended:\n{self.log(name)[-3000:]}"
            assert time.monotonic() < deadline, f"{name} is not healthy:\n{self.log(name)[-3000:]}"
            time.sleep(_LOOK_S)

    def log(self, name: str) -> str:
        """What the service has said so far."""
        path = self.folder / "logs" / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def _postgres(self) -> None:
        """As the image's entry point does: initdb with the password of the file, then the server, as a user of its own."""
        service = self.services["postgres"]["environment"]
        programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
        user = pwd.getpwnam("postgres")
        home = self.folder / "postgres"
        home.mkdir()
        word = home / "word"
        word.write_text(Path(self._here(service["POSTGRES_PASSWORD_FILE"])).read_text())
        for path in (home, word):
            os.chown(path, user.pw_uid, user.pw_gid)
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
        made = [*service["POSTGRES_INITDB_ARGS"].split(), "--username", service["POSTGRES_USER"], "--pwfile", str(word), "--no-sync"]
        subprocess.run(
            [*as_postgres, str(programs / "initdb"), "-D", str(home / "data"), *made], check=True, capture_output=True, timeout=START_S
        )
        port = str(self.ports["postgres"])
        self._run_on(
            "postgres",
            [*as_postgres, str(programs / "postgres"), "-D", str(home / "data"), "-p", port, "-h", "127.0.0.1", "-k", str(home), "-F"],
        )

    def _redis(self) -> None:
        here = ["--port", str(self.ports["redis"]), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self._run_on("redis", [*self.command("redis"), *here])

    def _search(self) -> None:
        """The core distribution, with the settings of the file, and the superuser's password as the image takes it."""
        folder = self.folder / "elasticsearch"
        folder.mkdir()
        environment = self.services["elasticsearch"]["environment"]
        server = _Server(folder)
        server.port = self.ports["search"]
        server.prepare({key: value for key, value in environment.items() if "." in key}, self._here(environment["ELASTIC_PASSWORD_FILE"]))
        self._elasticsearch = server
        server.start()


class _Server(Elasticsearch):
    """An Elasticsearch that is set up as the service of the compose file is."""

    def prepare(self, settings: Mapping[str, str], password_file: str) -> None:
        """Write `settings`; the superuser's first password goes into the keystore, as the image's entry point does it."""
        here = {
            "network.host": "127.0.0.1",
            "http.port": self.port,
            "transport.port": self._transport,
            "xpack.security.transport.ssl.enabled": False,
        }
        (self.home / "config" / "elasticsearch.yml").write_text(yaml.safe_dump(dict(settings) | here))
        self._own()
        keystore = self._run(str(self.home / "bin" / "elasticsearch-keystore"), "add", "--force", "--stdin", "bootstrap.password")
        with Path(password_file).open("rb") as word:
            subprocess.run(keystore, env=self._env, stdin=word, check=True, capture_output=True, timeout=START_S)


def missing() -> str:
    """Why the stack cannot run here; empty where it can."""
    if os.geteuid() != 0:
        return "only root can start the servers as users of their own"
    for program in ("docker-compose", "redis-server", "setpriv"):
        if shutil.which(program) is None:
            return f"there is no {program}: install Debian's package"
    return "" if list(Path("/usr/lib/postgresql").glob("*/bin")) else "there is no PostgreSQL: install Debian's package"
