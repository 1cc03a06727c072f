"""Children of the nursery are to a test what processes of their own are."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests import nursery

ENV = dict(os.environ)


def test_code_and_output_come_back() -> None:
    done = nursery.run("ingest", "nonsense", env=ENV)
    assert done.returncode == 2
    assert "No such command" in done.stderr
    assert done.stdout == ""


def test_each_has_its_own_environment_and_input() -> None:
    one, other = nursery.run("tests.echo", env={"WHO": "one"}, stdin="a\n"), nursery.run("tests.echo", env={}, stdin="b\n")
    assert (one.stdout, other.stdout) == ("one a\n", "- b\n")


def test_one_that_is_killed_and_one_that_takes_too_long() -> None:
    killed = nursery.start("tests.echo", "sleep", env=ENV)
    slow = nursery.start("tests.echo", "sleep", env=ENV)
    killed.kill()
    assert killed.finish().returncode == -9
    with pytest.raises(subprocess.TimeoutExpired):
        slow.finish(0.1)
