"""The examples in the documents that claim to run (`<!-- runs -->` above a block), run.

- `pycon`: a session with Python's prompt, compared as by doctest
- `console`: commands behind `$ `, each with the output that it shall print (`...` for anything)
- `sh`: a script that shall end well

Each block has a temporary VAULT_HOME; commands begin at the root of the project.
"""

import doctest
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.docs.documents import ROOT, Document, Example

_TIMEOUT = 120
_OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def failures(document: Document) -> Iterator[str]:
    """What did not do as the document says."""
    for example in document.examples():
        where = f"{document.name}:{example.line}"
        with tempfile.TemporaryDirectory() as home:
            yield from (f"{where}: {told}" for told in _RUN[example.language](example, home))


def _session(example: Example, _home: str) -> Iterator[str]:
    told: list[str] = []
    test = doctest.DocTestParser().get_doctest(example.text, {}, "example", None, 0)
    doctest.DocTestRunner(optionflags=_OPTIONS).run(test, out=told.append)
    if told:
        yield "".join(told)


def _console(example: Example, home: str) -> Iterator[str]:
    for part in example.text.split("$ ")[1:]:
        command, _, expected = part.partition("\n")
        done = _shell(command, home)
        printed = done.stdout + done.stderr
        if not doctest.OutputChecker().check_output(expected, printed, _OPTIONS):
            yield f"`{command}` printed\n{printed}"


def _script(example: Example, home: str) -> Iterator[str]:
    done = _shell(example.text, home)
    if done.returncode:
        yield f"ended with {done.returncode}\n{done.stdout}{done.stderr}"


def _shell(script: str, home: str) -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("VAULT_")
    }
    return subprocess.run(
        ["/bin/sh", "-eu", "-c", script],
        cwd=ROOT,
        env={**environment, "PATH": path, "VAULT_HOME": home},
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )


_RUN = {"pycon": _session, "console": _console, "sh": _script}
