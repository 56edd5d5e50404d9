"""Vendors register themselves: RFC 7591 section 3, RFC 7592 section 2, at the level of use cases.

Who has registered so is nobody yet: the client is unverified until the operator has vouched for it
and for its seller identifiers, and only the profile `fapi` is to be had.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from vault.errors import InvalidInput, Refused, VaultError
from vault.services.vendors import vendors
from vault.services.vendors.vendors import Registration, Vendors
from vault.settings import Admission
from vault.storage import clients, invitations
from vault.storage.clients import FAPI, Client
from vault.storage.engine import Database

DAY = 86_400
_MAX_TOKEN = 200
# The prefixes name the kinds to a secret scanner.
_INVITATION, _MANAGEMENT = "vin_", "vra_"


class InvalidToken(VaultError):
    """The registration or initial access token is missing, unknown, used or expired."""

    code = "invalid_token"
    status = 401


class RegistrationClosed(Refused):
    """The operator alone registers clients here."""

    code = "registration_closed"


@dataclass(frozen=True)
class Registered:
    """A client, and the token with which it manages its registration: shown once."""

    client: Client
    token: str = field(repr=False)


class Registrations:
    """Takes registrations from vendors, and lets each manage its own."""

    def __init__(
        self, database: Database, admission: Admission, clock: Callable[[], float] = time.time
    ) -> None:
        """`admission` says who may register: anybody, those with an invitation, nobody."""
        self._database, self._admission, self._clock = database, admission, clock
        self._vendors = Vendors(database, clock)

    @property
    def offered(self) -> bool:
        """Whether vendors may register themselves at all."""
        return self._admission is not Admission.CLOSED

    def invite(self, days: int) -> str:
        """Make an initial access token that registers one client within `days`."""
        token, now = _INVITATION + secrets.token_urlsafe(32), int(self._clock())
        with self._database.write() as connection:
            invitations.insert(connection, token, now, now + days * DAY)
        return token

    def register(self, token: str | None, registration: Registration) -> Registered:
        """Register a client. Raise `InvalidInput`, `InvalidToken` or `RegistrationClosed`.

        An invitation is used up only by a registration that succeeds.
        """
        self._admit(token)
        if registration.profile != FAPI:
            raise InvalidInput("Only the operator registers clients of another profile.")
        now = int(self._clock())
        client, _ = vendors.made(registration, now)
        own = _MANAGEMENT + secrets.token_urlsafe(32)
        client = replace(client, registration_hash=clients.registration_hash(own))
        with self._database.write() as connection:
            clients.insert(connection, client)
            if self._admission is Admission.INVITE and not invitations.take(
                connection, token or "", client.client_id, now
            ):
                raise InvalidToken("The invitation is unknown, used or expired.")
        return Registered(client, own)

    def find(self, client_id: str, token: str | None) -> Client:
        """Return the client whose registration the token manages. Raise `InvalidToken`."""
        client = self._vendors.find(client_id)
        if client is None or not client.check_registration_token((token or "")[:_MAX_TOKEN]):
            raise InvalidToken("This is not the token of a client that is registered here.")
        return client

    def update(self, client_id: str, token: str | None, registration: Registration) -> Client:
        """Describe a client anew; any change takes its verification away."""
        self.find(client_id, token)
        return self._vendors.update(client_id, registration)

    def remove(self, client_id: str, token: str | None) -> None:
        """Close a client at its own wish: its tokens are refused from now on."""
        self.find(client_id, token)
        self._vendors.remove(client_id)

    def _admit(self, token: str | None) -> None:
        """Refuse before anything of the request is looked at, where that can be."""
        if self._admission is Admission.CLOSED:
            raise RegistrationClosed("The operator of this vault registers vendors.")
        if self._admission is Admission.INVITE and not (token or "").startswith(_INVITATION):
            raise InvalidToken("An invitation of this vault's operator is needed.")
