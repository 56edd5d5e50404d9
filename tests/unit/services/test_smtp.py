"""Handing mail in: encrypted and to the right server, or not at all."""

import socket
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.smtp import HOST, Mailbox, certificate, free_port, running
from vault.mail_server import MailServer, of, smtp_url
from vault.services.customers import smtp
from vault.services.customers.smtp import NotSent, SmtpPost

# By smtps aiosmtpd does not see that the connection is encrypted from its first byte.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
SENDER, RECIPIENT = "vault@example.org", "anna@example.org"


@pytest.fixture
def mailbox() -> Mailbox:
    """A server's mailbox."""
    return Mailbox()


@pytest.fixture
def pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate for the server's name that OpenSSL is told to trust."""
    path = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return path


@pytest.fixture(autouse=True)
def _in_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait no ten seconds for a server that says nothing."""
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 2)


def server(url: str) -> MailServer:
    """What the settings make of a URL."""
    found = of(smtp_url(url), SENDER)
    assert found is not None
    return found


def send(url: str) -> None:
    """Hand a mail in."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, "x"
    message.set_content("text")
    SmtpPost(server(url)).send(message, RECIPIENT)


def refused(url: str) -> NotSent:
    """Hand a mail in that is not taken; why."""
    with pytest.raises(NotSent) as caught:
        send(url)
    assert RECIPIENT not in caught.value.message
    return caught.value


def test_starttls_comes_before_name_and_password(mailbox: Mailbox, pem: Path) -> None:
    """The mail arrives, encrypted on its way."""
    with running(mailbox, pem, login=True) as port:
        send(f"smtp://me%40x:secret@{HOST}:{port}")
    assert mailbox.encrypted == [True]
    assert mailbox.users == ["me@x"]
    assert mailbox.recipients == [[RECIPIENT]]


def test_tls_from_the_first_byte(mailbox: Mailbox, pem: Path) -> None:
    """By smtps."""
    with running(mailbox, pem, tls=True) as port:
        send(f"smtps://{HOST}:{port}")
    assert mailbox.encrypted == [True]


def test_a_relay_without_encryption_where_that_was_said(mailbox: Mailbox) -> None:
    """Only then."""
    with running(mailbox) as port:
        send(f"smtp://{HOST}:{port}?starttls=never")
        assert mailbox.encrypted == [False]
        why = refused(f"smtp://{HOST}:{port}")
    assert (why.message, why.unreachable) == ("SMTPNotSupportedError", True)
    assert len(mailbox.mails) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_is_not_who_it_should_be_gets_nothing(
    mailbox: Mailbox, tmp_path: Path, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate that nobody vouches for, or one for another name."""
    tls = scheme == "smtps"
    with running(mailbox, certificate(tmp_path), tls=tls, login=True) as port:
        assert refused(f"{scheme}://me:secret@{HOST}:{port}").unreachable
    other = certificate(tmp_path, "mail.example.org")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    with running(mailbox, other, tls=tls, login=True) as port:
        assert "SSLCert" in refused(f"{scheme}://me:secret@{HOST}:{port}").message
    assert (mailbox.mails, mailbox.users) == ([], [])


def test_a_wrong_password_is_no_matter_of_one_mail(mailbox: Mailbox, pem: Path) -> None:
    """No other mail would fare better."""
    with running(mailbox, pem, login=True) as port:
        why = refused(f"smtp://me:wrong@{HOST}:{port}")
    assert (why.message, why.unreachable) == ("SMTPAuthenticationError 535", True)


def test_greylisting_asks_to_come_again(mailbox: Mailbox) -> None:
    """And then the mail is taken."""
    mailbox.refusals = ["451 4.7.1 Greylisted, anna@example.org, come again"]
    with running(mailbox) as port:
        why = refused(f"smtp://{HOST}:{port}?starttls=never")
        assert (why.unreachable, why.later) == (False, True)
        assert why.message == "SMTPRecipientsRefused 451"
        send(f"smtp://{HOST}:{port}?starttls=never")
    assert len(mailbox.mails) == 1


def test_an_unknown_recipient_is_refused_for_good(mailbox: Mailbox) -> None:
    """Coming again soon is no use."""
    mailbox.refusals = ["550 5.1.1 anna@example.org is unknown"]
    with running(mailbox) as port:
        why = refused(f"smtp://{HOST}:{port}?starttls=never")
    assert (why.unreachable, why.later) == (False, False)


def test_a_server_that_is_not_there_or_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up in seconds."""
    assert refused(f"smtp://{HOST}:{free_port()}").unreachable
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        why = refused(f"smtp://127.0.0.1:{silent.getsockname()[1]}")
    assert why.unreachable
