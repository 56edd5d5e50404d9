"""The SMTP server that takes the vault's mail: what `VAULT_SMTP_URL` and `VAULT_MAIL_FROM` say."""

from dataclasses import dataclass, field
from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from vault.errors import ConfigurationError

_PORTS = {"smtp": 587, "smtps": 465}
_QUERIES = frozenset({"", "starttls=required", "starttls=never"})
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class MailServer:
    """Where mail is handed in, and whom it comes from.

    `tls` says that the connection is encrypted from its first byte, `starttls` that it must become
    so before anything else is said.
    """

    host: str
    port: int
    tls: bool
    starttls: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)


def of(server: dict[str, Any] | None, sender: str | None) -> MailServer | None:
    """Put the two together, which mean nothing without each other. Raises ConfigurationError."""
    if (server is None) != (sender is None):
        raise ConfigurationError("VAULT_SMTP_URL and VAULT_MAIL_FROM must be set both, or neither.")
    return MailServer(**server, sender=sender) if server and sender else None


def smtp_url(text: str) -> dict[str, Any] | None:
    """Read `smtp://USER:PASSWORD@HOST:587` or `smtps://…:465`; None for nothing.

    User and password are percent-encoded. Raises ValueError.
    """
    if not text:
        return None
    parts = _split(text)
    if not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise ValueError("must be smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465")
    if parts.query not in _QUERIES:
        raise ValueError("takes nothing after the host but ?starttls=required or ?starttls=never")
    plain = parts.scheme == "smtp" and parts.query == "starttls=never"
    if plain and parts.username and parts.hostname not in _LOOPBACK:
        raise ValueError("must not send a password unencrypted, unless to this machine")
    return {
        "host": parts.hostname,
        "port": parts.port or _PORTS[parts.scheme],
        "tls": parts.scheme == "smtps",
        "starttls": parts.scheme == "smtp" and not plain,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
    }


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _PORTS:
        raise ValueError("must begin with smtp:// or smtps:// and name a host")
    return parts


def sender(text: str) -> str | None:
    """Read the address that mail comes from; None for nothing. Raises ValueError."""
    if not text:
        return None
    wrong = "must be one address such as vault@example.org"
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, IndexError, ValueError) as error:
        raise ValueError(wrong) from error
    if not address.domain or not text.isascii() or not text.isprintable():
        raise ValueError(wrong)
    return address.addr_spec
