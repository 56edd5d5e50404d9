"""Notices by e-mail: that something waits, and nothing of what it is.

What is due stands in the table of notices (`vault.storage.mail_due`). A mail is claimed, sent, and
settled, each in a transaction of its own: of two workers one has it, and what a dead worker had
claimed is free again after a while. Only then could a mail go out twice, with the same Message-ID.
"""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

import structlog

from vault.errors import NotFound, Unopenable
from vault.services.customers.smtp import NotSent
from vault.storage import contacts, mail_due, vaults
from vault.storage.store import Store

LEASE_SECONDS = 600
"""How long a claim holds: longer than the slowest server can take."""
SOON_SECONDS = 300
"""When a mail is tried again that the server asked to bring later."""
LATER_SECONDS = 3_600
"""When one is that it refused."""
_UNREACHABLE_SECONDS = 60

_log = structlog.get_logger("vault.mail")

Words = Callable[[str | None, str], tuple[str, str]]
"""Subject and text in a language, with the vault's address."""


class Post(Protocol):
    """Takes mail."""

    sender: str

    def send(self, message: EmailMessage, recipient: str) -> None:
        """Hand a mail over. Raises NotSent."""
        ...


class Mailing:
    """Writes to customers who have left an address."""

    def __init__(self, store: Store, post: Post, words: Words) -> None:
        self._store, self._post, self._words = store, post, words
        self._closed_until = 0

    def due(self) -> list[bytes]:
        """The vaults whose customers are to be written to now, some at a time."""
        if self._store.clock() < self._closed_until:
            return []
        with self._store.database.read() as conn:
            return mail_due.find(conn, self._store.clock())

    def send(self, vault_id: bytes) -> bool:
        """Write to one customer, of all that is due; False where nothing is, or it failed."""
        if self._store.clock() < self._closed_until:
            return False  # the server did not answer just now: each try would take its time again
        claimed = self._claim(vault_id)
        if claimed is None:
            return False
        address, language, ids = claimed
        now = self._store.clock()
        try:
            self._post.send(self._message(address, language, ids), address)
        except NotSent as error:
            _log.warning("mail_not_sent", why=error.message)
            if error.unreachable:
                self._closed_until = now + _UNREACHABLE_SECONDS
            wait = SOON_SECONDS if error.later else LATER_SECONDS
            self._settle(vault_id, ids, -(now + wait))
            return False
        self._settle(vault_id, ids, now)
        return True

    def _claim(self, vault_id: bytes) -> tuple[str, str | None, list[bytes]] | None:
        now = self._store.clock()
        try:
            with self._store.database.write() as conn:
                row = vaults.lock(conn, vault_id)
                address = contacts.get(self._store.keys, row)
                if address is None:
                    return None
                ids = mail_due.claim(conn, row, now, now + LEASE_SECONDS)
        except (NotFound, Unopenable) as error:
            # Erased meanwhile; or planted or moved by somebody who can write to the database.
            _log.warning("mail_not_sent", why=error.code)
            return None
        return (address, row.language, ids) if ids else None

    def _settle(self, vault_id: bytes, ids: list[bytes], mailed_at: int) -> None:
        with self._store.database.write() as conn:
            mail_due.settle(conn, vault_id, ids, mailed_at)

    def _message(self, address: str, language: str | None, ids: list[bytes]) -> EmailMessage:
        """The same for everybody who reads the language, but for whom it goes to."""
        message = EmailMessage()
        sender = self._post.sender
        digest = hashlib.sha256(b"".join(ids)).hexdigest()[:32]
        subject, text = self._words(language, self._store.issuer)
        message["From"], message["To"], message["Subject"] = sender, address, subject
        message["Date"] = format_datetime(datetime.fromtimestamp(self._store.clock(), UTC))
        message["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
        # RFC 3834, section 5: no automatic answer is wanted.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        return message
