from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from vault.errors import ConfigurationError
from vault.settings import Admission, Settings, Signup


def test_defaults(tmp_path: Path) -> None:
    """With nothing but a home set, everything stands in that home and answers on 127.0.0.1."""
    settings = Settings.from_environment({"VAULT_HOME": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/vault.db"
    assert settings.queue_url == f"sqlite:///{tmp_path}/queue.db"
    assert settings.secret_file.parent == tmp_path
    assert settings.base_url == "http://127.0.0.1:8000"
    assert settings.signup is Signup.OPEN
    assert settings.registration is Admission.INVITE
    assert settings.max_upload == 50_000_000
    assert not settings.secure


def test_home_is_absolute() -> None:
    """The home does not move with the working folder."""
    assert Settings.from_environment({}).home == Path("var").resolve()


def test_frozen() -> None:
    """Nobody changes a setting after the start."""
    settings = Settings.from_environment({})
    with pytest.raises(FrozenInstanceError):
        settings.port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "size"),
    [("50 MB", 50_000_000), ("512KB", 512_000), ("1 GiB", 1 << 30), ("2 mib", 2 << 20), ("7", 7)],
)
def test_sizes(text: str, size: int) -> None:
    """A size is read with or without a unit, in either case."""
    assert Settings.from_environment({"VAULT_MAX_UPLOAD": text}).max_upload == size


def test_base_url_follows_port() -> None:
    """Another port alone gives another issuer."""
    assert Settings.from_environment({"PORT": "9000"}).base_url == "http://127.0.0.1:9000"


def test_https_is_secure() -> None:
    """An https base URL marks cookies Secure, and loses its last slash."""
    settings = Settings.from_environment({"VAULT_BASE_URL": "https://vault.example.org/"})
    assert settings.secure
    assert settings.base_url == "https://vault.example.org"


def test_plain_postgresql_url() -> None:
    """A PostgreSQL URL as other tools write it means our driver."""
    settings = Settings.from_environment({"VAULT_DATABASE_URL": "postgresql://me@db/vault"})
    assert settings.database_url == "postgresql+psycopg://me@db/vault"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "eighty"),
        ("PORT", "65536"),
        ("VAULT_BASE_URL", "vault.example.org"),
        ("VAULT_BASE_URL", "http://vault.example.org"),
        ("VAULT_BASE_URL", "https://vault.example.org/path"),
        ("VAULT_BASE_URL", "https://vault.example.org:x"),
        ("VAULT_DATABASE_URL", "mysql://db/vault"),
        ("VAULT_DATABASE_URL", "sqlite://"),
        ("VAULT_DATABASE_URL", "postgresql+psycopg://[::1/vault"),
        ("VAULT_QUEUE_URL", "amqp://host"),
        ("VAULT_RATELIMIT_URL", "file:///x"),
        ("VAULT_SIGNUP", "maybe"),
        ("VAULT_REGISTRATION", "maybe"),
        ("VAULT_MAX_UPLOAD", "-1"),
        ("VAULT_MAX_UPLOAD", "0 MB"),
        ("VAULT_MAX_UPLOAD", "5 apples"),
        ("VAULT_SIGN_UP", "open"),
    ],
)
def test_wrong_value(name: str, value: str) -> None:
    """A wrong value is refused in one line that names the variable."""
    with pytest.raises(ConfigurationError) as refusal:
        Settings.from_environment({name: value})
    assert refusal.value.message.startswith(name)
    assert "\n" not in refusal.value.message


def test_no_value_in_message() -> None:
    """A password inside a refused URL is not repeated."""
    with pytest.raises(ConfigurationError) as refusal:
        Settings.from_environment({"VAULT_DATABASE_URL": "mysql://me:hunter2@db/vault"})
    assert "hunter2" not in refusal.value.message


def test_home_is_private(tmp_path: Path) -> None:
    """The home folder is made for its owner alone."""
    home = tmp_path / "a" / "b"
    Settings.from_environment({"VAULT_HOME": str(home)}).make_home()
    assert home.stat().st_mode & 0o777 == 0o700


def test_home_that_cannot_be_made(tmp_path: Path) -> None:
    """A file where the home should be is said so, in one line."""
    (tmp_path / "file").touch()
    settings = Settings.from_environment({"VAULT_HOME": str(tmp_path / "file" / "home")})
    with pytest.raises(ConfigurationError, match="VAULT_HOME"):
        settings.make_home()


def test_terms_folder(tmp_path: Path) -> None:
    """The operator's own agreements stand in a folder that exists, or there are none."""
    assert Settings.from_environment({}).terms_folder is None
    found = Settings.from_environment({"VAULT_TERMS_DIR": str(tmp_path)})
    assert found.terms_folder == tmp_path
    with pytest.raises(ConfigurationError, match=r"VAULT_TERMS_DIR must be a folder that exists\."):
        Settings.from_environment({"VAULT_TERMS_DIR": str(tmp_path / "none")})
