"""What a list shows of a record, whatever its kind: one line of text and figures.

The index is made of these; searching, filtering and sorting need nothing more.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from vault.domain.compartments import Kind
from vault.domain.owing import standing

_TEXT = 500


class Listing(NamedTuple):
    """One line. Absent values are empty strings; amounts are decimal strings, dates ISO 8601.

    `until` is what a record runs to: an invoice's due date, a license's or preference's end. An
    invoice's `status` is what its own figures say, where they say that nothing is to be paid.

    Matching payments reads no more than this: `title` is what was written with a payment, `number`
    are the invoices that it states, `place` is the account, and `category` says `decided` where
    the customer has said to which invoice it belongs.
    """

    date: str
    title: str
    seller: str
    number: str
    amount: str
    currency: str
    category: str
    place: str
    until: str
    status: str


_NAMES: dict[Kind, tuple[str, str, str, str, str, str, str]] = {
    # date, title, seller, number, amount, until, status
    Kind.PURCHASE: (
        "orderDate", "name", "seller", "orderNumber", "lineTotal", "returnBy", "itemStatus",
    ),
    Kind.ORDER: (
        "orderDate", "orderNumber", "seller", "orderNumber", "totalPrice", "", "orderStatus",
    ),
    Kind.INVOICE: (
        "issueDate", "invoiceNumber", "provider", "invoiceNumber", "totalPaymentDue",
        "paymentDueDate", "paymentStatus",
    ),
    Kind.LICENSE: (
        "ownedFrom", "name", "seller", "licenseNumber", "", "ownedThrough", "metric",
    ),
    Kind.PREFERENCE: ("", "subject", "", "topic", "", "validThrough", "strength"),
    Kind.LICENSE_KEY: ("", "", "", "", "", "", ""),
}  # fmt: skip


def describe(kind: Kind, record: Mapping[str, Any]) -> Listing:
    """The line of a record."""
    if kind is Kind.PAYMENT:
        return _payment(record)
    date, title, seller, number, amount, until, status = _NAMES[kind]
    get = record.get
    party = get(seller) or {}
    return Listing(
        date=(get(date) or "")[:10],
        title=get(title) or "",
        seller=party.get("name") or party.get("identifier") or "",
        number=get(number) or "",
        amount=get(amount) or (get("price") or "" if kind is Kind.PURCHASE else ""),
        currency=get("priceCurrency") or "",
        category=get("category") or (get("value") or "" if kind is Kind.PREFERENCE else ""),
        place=get("site") or "",
        until=get(until) or "",
        status=standing(record) if kind is Kind.INVOICE else get(status) or "",
    )


def _text(*stated: str | None) -> str:
    """What is written with a payment, at most so much of it, and no word of it in part."""
    whole = "; ".join(dict.fromkeys(filter(None, stated)))
    return whole if len(whole) <= _TEXT else " ".join(whole[: _TEXT + 1].split()[:-1])


def _payment(record: Mapping[str, Any]) -> Listing:
    get = record.get
    payee = get("payee") or {}
    return Listing(
        date=get("paymentDate") or get("valueDate") or "",
        title=_text(get("reference"), get("note")),
        seller=payee.get("name") or payee.get("identifier") or "",
        number=", ".join(get("referencesInvoice") or ()),
        amount=get("amount") or "",
        currency=get("priceCurrency") or "",
        category="decided" if get("matches") else "",
        place=get("account") or "",
        until=get("valueDate") or "",
        status=get("paymentMethod") or "",
    )
