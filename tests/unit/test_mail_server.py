"""Where mail is handed in: encrypted unless that is said, and never half configured."""

import pytest

from vault.errors import ConfigurationError
from vault.mail_server import MailServer
from vault.settings import Settings

FROM = "vault@example.org"


def mail(url: str, sender: str = FROM) -> MailServer | None:
    """What the settings make of a URL."""
    environment = {"VAULT_SMTP_URL": url, "VAULT_MAIL_FROM": sender}
    return Settings.from_environment(environment).mail


def test_without_a_server_nothing_goes_by_mail() -> None:
    """It is off unless it is set up."""
    assert Settings.from_environment({}).mail is None


def test_starttls_is_required_unless_that_is_said() -> None:
    """A submission port, a name and a password that may hold any character."""
    found = mail("smtp://vault%40example.org:p%3Ass%2Fword@mail.example.org")
    assert found == MailServer(
        host="mail.example.org",
        port=587,
        tls=False,
        starttls=True,
        sender=FROM,
        user="vault@example.org",
        password="p:ss/word",
    )
    assert mail("smtp://mail.example.org?starttls=required") == mail("smtp://mail.example.org/")


def test_tls_from_the_first_byte() -> None:
    """By the scheme smtps."""
    found = mail("smtps://mail.example.org")
    assert found is not None
    assert (found.port, found.tls, found.starttls) == (465, True, False)


def test_a_relay_without_encryption_gets_no_password() -> None:
    """Unless it is this machine."""
    found = mail("smtp://relay.internal:25?starttls=never")
    assert found is not None
    assert (found.port, found.tls, found.starttls) == (25, False, False)
    assert mail("smtp://me:secret@127.0.0.1:25?starttls=never")
    with pytest.raises(ConfigurationError, match="must not send a password unencrypted"):
        mail("smtp://me:secret@relay.internal?starttls=never")


def test_the_password_is_not_shown() -> None:
    """Whoever prints the settings does not print it."""
    assert "secret" not in repr(mail("smtp://me:secret@mail.example.org"))


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://:587",
        "smtp://mail.example.org:x",
        "smtp://mail.example.org/path",
        "smtp://mail.example.org?starttls=maybe",
        "smtp://mail.example.org?verify=no",
        "smtp://mail.example.org#x",
        "smtp://[::1",
    ],
)
def test_a_wrong_url_stops_the_start(url: str) -> None:
    """With the name of the variable."""
    with pytest.raises(ConfigurationError, match="VAULT_SMTP_URL "):
        mail(url)


@pytest.mark.parametrize(
    "sender",
    ["vault", "vault@", "@example.org", "a@b@c", "Vault <a@b.org>", "a@b.org\nBcc: c@d", "ä@b.c"],
)
def test_a_wrong_sender_stops_the_start(sender: str) -> None:
    """One plain address."""
    with pytest.raises(ConfigurationError, match="VAULT_MAIL_FROM must be one address"):
        mail("smtp://mail.example.org", sender)


@pytest.mark.parametrize(
    "environment", [{"VAULT_SMTP_URL": "smtp://mail.example.org"}, {"VAULT_MAIL_FROM": FROM}]
)
def test_half_a_configuration_stops_the_start(environment: dict[str, str]) -> None:
    """A server without a sender, or a sender without a server."""
    with pytest.raises(ConfigurationError, match="must be set both, or neither"):
        Settings.from_environment(environment)
