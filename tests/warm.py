"""Processes of the vault that need not import it: forked off one that has done so already.

To import the vault takes longer than most of what the tests have its processes do. What is
forked knows nothing of the test's own process: neither its open files, nor its settings.
"""

import atexit
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess

from vault.cli import main

_IMPORTED = ["vault.server", "vault.worker", "tests.killed", "tests.counting"]
_RUN_SECONDS = 60


def processes() -> ForkServerContext:
    """Where such processes come from; each worker of the run has one process to fork them off."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_IMPORTED)
    return context


@dataclass(frozen=True)
class Streams:
    """The files that a process has for its input and for what it says; ends that may be one."""

    stdin: str = os.devnull
    stdout: str = os.devnull
    stderr: str = os.devnull


def started(
    arguments: Sequence[str], environment: Mapping[str, str], streams: Streams
) -> ForkServerProcess:
    """Start the `vault` command in a process, a session and an environment of its own."""
    process = processes().Process(
        target=_command, args=(tuple(arguments), dict(environment), streams), daemon=True
    )
    process.start()
    return process


def ran(
    arguments: Sequence[str], environment: Mapping[str, str], stdin: str = ""
) -> "CompletedProcess[str]":
    """Run the `vault` command to its end."""
    with tempfile.TemporaryDirectory() as folder:
        given, out, err = (Path(folder) / name for name in ("in", "out", "err"))
        given.write_text(stdin)
        process = started(arguments, environment, Streams(str(given), str(out), str(err)))
        process.join(_RUN_SECONDS)
        assert process.exitcode is not None, f"{arguments} does not end"
        return CompletedProcess(arguments, process.exitcode, out.read_text(), err.read_text())


def _command(arguments: Sequence[str], environment: Mapping[str, str], streams: Streams) -> None:
    os.setsid()
    _redirect(streams)
    os.environ.clear()
    os.environ.update(environment)
    try:
        main(args=arguments, prog_name="vault")
    finally:
        # What multiprocessing forks leaves without a word to what waits for the end.
        atexit._run_exitfuncs()


def _redirect(streams: Streams) -> None:
    given = os.open(streams.stdin, os.O_RDONLY)
    os.dup2(given, 0)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 it lives as long as the process
    for number, path in ((1, streams.stdout), (2, streams.stderr)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
