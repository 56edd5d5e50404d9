"""What all tests share: databases of both kinds, settings, the corpus, and no silent skips."""

import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests import postgresql
from tests.compiled import CompiledOnce
from tests.making import put_off
from vault.app import create_app
from vault.composition import Services, compose
from vault.crypto.kdf import PassphraseKdf
from vault.settings import Settings
from vault.storage import migrate
from vault.storage.engine import Database

RUN_FOLDER = "TEST_RUN_FOLDER"
"""The environment variable by which the run tells its workers of the folder that they share."""

MEMORY = Path("/dev/shm")
ROOM = 4 * 1024**3
"""Bytes that must be free in memory for the tests' files to be there, where no commit waits."""

both_databases = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of this run share, and say where tests have theirs."""
    if not hasattr(config, "workerinput"):
        in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
        if in_memory:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
        # A hundred tests start the vault as a process: it is to be compiled once, not each time.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        shared = MEMORY if in_memory else None
        os.environ[RUN_FOLDER] = tempfile.mkdtemp(prefix="vault-tests-", dir=shared)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives as long as the run: it was a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run has started."""
    if not hasattr(config, "workerinput"):
        folder = Path(os.environ.pop(RUN_FOLDER))
        postgresql.Server(folder).stop()
        shutil.rmtree(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In continuous integration a skipped test has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true" and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped with CI=true: {report.longrepr}"
    return report


CHEAP = PassphraseKdf(memory_kib=256, iterations=1)
"""A thousandth of the real cost: most tests sign in and are not about that."""


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own settings out of the tests."""
    for name in os.environ:
        if name == "PORT" or (name.startswith("VAULT_") and name != "VAULT_CORPUS"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def _applications_made_soon() -> Iterator[None]:
    """Let every application of this worker use what the first has compiled, and do no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(Flask.jinja_options, "bytecode_cache", CompiledOnce())
        put_off(patch)
        yield


@pytest.fixture(scope="session")
def postgresql_server() -> postgresql.Server:
    """The PostgreSQL server of this run."""
    if postgresql.binaries() is None:
        pytest.skip("there is no PostgreSQL server on this machine (make test installs one)")
    return postgresql.Server(Path(os.environ[RUN_FOLDER]))


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: postgresql.Server) -> str:
    """The name of a migrated database that the tests' own are copied from."""
    name = "migrated"
    postgresql_server.make_once(name, _migrate)
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that the tests' own are copied from."""
    path = tmp_path_factory.mktemp("template") / "vault.db"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database)
    database.checkpoint()
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table; once for each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        server = request.getfixturevalue("postgresql_server")
        with server.fresh("template0", _unique_name()) as url:
            yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database of this test's own; once for each kind of database.

    Mark a test `sqlite_only` where the database makes no difference to what it proves.
    """
    if request.param == "sqlite":
        path = tmp_path / "vault.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgresql_server")
        template = request.getfixturevalue("postgresql_template")
        with server.fresh(template, _unique_name()) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database of this test's own; once for each kind of database."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The environment in which a vault of this test's own runs."""
    return {"VAULT_HOME": str(tmp_path / "home"), "VAULT_DATABASE_URL": database_url}


@pytest.fixture
def settings(environment: dict[str, str]) -> Settings:
    """The settings of a vault of this test's own, its home made and its tables migrated."""
    settings = Settings.from_environment(environment)
    settings.make_home()
    return settings


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """The use cases on a database of this test's own; passphrases are derived cheaply."""
    services = compose(settings, CHEAP)
    yield services
    services.store.database.close()


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The web application on a database of this test's own; passphrases are derived cheaply."""
    app = create_app(settings, CHEAP)
    yield app
    app.extensions["vault"].store.database.close()


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real vendors' files; they stand outside of the project."""
    path = os.environ.get("VAULT_CORPUS")
    if not path:
        pytest.skip("VAULT_CORPUS does not name the folder of real vendors' files")
    return Path(path).resolve()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium to hand to Playwright as `executable_path`."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        pytest.skip("there is no Chromium on this machine (make test installs one)")
    return found


def _unique_name() -> str:
    return f"test_{uuid.uuid4().hex}"
