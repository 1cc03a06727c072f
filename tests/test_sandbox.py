from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import billiard  # what Celery runs its tasks in
import pytest
from lxml import etree

from ingest.errors import FeedRejected, SandboxError
from ingest.model import Reason
from ingest.sandbox import Sandbox, _Context

ROOT = Path(__file__).parents[1]
MIB = 1024 * 1024
TIMEOUT_S = 1.0
GRACE_S = 4.0  # pebble asks a child to end, and kills it 3 s later


class UnsendableError(Exception):
    """Cannot be rebuilt from its arguments on the other side."""

    def __init__(self, a: str, b: str) -> None:
        super().__init__(a + b)


def python_hang() -> None:
    while True:
        pass


def regex_hang() -> None:
    re.fullmatch(r"(a+)+b", "a" * 40)


def lxml_hang() -> None:
    etree.fromstring(b"<p " + b" ".join(b'a%d="1"' % i for i in range(400_000)) + b">", etree.HTMLParser(huge_tree=True))


def deaf_hang() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def segfault() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def kill_9() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def eat_memory() -> None:
    bytearray(4096 * MIB)


def reject() -> None:
    raise FeedRejected("no", reason=Reason.FEED_DTD)


def fail() -> None:
    raise ZeroDivisionError("by zero")


def exit_politely() -> None:
    sys.exit(4)


def interrupt() -> None:
    raise KeyboardInterrupt


def lxml_error() -> None:
    etree.fromstring(b"<a><b></a>")


def unsendable_error() -> None:
    raise UnsendableError("a", "b")


def unsendable_result() -> object:
    return threading.Lock()


def call(action: object) -> object:
    """Runs in a child: an action that is what foreign bytes have made parsers do, or a harmless word."""
    return action() if callable(action) else str(action).upper()


def faults_of_reading(documents: int) -> int:
    """Page faults of taking half a megabyte and letting go of it that many times."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(documents):
        bytes(bytearray(500_000))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def is_inherited(_: object) -> tuple[bool, bool]:
    """Whether garbage collection looks at what the fork server had loaded, and at what is made here."""
    seen = {id(thing) for thing in gc.get_objects()}
    made: list[object] = []
    return id(sys.modules) in seen, id(made) in {id(thing) for thing in gc.get_objects()}


def wait_inversely(index: int) -> int:
    time.sleep(0.02 * (10 - index))
    return index


@pytest.fixture
def children() -> Iterator[Sandbox]:
    with Sandbox(workers=1, timeout_s=TIMEOUT_S, memory_bytes=512 * MIB) as sandbox:
        yield sandbox


def show(result: object) -> str:
    return f"{result.reason}: {result}" if isinstance(result, SandboxError) else str(result)


@pytest.mark.parametrize(
    ("action", "reason", "message"),
    [
        (python_hang, Reason.TIMEOUT_PARSE, "stopped after 1 s"),
        (segfault, Reason.CRASHED, f"signal:{int(signal.SIGSEGV)}"),
        (leave, Reason.CRASHED, "exit:3"),
        (kill_9, Reason.CRASHED, f"signal:{int(signal.SIGKILL)}"),
        (eat_memory, Reason.OUT_OF_MEMORY, "ran out of its memory limit"),
        (fail, Reason.INTERNAL, "ZeroDivisionError: by zero"),
        (exit_politely, Reason.INTERNAL, "SystemExit: 4"),
        (interrupt, Reason.INTERNAL, "KeyboardInterrupt: "),
        (lxml_error, Reason.INTERNAL, r"XMLSyntaxError: .*"),
        (unsendable_error, Reason.INTERNAL, "UnsendableError: ab"),
        (unsendable_result, Reason.INTERNAL, r".*pickle.*"),
    ],
)
def test_a_bad_item_becomes_an_error_in_its_place_and_the_next_goes_on(
    children: Sandbox, action: Callable[[], object], reason: Reason, message: str
) -> None:
    before, bad, after = children.map(call, ["a", action, "b"])
    assert (before, after) == ("A", "B")
    assert isinstance(bad, SandboxError)
    assert bad.reason is reason
    assert re.fullmatch(message, str(bad))


@pytest.mark.slow
@pytest.mark.parametrize("hang", [regex_hang, lxml_hang, deaf_hang])
def test_code_that_hears_no_signal_is_killed(children: Sandbox, hang: Callable[[], None]) -> None:
    start = time.monotonic()
    bad, after = children.map(call, [hang, "b"])
    assert after == "B"
    assert isinstance(bad, SandboxError)
    assert bad.reason is Reason.TIMEOUT_PARSE
    assert time.monotonic() - start < TIMEOUT_S + GRACE_S + 10  # the hang alone would take longer


def test_an_item_error_is_handed_on_with_its_reason(children: Sandbox) -> None:
    (result,) = children.map(call, [reject])
    assert isinstance(result, FeedRejected)
    assert result.reason is Reason.FEED_DTD
    assert str(result) == "no"


def test_children_that_cannot_start_blame_no_item() -> None:  # no system takes such a limit
    with pytest.raises(BrokenProcessPool), Sandbox(workers=1, timeout_s=5, memory_bytes=1 << 80) as sandbox:
        list(sandbox.map(call, ["a"]))


def test_an_item_that_a_breaking_pool_forgets_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sandbox(workers=1, timeout_s=5, memory_bytes=1 << 80) as sandbox:
        # What is left of an item that comes in just after the pool gave up all that it knew of.
        monkeypatch.setattr(sandbox._pool._pool_manager.task_manager, "tasks_abort", lambda _error: None)
        with pytest.raises(BrokenProcessPool):
            list(sandbox.map(call, ["a"]))


def test_results_keep_the_order_of_the_items() -> None:
    with Sandbox(workers=2, timeout_s=10, memory_bytes=512 * MIB) as sandbox:
        assert list(sandbox.map(wait_inversely, range(10))) == list(range(10))


def test_items_are_taken_as_they_are_needed(children: Sandbox) -> None:
    taken: list[int] = []

    def source() -> Iterator[str]:
        for index in range(100):
            taken.append(index)
            yield str(index)

    results = children.map(call, source())
    next(results)
    assert len(taken) < 10


def leave_early() -> None:
    with Sandbox(workers=1, timeout_s=60, memory_bytes=512 * MIB) as sandbox:
        next(sandbox.map(call, ["a", python_hang]))
        raise KeyError


def test_leaving_with_an_error_does_not_wait_for_what_is_queued() -> None:
    start = time.monotonic()
    with pytest.raises(KeyError):
        leave_early()
    assert time.monotonic() - start < GRACE_S + 4


def report(results: Connection) -> None:
    with Sandbox(workers=1, timeout_s=TIMEOUT_S, memory_bytes=512 * MIB) as sandbox:
        results.send([show(result) for result in sandbox.map(call, ["a", leave, "b"])])


@pytest.mark.parametrize(("method", "daemon"), [("spawn", False), ("forkserver", False), ("forkserver", True)])
def test_it_works_in_a_process_that_multiprocessing_started(method: str, daemon: bool) -> None:  # noqa: FBT001  # daemon: as Celery's are
    context = multiprocessing.get_context(method)
    mine, theirs = context.Pipe()
    parent = context.Process(target=report, args=(theirs,), daemon=daemon)  # type: ignore[attr-defined]
    parent.start()
    try:
        assert mine.poll(20)
        assert mine.recv() == ["A", "crashed: exit:3", "B"]
    finally:
        parent.join(10)
    assert parent.exitcode == 0


def tell_pid(_: object) -> int:
    return os.getpid()


def report_pids(results: Connection) -> None:
    with Sandbox(workers=2, timeout_s=TIMEOUT_S, memory_bytes=512 * MIB) as sandbox:
        results.send(list(sandbox.map(tell_pid, range(8))))
        time.sleep(60)


def test_children_of_a_daemonic_process_that_is_killed_end() -> None:
    context = multiprocessing.get_context("forkserver")
    mine, theirs = context.Pipe()
    parent = context.Process(target=report_pids, args=(theirs,), daemon=True)
    parent.start()
    assert mine.poll(20)
    pids = set(mine.recv())
    assert all(Path(f"/proc/{pid}").exists() for pid in pids)

    parent.kill()
    parent.join()

    deadline = time.monotonic() + GRACE_S + 6
    while left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def echo(item: int) -> int:
    return item


def answer_of_a_child(answers: Any) -> None:
    with Sandbox(workers=1, timeout_s=20, memory_bytes=512 * MIB) as children:
        answers.put(list(children.map(echo, [7])))


def test_a_process_of_celery_may_have_children() -> None:
    answers = billiard.get_context("fork").SimpleQueue()
    worker = billiard.get_context("fork").Process(target=answer_of_a_child, args=(answers,), daemon=True)
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    assert answers.get() == [7]


# A family: the first process starts the server, a process that it forks uses it; then the server is killed.
_FAMILY = """
import os, signal, time
from ingest import sandbox
from tests.test_sandbox import parent_of, MIB

def server_of_a_child():
    with sandbox.Sandbox(workers=1, timeout_s=10, memory_bytes=512 * MIB) as children:
        return list(children.map(parent_of, [None]))[0]

def in_a_fork(function):
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            os.write(write, str(function()).encode())
        finally:
            os._exit(0)
    os.close(write)
    return int(os.read(read, 100))

sandbox.start_server()
mine = sandbox._SERVER._forkserver_pid
print(in_a_fork(server_of_a_child) == mine, in_a_fork(server_of_a_child) == mine)
os.kill(mine, signal.SIGKILL)
os.waitpid(mine, 0)
print(in_a_fork(server_of_a_child) not in (0, mine))
"""


def parent_of(_: object) -> int:
    return os.getppid()


def test_forked_processes_share_the_server_of_their_ancestor_and_start_one_where_it_is_gone() -> None:
    run = subprocess.run([sys.executable, "-c", _FAMILY], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT)
    assert run.stdout.split() == ["True", "True", "True"], run.stderr


def test_an_item_that_is_an_error_stays_in_its_place(children: Sandbox) -> None:
    known = FeedRejected("known before", reason=Reason.FEED_MALFORMED)
    assert list(children.map(call, ["a", known, "b"])) == ["A", known, "B"]


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library cannot be told to keep memory")
def test_a_child_keeps_the_memory_of_one_item_for_the_next(children: Sandbox) -> None:
    pages = 500_000 // resource.getpagesize()
    first, later = children.map(faults_of_reading, [1, 20])
    assert isinstance(later, int), (first, later)
    assert later < 20 * pages / 4


def test_a_child_collects_garbage_among_its_own_objects_only(children: Sandbox) -> None:
    assert list(children.map(is_inherited, [0])) == [(False, True)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets pipes be widened")
def test_a_whole_document_goes_into_a_pipe_at_once() -> None:
    reader, writer = _Context().Pipe(duplex=False)
    with reader, writer:
        os.set_blocking(writer.fileno(), False)
        assert os.write(writer.fileno(), bytes(500_000)) == 500_000
