"""How a decision reaches the vendor: one class for each way.

A vendor that sent the customer here gets them back with the answer: RFC 6749 section 4.1.2. One
that asked while the customer was away comes for it: OpenID CIBA Core section 10.1.
"""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from vault.consent.authorization_request import AuthorizationRequest
from vault.consent.issuer import send_back
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.services.consents.decisions import Decisions
from vault.services.consents.pending import PendingRequest
from vault.services.open_vault import OpenVault
from vault.storage.clients import Client


class Answer(Protocol):
    """Stores a decision and answers both the vendor and the customer's browser."""

    @property
    def leads_to(self) -> Sequence[str]:
        """The foreign origins to which the browser is sent: Chromium holds `form-action` to it."""
        ...

    def allow(self, vault: OpenVault, terms: Terms) -> ResponseReturnValue:
        """Give the consent. Raise `InvalidRequestUri` for a second decision."""
        ...

    def decline(self, vault: OpenVault) -> ResponseReturnValue:
        """Refuse it. Raise `InvalidRequestUri` for a second decision."""
        ...


class SentBack:
    """The customer's browser takes code or refusal to the vendor."""

    def __init__(
        self, decisions: Decisions, issuer: str, asked: AuthorizationRequest, request_id: bytes
    ) -> None:
        """`issuer` goes into the answer (RFC 9207)."""
        self._decisions, self._issuer = decisions, issuer
        self._asked, self._request_id = asked, request_id

    @property
    def leads_to(self) -> Sequence[str]:
        """The origin of the redirect URI."""
        parts = urlsplit(self._asked.redirect_uri)
        return [f"{parts.scheme}://{parts.netloc}"]

    def allow(self, vault: OpenVault, terms: Terms) -> ResponseReturnValue:
        """Send the code."""
        asked = self._asked
        code = self._decisions.allow(
            vault, asked.client, asked.asked, terms, asked.binding, self._request_id
        )
        return send_back(asked.redirect_uri, self._issuer, asked.state, code=code)

    def decline(self, vault: OpenVault) -> ResponseReturnValue:
        """Send the refusal."""
        asked = self._asked
        self._decisions.decline(vault, asked.client, asked.asked, self._request_id)
        return send_back(asked.redirect_uri, self._issuer, asked.state, error="access_denied")


class Collected:
    """The vendor learns of the answer when it next polls, and the customer stays here."""

    def __init__(
        self, decisions: Decisions, client: Client, asked: Request, pending: PendingRequest
    ) -> None:
        self._decisions, self._client = decisions, client
        self._asked, self._pending = asked, pending

    @property
    def leads_to(self) -> Sequence[str]:
        """Nowhere."""
        return []

    def allow(self, vault: OpenVault, terms: Terms) -> ResponseReturnValue:
        """Keep the consent for the vendor to come for."""
        self._decisions.approve(vault, self._client, self._asked, terms, self._pending)
        return self._back()

    def decline(self, vault: OpenVault) -> ResponseReturnValue:
        """Keep the refusal likewise."""
        self._decisions.refuse(vault, self._client, self._asked, self._pending)
        return self._back()

    def block(self, vault: OpenVault) -> ResponseReturnValue:
        """Refuse, and be asked no more."""
        self._decisions.refuse(vault, self._client, self._asked, self._pending, block=True)
        return self._back()

    def _back(self) -> ResponseReturnValue:
        return redirect(url_for("web.consents"), 303)
