"""Child processes for tests, forked from one that has loaded what they run, as the workers of Airflow are.

An interpreter that starts anew spends two seconds of CPU on imports and models before a test of a killed run begins.
`run` and `start` do what `subprocess` does for `python -m MODULE`: its own environment, exit code, output, and death.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
LOADED = (
    *(f"ingest.cli.{name}" for name in ("app", "crawl", "extract", "feeds", "maintain", "redrive", "rules", "search", "status")),
    *(f"ingest.pipeline.{name}" for name in ("deliver", "run", "tasks")),
    "ingest.search.embedded.engine",
)
STDIN, STDOUT, STDERR = "stdin", "stdout", "stderr"


class _Request(NamedTuple):
    number: int
    folder: str  # with the file `stdin`; `stdout` and `stderr` are written there
    module: str
    arguments: tuple[str, ...]
    env: dict[str, str]


class Child:
    """A process that runs; use as `subprocess.Popen`."""

    def __init__(self, nursery: _Nursery, number: int, folder: tempfile.TemporaryDirectory[str], args: list[str]) -> None:
        self._nursery, self._number, self._folder, self._args = nursery, number, folder, args
        self.pid = nursery.pid_of(number)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def finish(self, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Its end. It is killed, and TimeoutExpired raised, after `timeout` seconds."""
        with self._folder:
            code = self._nursery.code_of(self._number, timeout)
            if code is None:
                self.kill()
                raise subprocess.TimeoutExpired(self._args, timeout)
            return subprocess.CompletedProcess(self._args, code, self._said(STDOUT), self._said(STDERR))

    def _said(self, name: str) -> str:
        return (Path(self._folder.name) / name).read_text()


def start(module: str, *arguments: str, env: Mapping[str, str], stdin: str = "") -> Child:
    """`python -m module` in the folder of the checkout, with the environment `env`."""
    return _nursery().start(module, arguments, env, stdin)


def run(module: str, *arguments: str, env: Mapping[str, str], stdin: str = "", timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """The same, to its end."""
    return start(module, *arguments, env=env, stdin=stdin).finish(timeout)


class _Nursery:
    """The test process' side."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", __name__, str(theirs.fileno())]
        env = {name: value for name, value in os.environ.items() if not name.startswith("NEWSFLOW_")} | {"PYTHONPATH": str(ROOT)}
        with theirs:
            self._process = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),))
        self._connection = Connection(ours.detach())
        self._count = 0
        self._pids: dict[int, int] = {}
        self._codes: dict[int, int] = {}

    def start(self, module: str, arguments: Sequence[str], env: Mapping[str, str], stdin: str) -> Child:
        self._count += 1
        folder = tempfile.TemporaryDirectory(prefix="newsflow-child-")
        (Path(folder.name) / STDIN).write_text(stdin)
        self._connection.send(_Request(self._count, folder.name, module, tuple(arguments), dict(env)))
        return Child(self, self._count, folder, [sys.executable, "-m", module, *arguments])

    def pid_of(self, number: int) -> int:
        while number not in self._pids:
            self._hear()
        return self._pids[number]

    def code_of(self, number: int, timeout: float) -> int | None:
        """Its exit code; negative: a signal. None: it runs on."""
        while number not in self._codes:
            if not self._connection.poll(timeout):
                return None
            self._hear()
        return self._codes.pop(number)

    def close(self) -> None:
        """End it, and what still runs."""
        self._connection.close()
        self._process.wait()

    def _hear(self) -> None:
        number, pid, code = self._connection.recv()
        if code is None:
            self._pids[number] = pid
        else:
            self._codes[number] = code


_running: list[_Nursery] = []


def _nursery() -> _Nursery:
    """The one of this process; where that is killed it ends too, since their connection does."""
    if not _running:
        _running.append(_Nursery())
        atexit.register(_running[0].close)
    return _running[0]


def _serve(connection: Connection) -> None:
    fork = multiprocessing.get_context("fork")
    children: dict[int, tuple[int, multiprocessing.process.BaseProcess]] = {}  # by sentinel: number, and process
    while True:
        for ready in wait([connection, *children]):
            if isinstance(ready, int):
                number, process = children.pop(ready)
                process.join()
                connection.send((number, process.pid, process.exitcode))
                continue
            try:
                request = connection.recv()
            except EOFError:  # the tests are over
                for _, process in children.values():
                    process.kill()
                return
            process = fork.Process(target=_become, args=(request,))
            process.start()
            children[process.sentinel] = request.number, process
            connection.send((request.number, process.pid, None))


def _become(request: _Request) -> None:
    """In the child: what the interpreter does for `python -m`."""
    folder = Path(request.folder)
    for number, (name, flags) in enumerate(((STDIN, os.O_RDONLY), (STDOUT, os.O_WRONLY | os.O_CREAT), (STDERR, os.O_WRONLY | os.O_CREAT))):
        opened = os.open(folder / name, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = os.fdopen(0, closefd=False)  # multiprocessing has closed the other
    os.environ.clear()
    os.environ.update(request.env)
    sys.argv = [request.module, *request.arguments]
    runpy.run_module(request.module, run_name="__main__", alter_sys=True)


def _main() -> None:
    connection = Connection(int(sys.argv[1]))
    for module in LOADED:
        import_module(module)
    from ingest.enrich.article import prepare
    from ingest.sandbox import start_server
    from ingest.settings import load

    prepare(load())
    start_server("ingest.feeds.parse", "ingest.extract.preload")
    _serve(connection)


if __name__ == "__main__":
    _main()
