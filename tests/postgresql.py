"""One private PostgreSQL server for a whole test run, shared by all its worker processes.

It listens on a Unix socket alone, in a folder of its own, and stops with the run. It runs as
another user where the tests run as root, because PostgreSQL refuses to.
"""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200"]
"""The tests lose nothing when the machine loses power."""


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL server's programs, or None where there is none."""
    debian = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(debian, key=lambda path: int(path.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*found, *([Path(on_path)] if on_path else [])]
    return candidates[0].parent if candidates else None


class Server:
    """The server of this run, in `folder`; started by whoever needs it first."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._socket_file = folder / "postgresql-socket"

    def url(self, name: str) -> str:
        """Return the URL of the database `name`; start the server if it does not run yet."""
        return f"postgresql+psycopg://postgres@/{name}?host={self._started()}"

    @contextmanager
    def fresh(self, template: str, name: str) -> Iterator[str]:
        """Make the database `name` as a copy of `template`; drop it at the end."""
        with self.administer() as connection:
            # To copy the template's files is a fifth of the work of logging each of their pages.
            copied = " STRATEGY FILE_COPY" if connection.info.server_version >= 150_000 else ""
            command = f'CREATE DATABASE "{name}" TEMPLATE "{template}"{copied}'
            connection.execute(command.encode())
        try:
            yield self.url(name)
        finally:
            with self.administer() as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    def make_once(self, name: str, fill: Callable[[str], None]) -> None:
        """Make the database `name` and `fill` it, given its URL; one worker of the run does it."""
        self._started()
        with self._locked(), self.administer() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if not found.fetchone():
                connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0'.encode())
                fill(self.url(name))

    @contextmanager
    def administer(self) -> Iterator[psycopg.Connection]:
        """Connect as the superuser, outside of any transaction."""
        host = str(self._started())
        with psycopg.connect(
            user="postgres", dbname="postgres", host=host, autocommit=True
        ) as connection:
            yield connection

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one worker of the run in at a time."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _started(self) -> Path:
        if not self._socket_file.exists():
            with self._locked():
                if not self._socket_file.exists():
                    self._start()
        return Path(self._socket_file.read_text())

    def _start(self) -> None:
        programs = binaries()
        assert programs, "no PostgreSQL server on this machine"
        # Beside the run's folder, which may be in memory: a database is some 300 files, and to make
        # these on a disk takes ten times as long. A short name: socket paths end at 107 bytes.
        home = Path(tempfile.mkdtemp(prefix="vault-pg-", dir=self._folder.parent))
        user = _unprivileged_user()
        if user is not None:
            shutil.chown(home, user)
        data = str(home / "data")
        initdb: list[str | Path] = [
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
        ]
        _run([*initdb, "--locale=C", "--no-sync"], user)
        options = " ".join(f"-c {each}" for each in [*FAST, f"unix_socket_directories={home}"])
        start: list[str | Path] = [programs / "pg_ctl", "-D", data, "-w", "-l", home / "log"]
        _run([*start, "-o", f"{options} -c listen_addresses=''", "start"], user)
        pending = self._socket_file.with_suffix(".new")
        pending.write_text(str(home))
        pending.rename(self._socket_file)

    def stop(self) -> None:
        """Stop the server if any worker started it, and remove its files."""
        programs = binaries()
        if programs and self._socket_file.exists():
            home = Path(self._socket_file.read_text())
            stop: list[str | Path] = [
                programs / "pg_ctl",
                "-D",
                home / "data",
                "-m",
                "immediate",
                "stop",
            ]
            _run(stop, _unprivileged_user())
            shutil.rmtree(home)


def _unprivileged_user() -> str | None:
    """Return who runs the server in place of root, or None where we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _run(command: Sequence[str | Path], user: str | None) -> None:
    group = pwd.getpwnam(user).pw_gid if user else None
    extra: list[str] | None = [] if user else None
    done = subprocess.run(
        command,
        cwd="/",
        user=user,
        group=group,
        extra_groups=extra,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
