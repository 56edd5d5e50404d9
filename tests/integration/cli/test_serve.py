import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import warm
from tests.conftest import sqlite_only

Environment = dict[str, str]


def _vault(*arguments: str, environment: Environment) -> subprocess.CompletedProcess[str]:
    return warm.ran(arguments, os.environ | environment)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[str]) -> httpx.Response:
    for _ in range(300):
        assert process.poll() is None, process.communicate()
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("The server did not answer within 30 seconds.")


def _worker_of(parent: int) -> int:
    """Return the process id of the worker that `parent` has started."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        pid, rest = int(status.parent.name), status.read_text().rpartition(")")[2].split()
        if int(rest[1]) == parent and b"worker" in (status.parent / "cmdline").read_bytes():
            return pid
    raise AssertionError("There is no worker.")


@pytest.fixture
def served(environment: Environment) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A vault that runs with its worker: its address and its process."""
    environment["PORT"] = str(_free_port())
    migrated = _vault("migrate", environment=environment)
    assert migrated.returncode == 0, migrated.stderr
    command = [sys.executable, "-m", "vault", "serve", "--with-worker", "--workers", "1"]
    with subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield f"http://127.0.0.1:{environment['PORT']}", process
        if process.poll() is None:
            process.kill()


@sqlite_only
def test_serves_until_interrupted(served: tuple[str, subprocess.Popen[str]]) -> None:
    """The vault says where it is and what to do, is ready, and stops cleanly on Ctrl-C."""
    address, process = served
    assert _wait_for(f"{address}/readyz?code=secret", process).json() == {"status": "ok"}
    worker = _worker_of(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert address in out
    assert "create your vault" in out
    assert "Traceback" not in err
    assert "secret" not in err
    assert not Path(f"/proc/{worker}").exists()


@sqlite_only
def test_worker_ends_with_a_killed_server(served: tuple[str, subprocess.Popen[str]]) -> None:
    """A server that is killed leaves no worker behind."""
    address, process = served
    _wait_for(f"{address}/healthz", process)
    worker = Path(f"/proc/{_worker_of(process.pid)}")
    process.kill()
    for _ in range(100):
        if not worker.exists() or "Z" in (worker / "stat").read_text().rpartition(")")[2]:
            return
        time.sleep(0.1)
    raise AssertionError("The worker still runs.")


def test_doctor_finds_all_well(environment: Environment) -> None:
    """After `vault migrate` the doctor finds nothing wrong."""
    assert _vault("migrate", environment=environment).returncode == 0
    result = _vault("doctor", "--json", environment=environment)
    assert result.returncode == 0, result.stdout
    assert json.loads(result.stdout)["ok"] is True


@sqlite_only
def test_doctor_names_what_is_wrong(environment: Environment, tmp_path: Path) -> None:
    """The doctor exits 1 and says which check failed, and what to do."""
    environment["VAULT_DATABASE_URL"] = f"sqlite:///{tmp_path}/home/other.db"
    assert _vault("migrate", environment=environment).returncode == 0
    (tmp_path / "home" / "server-keys.json").chmod(0o644)
    with sqlite3.connect(tmp_path / "home" / "other.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    result = _vault("doctor", "--json", environment=environment)
    assert result.returncode == 1
    wrong = [each["name"] for each in json.loads(result.stdout)["findings"] if not each["ok"]]
    assert wrong == ["secret_file", "schema"]


@sqlite_only
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("VAULT_SIGNUP", "perhaps", "VAULT_SIGNUP must be open, invite or closed."),
        ("VAULT_NOSUCH", "1", "VAULT_NOSUCH is not a setting"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
def test_a_wrong_setting_stops_the_start(
    command: str, name: str, value: str, said: str, environment: Environment
) -> None:
    """Every command that starts something stops with one line that names the variable."""
    result = _vault(command, environment=environment | {name: value})
    assert result.returncode == 1
    assert result.stderr.startswith(f"vault: {said}")
    assert result.stderr.count("\n") == 1


@sqlite_only
def test_limits_that_count_in_one_process_are_not_multiplied(environment: Environment) -> None:
    """More than one process with memory:// is refused; two would allow twice as much."""
    assert _vault("migrate", environment=environment).returncode == 0
    result = _vault("serve", "--workers", "2", environment=environment)
    assert result.returncode == 1
    assert result.stderr.startswith("vault: VAULT_RATELIMIT_URL is memory://")


@sqlite_only
def test_no_tables_stop_the_start(environment: Environment, tmp_path: Path) -> None:
    """Neither server nor worker starts on a database without tables."""
    environment["VAULT_DATABASE_URL"] = f"sqlite:///{tmp_path}/none.db"
    for command in ("serve", "worker"):
        result = _vault(command, environment=environment)
        assert result.returncode == 1
        assert result.stderr == ("vault: The database has no tables yet: run `vault migrate`.\n")


@sqlite_only
def test_a_taken_port_stops_the_start(environment: Environment) -> None:
    """A port that another program has is said so at once."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        result = _vault("serve", environment=environment | {"PORT": port})
    assert result.returncode == 1
    assert result.stderr.startswith(f"vault: PORT {port}")
