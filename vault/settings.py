"""The settings, read once from the environment into a frozen value.

Every wrong value, and every `VAULT_` variable that nobody knows, stops the start with one line
that names the variable and what is allowed.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import SplitResult, urlsplit

from vault import mail_server
from vault.errors import ConfigurationError
from vault.mail_server import MailServer

KNOWN = frozenset(
    {
        "VAULT_HOME",
        "VAULT_DATABASE_URL",
        "VAULT_SECRET_FILE",
        "VAULT_BASE_URL",
        "VAULT_QUEUE_URL",
        "VAULT_RATELIMIT_URL",
        "VAULT_SIGNUP",
        "VAULT_REGISTRATION",
        "VAULT_MAX_UPLOAD",
        "VAULT_TERMS_DIR",
        "VAULT_SMTP_URL",
        "VAULT_MAIL_FROM",
    }
)
FOR_TESTS = frozenset({"VAULT_CORPUS"})

T = TypeVar("T")

_BYTES = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_BYTES |= {"kib": 2**10, "mib": 2**20, "gib": 2**30}
_SIZE = re.compile(r"(\d+)\s*([a-z]*)", re.IGNORECASE)
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Signup(StrEnum):
    """Who may create a vault: anybody, those with an invitation, nobody."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


class Admission(StrEnum):
    """Which vendors may register themselves: all, those with an invitation, none."""

    OPEN = "open"
    INVITE = "invite"
    CLOSED = "closed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What the operator has decided. Sizes are in bytes; URLs have no slash at their end.

    `terms_folder` has agreements of the operator's own. Without `mail` nothing goes by e-mail.
    """

    home: Path
    database_url: str
    secret_file: Path
    base_url: str
    queue_url: str
    ratelimit_url: str
    signup: Signup
    registration: Admission
    max_upload: int
    terms_folder: Path | None
    mail: MailServer | None
    port: int

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read `environ`, by default the process's own; raise ConfigurationError."""
        read = _Reader(os.environ if environ is None else environ)
        read.refuse_unknown()
        home = read("VAULT_HOME", "var", _path)
        port = read("PORT", "8000", _port)
        return cls(
            home=home,
            database_url=read("VAULT_DATABASE_URL", f"sqlite:///{home}/vault.db", _database_url),
            secret_file=read("VAULT_SECRET_FILE", f"{home}/server-keys.json", _path),
            base_url=read("VAULT_BASE_URL", f"http://127.0.0.1:{port}", _base_url),
            queue_url=read("VAULT_QUEUE_URL", f"sqlite:///{home}/queue.db", _queue_url),
            ratelimit_url=read("VAULT_RATELIMIT_URL", "memory://", _ratelimit_url),
            signup=read("VAULT_SIGNUP", Signup.OPEN, _signup),
            registration=read("VAULT_REGISTRATION", Admission.INVITE, _admission),
            max_upload=read("VAULT_MAX_UPLOAD", "50 MB", _size),
            terms_folder=read("VAULT_TERMS_DIR", "", _folder),
            mail=mail_server.of(
                read("VAULT_SMTP_URL", "", mail_server.smtp_url),
                read("VAULT_MAIL_FROM", "", mail_server.sender),
            ),
            port=port,
        )

    @property
    def secure(self) -> bool:
        """Whether browsers reach the vault by https, so that cookies are marked Secure."""
        return self.base_url.startswith("https://")

    def make_home(self) -> None:
        """Create the home folder, readable by its owner alone; raise ConfigurationError."""
        try:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            message = f"VAULT_HOME: {self.home} cannot be made: {error.strerror}."
            raise ConfigurationError(message) from error


class _Reader:
    """Reads one variable at a time and puts its name before what is wrong with it."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def refuse_unknown(self) -> None:
        for name in sorted(self._environ):
            if name.startswith("VAULT_") and name not in KNOWN | FOR_TESTS:
                allowed = ", ".join(sorted(KNOWN))
                raise ConfigurationError(f"{name} is not a setting; there are {allowed} and PORT.")

    def __call__(self, name: str, default: str, parse: Callable[[str], T]) -> T:
        """Return the parsed variable; an empty one counts as not set."""
        try:
            return parse(self._environ.get(name, "").strip() or default)
        except ValueError as error:
            raise ConfigurationError(f"{name} {error}.") from error


def _path(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:  # noqa: PLR2004
        raise ValueError("must be a number from 1 to 65535")
    return int(text)


def _size(text: str) -> int:
    match = _SIZE.fullmatch(text)
    unit = match and _BYTES.get(match[2].lower())
    if not match or not unit or int(match[1]) == 0:
        raise ValueError("must be a size such as 50 MB, 512 KB or 1000000 (bytes)")
    return int(match[1]) * unit


def _signup(text: str) -> Signup:
    if text not in list(Signup):
        raise ValueError("must be open, invite or closed")
    return Signup(text)


def _admission(text: str) -> Admission:
    if text not in list(Admission):
        raise ValueError("must be open, invite or closed")
    return Admission(text)


def _folder(text: str) -> Path | None:
    if text and not _path(text).is_dir():
        raise ValueError("must be a folder that exists")
    return _path(text) if text else None


def _split(text: str) -> SplitResult | None:
    """Return the parts of a URL, or None where there is no such URL."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _database_url(text: str) -> str:
    parts = _split(text)
    if parts and parts.scheme == "postgresql":
        return text.replace("postgresql:", "postgresql+psycopg:", 1)
    named = parts and len(parts.path) > 1
    if not parts or parts.scheme not in {"sqlite", "postgresql+psycopg"} or not named:
        raise ValueError("must be sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME")
    return text


def _queue_url(text: str) -> str:
    parts = _split(text)
    if not parts or parts.scheme not in {"sqlite", "postgresql", "redis", "rediss"}:
        raise ValueError("must be sqlite:///PATH, postgresql://USER@HOST/NAME or redis://HOST/0")
    return text


def _ratelimit_url(text: str) -> str:
    parts = _split(text)
    if not parts or parts.scheme not in {"memory", "redis", "rediss"}:
        raise ValueError("must be memory:// or redis://HOST/0")
    return text


def _base_url(text: str) -> str:
    parts = _split(text.rstrip("/"))
    if not parts or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a URL such as https://vault.example.org")
    if parts.path or parts.query or parts.fragment or parts.username:
        raise ValueError("must be scheme and host alone, such as https://vault.example.org")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https:// unless the host is this machine")
    return parts.geturl()
