"""The vault's consents, and the requests for some, as its pages show them: in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, request

from vault.domain.compartments import Kind
from vault.services.consents import GivenConsent
from vault.services.pending import browser_of
from vault.storage.grants import LIVE, GrantState
from vault.web.blueprint import open_vault, services
from vault.web.consent_words import can_see, could_see
from vault.web.language import gettext as _
from vault.web.purposes import purposes


@dataclass(frozen=True)
class ShownConsent:
    """One consent; times in seconds since the epoch."""

    grant_id: str
    vendor: str
    verified: bool
    sentence: str
    purpose: str
    active: bool
    suspended: bool
    ended_because: str
    expires_at: int
    ended_at: int
    last_read_at: int | None
    reads: int


def in_words(given: Iterable[GivenConsent]) -> list[ShownConsent]:
    """Consents in words, with the sellers by the names that the customer knows them by."""
    sellers = services().sellers.of(open_vault(), Kind)
    return [_shown(consent, sellers) for consent in given]


@dataclass(frozen=True)
class ShownRequest:
    """One request that waits for an answer; times in seconds since the epoch."""

    request_id: str
    vendor: str
    verified: bool
    since: int
    until: int


def waiting() -> list[ShownRequest]:
    """What may be answered in this browser; of a vendor that was removed nothing is shown."""
    browser = browser_of(request.cookies.get(current_app.config["ASKED_COOKIE"]))
    found = services().pending.waiting(open_vault(), browser)
    named = [(one, services().vendors.find(one.client_id)) for one in found]
    return [
        ShownRequest(
            request_id=one.request_id.hex(),
            vendor=client.name,
            verified=client.verified,
            since=one.created_at,
            until=one.expires_at,
        )
        for one, client in named
        if client is not None
    ]


def _shown(consent: GivenConsent, sellers: list[str]) -> ShownConsent:
    active = consent.state in LIVE
    say = can_see if active else could_see
    return ShownConsent(
        grant_id=consent.grant_id,
        vendor=consent.client_name,
        verified=consent.verified,
        sentence=say(consent.client_name, consent.terms, sellers),
        purpose=purposes(consent.terms.purposes),
        active=active,
        suspended=consent.state is GrantState.SUSPENDED,
        ended_because=_because(consent.state),
        expires_at=consent.terms.expires_at,
        ended_at=consent.ended_at or consent.terms.expires_at,
        last_read_at=consent.last_read_at,
        reads=consent.reads,
    )


def _because(state: GrantState) -> str:
    return {
        GrantState.WITHDRAWN: _("Withdrawn"),
        GrantState.EXPIRED: _("Ran out"),
        GrantState.REVOKED: _("Given back by the vendor"),
    }.get(state, "")
