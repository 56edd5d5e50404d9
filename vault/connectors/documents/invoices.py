"""An invoice or credit note, made into one invoice and a purchase for each of its lines.

Amounts stand as the document states them. A credit note's are positive where it states them so:
its type code says that they go back to the customer, and its lines are purchases `credited`.

An invoice with more lines than a record holds is kept without them, and without what is said of
single lines: its purchases say it all. The orders that they name stand in it even so, because by
these a gift hides it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from vault.connectors.base import Notice
from vault.connectors.documents import mismatches
from vault.connectors.documents.model import Invoice, Line
from vault.connectors.documents.purchases import item, purchase, stated
from vault.domain.compartments import Kind
from vault.domain.credits import CREDIT_CODES
from vault.domain.fields import LIST_LIMIT
from vault.domain.records import ParsedRecord, RecordData
from vault.domain.sellers import seller_key

_LINES_LENGTH = 8 * 1024 * 1024
"""How many characters the lines of a record may have: it is read, sealed and sent as a whole."""


def invoice_records(invoice: Invoice) -> Iterator[ParsedRecord]:
    """Yield the invoice and its purchases; ValueError where it has no number.

    The source id is `invoice/<seller>/<number>/<type code>`; where another document says this, its
    kind and its own number come first. A line's adds its position, and how often that was met.
    """
    if not invoice.number:
        raise ValueError("the document has no number")
    seller = invoice.seller.data()
    within = [invoice.document, seller_key(seller), invoice.document_number]
    source_id = "/".join([*filter(None, within), invoice.number, invoice.type_code])
    as_of = invoice.as_of or invoice.issue_date
    yield ParsedRecord(Kind.INVOICE, source_id, _invoice(invoice), (), invoice.place, as_of=as_of)
    met: Counter[str] = Counter()
    for line in invoice.lines:
        if line.grouping or not stated(_line(line)):
            continue
        met[line.position] += 1
        line_id = f"{source_id}/{line.position}/{met[line.position]}"
        data = _purchase(invoice, line)
        place = line.place or invoice.place
        yield ParsedRecord(Kind.PURCHASE, line_id, data, (source_id,), place, as_of=as_of)


def left_out(invoice: Invoice) -> Iterator[Notice]:
    """Say what the record of an invoice has no room for."""
    if not _fit(invoice.lines):
        number, count = invoice.number, len(invoice.lines)
        yield Notice(
            f"invoice {number} has {count} lines, too many for one record: they are kept as "
            "purchases only"
        )


def _fit(lines: Sequence[Line]) -> bool:
    """Whether a record has room for these lines."""
    if len(lines) > LIST_LIMIT:
        return False
    length = sum(len(text) for line in lines for text in _line(line).values())
    return length <= _LINES_LENGTH


def _invoice(invoice: Invoice) -> RecordData:
    due, totals = invoice.due_dates, invoice.totals
    fit, found = _fit(invoice.lines), mismatches.of_invoice(invoice)
    if not fit:
        found = [one for one in found if not one["field"].startswith("lines/")]
    return stated(
        {
            "invoiceNumber": invoice.number,
            "typeCode": invoice.type_code,
            "issueDate": invoice.issue_date,
            "paymentDueDate": invoice.due_date or (due[0] if len(due) == 1 else ""),
            "provider": invoice.seller.data(),
            "payee": invoice.payee.data(),
            "totalPaymentDue": totals.due,
            "amountPaid": totals.prepaid,
            "paymentStatus": invoice.payment_status,
            "taxTotal": totals.taxes[0].total if len(totals.taxes) == 1 else "",
            "priceCurrency": invoice.currency,
            "referencesOrder": _orders(invoice),
            "paymentTerms": invoice.payment_terms,
            "lines": [data for line in invoice.lines if fit and (data := stated(_line(line)))],
            "mismatches": found,
        }
    )


def _orders(invoice: Invoice) -> list[str]:
    """Return each order that the document or one of its lines refers to, once."""
    named = [*invoice.orders, *(line.order_number for line in invoice.lines)]
    return list(dict.fromkeys(filter(None, named)))


def _line(line: Line) -> RecordData:
    """Return a line in the record's shape, as stated."""
    return {
        "position": line.position,
        **item(line),
        "description": line.description if line.name and line.description != line.name else "",
        "price": line.price,
        "priceBaseQuantity": line.price_base,
        "taxRate": line.tax_rate,
        "orderNumber": line.order_number,
        "orderLine": line.order_line,
    }


def _purchase(invoice: Invoice, line: Line) -> RecordData:
    """Return what a line says of what was bought, and what the document says of all lines."""
    whole = invoice.orders[0] if len(invoice.orders) == 1 else ""
    number = line.order_number or whole
    ordered = line.order_date or (invoice.order_date if number == whole else "")
    credited = "credited" if invoice.type_code in CREDIT_CODES else ""
    data = purchase(line)
    return stated(
        {
            **data,
            "orderNumber": number,
            "orderDate": ordered if number else "",
            "seller": invoice.seller.data(),
            "priceCurrency": line.currency or invoice.currency,
            "itemStatus": line.status or credited,
            "mismatches": mismatches.of_line(line),
        }
    )
