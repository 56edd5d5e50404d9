"""Payments: what is paid by them, and the customer's own word on what they are for."""

from typing import Any

from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.errors import InvalidInput
from vault.services.changes import Change
from vault.services.open_vault import OpenVault
from vault.services.records.reckoning import Reckoning, reckon
from vault.services.snapshots import snapshot
from vault.services.writing import writing
from vault.storage.records import StoredRecord
from vault.storage.store import Store

DECISIONS = ("confirmed", "rejected")


class Payments:
    """What the customer does with payments, besides what can be done with every record."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def reckoning(self, vault: OpenVault) -> Reckoning:
        """What is paid of which invoice now."""
        with self._store.database.read() as conn:
            return reckon(snapshot(conn, vault.ring))

    def decide(self, vault: OpenVault, payment: str, invoice: str, decision: str | None) -> None:
        """Keep with a payment that it is, or is not, of an invoice; None takes that back.

        Raises NotFound where either is not there.
        """
        if decision is not None and decision not in DECISIONS:
            raise InvalidInput("A payment is of an invoice or it is not.")
        with writing(self._store, vault) as (writer, now):
            stored, bill = now.find(Kind.PAYMENT, payment), now.find(Kind.INVOICE, invoice)
            data = _said(stored.data, bill, decision)
            change = Change(Kind.PAYMENT, stored.record_id, data, old=stored)
            details = {"kind": str(Kind.PAYMENT), "records": [payment]}
            writer.apply([change], LedgerEvent.RECORD_CHANGED, lambda: details)


def _said(data: dict[str, Any], bill: StoredRecord, decision: str | None) -> dict[str, Any]:
    """The payment with the customer's word on one invoice, which no later import overrules."""
    invoice, number = bill.record_id.hex(), bill.data.get("invoiceNumber")
    matches = [
        one
        for one in data.get("matches", ())
        if one["invoice"] != invoice and (not number or one.get("invoiceNumber") != number)
    ]
    if decision is not None:
        said = {"invoice": invoice, "decision": decision}
        matches.append({**said, "invoiceNumber": number} if number else said)
    kept = {name: value for name, value in data.items() if name != "matches"}
    if matches:
        kept["matches"] = matches
    # A payment written by hand has no source that could overrule anything.
    edits = sorted({*data.get("edits", ()), "matches"})
    return {**kept, "edits": edits} if "source" in data else kept
