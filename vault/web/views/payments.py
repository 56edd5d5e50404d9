"""The customer's own word on which invoice a payment was for."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from vault.web.blueprint import open_vault, pages, services
from vault.web.language import gettext as _
from vault.web.shared import check_ids


@pages.post("/payments/<record_id>/matches")
def decide_match(record_id: str) -> ResponseReturnValue:
    """Say that a payment is of an invoice, or is not; without a word, take that back."""
    invoice, decision = request.form.get("invoice", ""), request.form.get("decision") or None
    check_ids([record_id, invoice])
    services().payments.decide(open_vault(), record_id, invoice, decision)
    said = {
        "confirmed": _("Noted: it counts as paid. You can take that back on the payment’s page."),
        "rejected": _("Noted: it is not. You can take that back on the payment’s page."),
    }
    flash(said.get(decision or "", _("Taken back.")))
    return redirect(_back(record_id, invoice))


def _back(payment: str, invoice: str) -> str:
    """The page that the button stood on."""
    if request.form.get("from") == "list":
        return url_for("web.payments")
    if request.form.get("from") == "invoice":
        return url_for("web.record", slug="invoices", record_id=invoice)
    return url_for("web.record", slug="payments", record_id=payment)
