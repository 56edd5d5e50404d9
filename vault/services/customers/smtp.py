"""Handing mail to an SMTP server: RFC 5321, STARTTLS by RFC 3207, certificates checked by name."""

import smtplib
import ssl
from email.message import EmailMessage

from vault.errors import VaultError
from vault.mail_server import MailServer

TIMEOUT_SECONDS = 10
"""For each step, so that a server that says nothing holds the worker for moments only."""

_PERMANENT = range(500, 600)


class NotSent(VaultError):
    """The server did not take the mail.

    `unreachable` says that it took none at all, `later` that it asks to come again (greylisting).
    """

    code = "mail_not_sent"
    status = 503

    def __init__(self, why: str, *, unreachable: bool, later: bool) -> None:
        super().__init__(why)
        self.unreachable, self.later = unreachable, later


class SmtpPost:
    """One server, a connection for each mail."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self.sender = server.sender

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand over a mail for one recipient. Raises NotSent, whose message names no address."""
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            # Of a wrong password too: no other mail would fare better.
            raise NotSent(_why(error), unreachable=True, later=True) from error
        try:
            connection.send_message(message, self._server.sender, [recipient])
        except (OSError, smtplib.SMTPException) as error:
            raise NotSent(_why(error), unreachable=False, later=_later(error)) from error
        finally:
            _quit(connection)

    def _connect(self) -> smtplib.SMTP:
        """Connect, encrypt and log in; no step of it is left out because the server lacks it."""
        server, context = self._server, ssl.create_default_context()
        # The name in the greeting: the machine's own says more than anybody needs to know.
        name = server.sender.rpartition("@")[2]
        if server.tls:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, name, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, name, timeout=TIMEOUT_SECONDS)
        try:
            if server.starttls:
                connection.starttls(context=context)
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        return connection


def _quit(connection: smtplib.SMTP) -> None:
    """What the server says to a farewell changes nothing."""
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        connection.close()


def _later(error: Exception) -> bool:
    """Whether the same mail may be taken soon: all but what was refused for good."""
    codes = [getattr(error, "smtp_code", None)]
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
    return not any(code in _PERMANENT for code in codes)


def _why(error: Exception) -> str:
    """What went wrong, without what the server said: it may quote the address."""
    code = getattr(error, "smtp_code", None)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
    return f"{type(error).__name__} {code}" if code else type(error).__name__
