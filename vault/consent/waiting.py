"""Requests that wait for the customer: found again, checked anew, and ready to be shown.

A client may have changed since its request was shown last, so nothing of an earlier check counts.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import OAuth2Error

from vault.consent import authorization_request
from vault.consent.answers import Answer, Collected, SentBack
from vault.domain.requested import Request
from vault.domain.roster import Roster
from vault.errors import Refused
from vault.services.consents import requests
from vault.services.consents.decisions import Decisions
from vault.services.consents.pending import PendingRequest, PendingRequests
from vault.services.consents.requests import InvalidRequestUri
from vault.services.open_vault import OpenVault
from vault.services.vendors.vendors import Vendors
from vault.storage.clients import Client


class DoubtfulRequest(Refused):
    """The request cannot be trusted so far as to send anyone anywhere."""

    code = "invalid_request"
    status = 400


@contextmanager
def doubting() -> Iterator[None]:
    """Refuse whatever is wrong with a request in the same words."""
    try:
        yield
    except (InvalidRequestUri, OAuth2Error) as error:
        raise DoubtfulRequest(
            "This request has expired, was answered already, or is not the vendor's own. "
            "Go back to the vendor and begin again."
        ) from error


@dataclass(frozen=True)
class Asking:
    """A request as its page shows it; `expires_at` in seconds since the epoch.

    `fields` go along with the form, so that the address it is posted to finds the request again.
    `message` is the vendor's, to a customer who was away (OpenID CIBA Core, section 7.1).
    """

    client: Client
    asked: Request
    answer: Answer
    expires_at: int
    fields: Mapping[str, str] = field(default_factory=dict)
    message: str = ""


class Waiting:
    """Finds what waits for an open vault. Every method raises `DoubtfulRequest`."""

    def __init__(
        self,
        vendors: Vendors,
        pending: PendingRequests,
        decisions: Decisions,
        roster: Roster,
        issuer: str,
    ) -> None:
        """`issuer` goes into the answers to vendors."""
        self._vendors, self._pending, self._roster = vendors, pending, roster
        self._decisions, self._issuer = decisions, issuer

    def client(self, client_id: str) -> Client:
        """Return a client that may ask."""
        client = self._vendors.find(client_id)
        if client is None:
            raise DoubtfulRequest("This vault does not know the vendor who sent you.")
        return client

    def shown(self, vault: OpenVault, client_id: str, request_uri: str, browser: bytes) -> Asking:
        """Return a pushed request, which belongs to this vault and browser from now on."""
        client = self.client(client_id)
        with doubting():
            pending = self._pending.show(vault, request_uri, client.client_id, browser)
        return self._asking(client, pending, request_uri)

    def shown_before(
        self, vault: OpenVault, client_id: str, request_uri: str, browser: bytes | None
    ) -> Asking:
        """Return a pushed request that this browser was shown."""
        client = self.client(client_id)
        with doubting():
            request_id = requests.parse(request_uri).request_id
            pending = self._pending.find(vault, request_id, browser)
            if pending.client_id != client.client_id:
                raise InvalidRequestUri("this request is another client's")
        return self._asking(client, pending, request_uri)

    def listed(self, vault: OpenVault, request_id: bytes, browser: bytes | None) -> Asking:
        """Return a request from the list of those that wait."""
        with doubting():
            pending = self._pending.find(vault, request_id, browser)
        return self._asking(self.client(pending.client_id), pending)

    def _asking(
        self, client: Client, pending: PendingRequest, request_uri: str | None = None
    ) -> Asking:
        if pending.backchannel is not None:
            return self._asked_while_away(client, pending)
        with doubting():
            checked = authorization_request.reopened(client, pending.parameters, self._roster)
        fields = {"client_id": client.client_id, "request_uri": request_uri} if request_uri else {}
        answer = SentBack(self._decisions, self._issuer, checked, pending.request_id)
        return Asking(client, checked.asked, answer, pending.expires_at, fields)

    def _asked_while_away(self, client: Client, pending: PendingRequest) -> Asking:
        with doubting():
            asked = authorization_request.asked(client, pending.parameters, self._roster)
        answer = Collected(self._decisions, client, asked, pending)
        message = pending.parameters.get("binding_message", "")
        return Asking(client, asked, answer, pending.expires_at, message=message)
