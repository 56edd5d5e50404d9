"""The vault's consents, and the requests for some, as its pages show them: in words."""

import time
from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app, request, url_for

from vault.domain.compartments import SHAREABLE
from vault.domain.read_days import DayOfReads
from vault.domain.terms import Terms
from vault.services.consents.consents import GivenConsent
from vault.services.consents.pending import browser_of
from vault.storage.grants import LIVE, GrantState
from vault.web.blueprint import open_vault, services
from vault.web.consent_words import can_see, could_see, reaches
from vault.web.language import gettext as _
from vault.web.purposes import purposes


@dataclass(frozen=True)
class ShownConsent:
    """One consent; times in seconds since the epoch.

    `reaches` says of each kind which of it can be seen, `terms` are for the filters that say more.
    `waiting` is what it can see as soon as it takes up a change. `change` and `receipts` are
    addresses, empty where there is nothing to change or to show.
    """

    grant_id: str
    client_id: str
    vendor: str
    verified: bool
    sentence: str
    reaches: dict[str, str]
    purpose: str
    terms: Terms
    active: bool
    suspended: bool
    ended_because: str
    given_at: int
    changed_at: int | None
    expires_at: int
    ended_at: int
    last_read_at: int | None
    reads: int
    records: int
    days: list[DayOfReads]
    waiting: str
    deleted_at: int | None
    change: str
    receipts: str

    @property
    def gifts(self) -> bool:
        """Whether gifts are among what it can see."""
        return any(rule.gifts for rule in self.terms.rules.values())

    @property
    def days_with_reads(self) -> list[DayOfReads]:
        """The days of the last ninety on which it read, latest first."""
        return [one for one in reversed(self.days) if one.reads]


def in_words(given: Iterable[GivenConsent]) -> list[ShownConsent]:
    """Consents in words, with the sellers by the names that the customer knows them by."""
    sellers = services().sellers.of(open_vault(), SHAREABLE)
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


def withdrawn(consent: GivenConsent) -> str:
    """What a customer reads once a consent is withdrawn: what holds now, and what is owed."""
    if not consent.reads:
        return _(
            "Withdrawn. %(vendor)s sees nothing of yours from now on, and had read nothing.",
            vendor=consent.client_name,
        )
    return _(
        "Withdrawn. %(vendor)s sees nothing of yours from now on. It owes you the deletion of what "
        "it has read: it is told so when it next asks, and you see here whether it says that it is "
        "done.",
        vendor=consent.client_name,
    )


def _shown(consent: GivenConsent, sellers: list[str]) -> ShownConsent:
    active, vendor, terms = consent.state in LIVE, consent.client_name, consent.terms
    say = can_see if active else could_see
    reached = {str(kind): said for kind, said in reaches(terms, sellers).items()}
    given = consent.state is GrantState.GIVEN
    return ShownConsent(
        grant_id=consent.grant_id,
        client_id=consent.client_id,
        vendor=vendor,
        verified=consent.verified,
        sentence=say(vendor, terms, sellers),
        reaches=reached,
        purpose=purposes(terms.purposes),
        terms=terms,
        active=active,
        suspended=consent.state is GrantState.SUSPENDED,
        ended_because=_because(consent.state),
        given_at=consent.created_at,
        changed_at=consent.changed_at,
        expires_at=terms.expires_at,
        ended_at=consent.ended_at or terms.expires_at,
        last_read_at=consent.last_read_at,
        reads=consent.reads,
        records=consent.records,
        days=consent.by_day(int(time.time())),
        waiting=can_see(vendor, consent.waiting, sellers) if consent.waiting else "",
        deleted_at=consent.deleted_at,
        change=_address("change.change", consent) if given else "",
        receipts=_address("web.receipts", consent),
    )


def _address(endpoint: str, consent: GivenConsent) -> str:
    """The address of a consent's further page; empty where the application has none."""
    if endpoint not in current_app.view_functions:
        return ""
    return url_for(endpoint, grant_id=consent.grant_id)


def _because(state: GrantState) -> str:
    return {
        GrantState.WITHDRAWN: _("Withdrawn"),
        GrantState.EXPIRED: _("Ran out"),
        GrantState.REVOKED: _("Given back by the vendor"),
    }.get(state, "")
