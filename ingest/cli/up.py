"""`newsflow up`: Airflow with our DAGs on this machine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from typing import Annotated

import typer

from ingest.airflow_env import airflow_command, airflow_environment
from ingest.cli import console
from ingest.pipeline.context import open_context

STOP_S = 20.0  # Airflow's components end within it, or are killed


def up(port: Annotated[int, typer.Option(min=1, max=65535, help="Port of Airflow's pages on 127.0.0.1.")] = 8080) -> None:
    """Start Airflow standalone with the DAGs, unpaused, on 127.0.0.1; one Ctrl-C stops all. Example: newsflow up"""
    settings = console.settings()
    with open_context(settings):
        pass  # migrate before the first tasks start side by side
    environment = airflow_environment(settings, port=port)
    home = environment["AIRFLOW_HOME"]
    console.err.print(f"Airflow starts at http://127.0.0.1:{port} (some 20 seconds). Ctrl-C stops it.")
    console.err.print(f"Sign in as admin; the password stands in {home}/simple_auth_manager_passwords.json.generated", markup=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        # Set here because a shell starts background jobs with SIGINT ignored, and service managers send SIGTERM.
        signal.signal(number, _interrupt)
    # A session of its own, so that the whole family can be stopped, and Ctrl-C reaches it once, from us.
    process = subprocess.Popen(airflow_command("standalone"), env=environment, start_new_session=True)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        code = 0
    finally:
        stop(process)
    raise typer.Exit(1 if code else 0)


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process started in a session of its own, with all that it started."""
    for number, patience in ((signal.SIGINT, STOP_S), (signal.SIGTERM, STOP_S / 4), (signal.SIGKILL, STOP_S / 4)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
            if not _family(process.pid):
                return


def _family(group: int) -> bool:
    """Whether a process of the group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
