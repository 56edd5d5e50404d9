"""Receipts: what was allowed, changed and ended when, signed, to read and to take along."""

import json
from dataclasses import dataclass

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from vault.domain.compartments import SHAREABLE
from vault.domain.receipts import ReceiptEvent
from vault.services.receipts import KeptReceipt
from vault.web.blueprint import open_vault, pages, services
from vault.web.consent_words import could_see
from vault.web.language import gettext as _
from vault.web.purposes import purposes
from vault.web.shared import check_ids


@dataclass(frozen=True)
class ShownReceipt:
    """One receipt in words; times in seconds since the epoch. An end has neither of the latter."""

    number: int
    what: str
    at: int
    sentence: str
    purpose: str
    until: int | None


@pages.get("/consents/<grant_id>/receipts", endpoint="receipts")
def index(grant_id: str) -> ResponseReturnValue:
    """Every state that a consent was in, newest first."""
    check_ids([grant_id])
    vendor = services().consents.one(open_vault(), grant_id).client_name
    sellers = services().sellers.of(open_vault(), SHAREABLE)
    kept = services().receipts.kept(open_vault(), grant_id)
    shown = [_shown(receipt, vendor, sellers) for receipt in reversed(kept)]
    return render_template(
        "consents/receipts.html", grant_id=grant_id, vendor=vendor, receipts=shown
    )


@pages.get("/consents/<grant_id>/receipts/<int:number>.<any(json, jws):form>", endpoint="receipt")
def download(grant_id: str, number: int, form: str) -> ResponseReturnValue:
    """One receipt as a file: what it says, as JSON, or as it was signed."""
    check_ids([grant_id])
    receipt = services().receipts.one(open_vault(), grant_id, number)
    if form == "jws":
        answer = Response(receipt.signed, content_type="application/jose")
    else:
        said = json.dumps(receipt.record or receipt.payload, ensure_ascii=False, indent=2)
        answer = Response(said, content_type="application/json")
    named = f"receipt-{grant_id[:8]}-{number}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{named}"'
    return answer


def _shown(receipt: KeptReceipt, vendor: str, sellers: list[str]) -> ShownReceipt:
    terms = receipt.terms
    return ShownReceipt(
        number=receipt.number,
        what=_event(receipt.event, vendor),
        at=receipt.at,
        sentence=could_see(vendor, terms, sellers) if terms else "",
        purpose=purposes(terms.purposes) if terms else "",
        until=terms.expires_at if terms else None,
    )


def _event(event: ReceiptEvent, vendor: str) -> str:
    return {
        ReceiptEvent.GIVEN: _("You allowed it"),
        ReceiptEvent.AMENDED: _("You changed it"),
        ReceiptEvent.WITHDRAWN: _("You withdrew it"),
        ReceiptEvent.EXPIRED: _("It ran out"),
        ReceiptEvent.REVOKED: _("%(vendor)s gave it back", vendor=vendor),
    }[event]
