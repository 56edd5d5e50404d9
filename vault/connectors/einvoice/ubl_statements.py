"""UBL statements of account and reminders: invoices of which little is said.

A line names an invoice or a credit note with its date, and what it has added to the account or
taken off: its amount. A line's balance is not read: UBL does not say whether it is that of the
line or that of the account up to there. Lines that name none, or several, say nothing of one.
"""

from collections.abc import Iterator

from lxml.etree import _Element

from vault.connectors.documents.model import Invoice
from vault.connectors.einvoice import ubl

_REFERENCES = {
    "InvoiceDocumentReference": ("", "DebitLineAmount"),
    "SelfBilledInvoiceDocumentReference": ("389", "DebitLineAmount"),
    "CreditNoteDocumentReference": ("381", "CreditLineAmount"),
    "SelfBilledCreditNoteDocumentReference": ("261", "CreditLineAmount"),
}
"""What a reference is called, with the type code that its name states, and where its amount is."""


def invoices(document: _Element, name: str) -> Iterator[Invoice]:
    """Yield each invoice and credit note that the lines of a Statement or a Reminder name."""
    reminded = "PaymentPastDue" if name == "Reminder" else ""
    for line in ubl.all_of(document, f"{name}Line"):
        found = [
            (kind, reference)
            for kind in _REFERENCES
            for reference in ubl.all_of(line, f"BillingReference/{kind}")
        ]
        if len(found) == 1:
            invoice = _invoice(document, line, *found[0])
            invoice.document = name.lower()
            invoice.payment_status = reminded if invoice.type_code in {"", "389"} else ""
            yield invoice


def _invoice(document: _Element, line: _Element, kind: str, reference: _Element) -> Invoice:
    code, amount = _REFERENCES[kind]
    due = ubl.number(line, amount)
    invoice = Invoice(
        number=ubl.text(reference, "ID"),
        document_number=ubl.text(document, "ID"),
        type_code=ubl.text(reference, "DocumentTypeCode") or code,
        issue_date=ubl.day(reference, "IssueDate"),
        due_dates=_due(line),
        seller=ubl.party(ubl.first(document, "AccountingSupplierParty/Party")),
        currency=ubl.attribute(line, amount, "currencyID") if due else "",
        as_of=ubl.moment(document, "Issue"),
        place=line.sourceline or 0,
    )
    invoice.totals.due = due
    return invoice


def _due(line: _Element) -> list[str]:
    """Return each date on which a line is to be paid, once."""
    stated = [ubl.day(means, "PaymentDueDate") for means in ubl.all_of(line, "PaymentMeans")]
    return list(dict.fromkeys(filter(None, stated)))
