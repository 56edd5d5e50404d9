"""The line of a list: text and figures, whatever a record leaves out."""

from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import Kind
from vault.domain.listing import describe
from vault.domain.records import FIELDS


def test_a_purchase_shows_its_total_or_else_its_price() -> None:
    """The amount of the line, as stated."""
    record = {"name": "Rope", "price": "2.00", "lineTotal": "4.00", "orderDate": "2025-01-02"}
    line = describe(Kind.PURCHASE, record)
    assert (line.title, line.amount, line.date) == ("Rope", "4.00", "2025-01-02")
    del record["lineTotal"]
    assert describe(Kind.PURCHASE, record).amount == "2.00"


def test_a_seller_is_shown_by_name_or_else_by_identifier() -> None:
    """An invoice's is its provider."""
    assert describe(Kind.INVOICE, {"provider": {"name": "CDW", "identifier": "1"}}).seller == "CDW"
    assert describe(Kind.INVOICE, {"provider": {"identifier": "1"}}).seller == "1"


def test_a_license_key_shows_nothing() -> None:
    """The key itself never stands in an index."""
    assert set(describe(Kind.LICENSE_KEY, {"key": "AAAA", "orderNumber": "1"})) == {""}


def test_a_payment_shows_what_matching_reads() -> None:
    """Payee, remittance text, stated invoices, and whether the customer has decided."""
    record = {
        "paymentDate": "2026-03-02",
        "amount": "12.50",
        "priceCurrency": "EUR",
        "payee": {"name": "CDW"},
        "reference": "Invoice 2026-118",
        "referencesInvoice": ["2026-118", "2026-119"],
        "account": "3000",
    }
    line = describe(Kind.PAYMENT, record)
    assert (line.seller, line.title, line.number) == (
        "CDW",
        "Invoice 2026-118",
        "2026-118, 2026-119",
    )
    assert (line.amount, line.currency, line.place) == ("12.50", "EUR", "3000")
    assert line.category == ""
    decided = {**record, "matches": [{"invoice": "00", "decision": "rejected"}]}
    assert describe(Kind.PAYMENT, decided).category == "decided"


def test_the_text_of_a_payment_ends_with_a_whole_word() -> None:
    """Half a number would be another number; both texts count, an equal one once."""
    texts = {"reference": "1234 " * 99 + "2026-1189", "note": "Thanks"}
    title = describe(Kind.PAYMENT, texts).title
    assert title == ("1234 " * 99).strip()
    assert describe(Kind.PAYMENT, {"reference": "A", "note": "A"}).title == "A"
    assert describe(Kind.PAYMENT, {"reference": "319", "note": "No. 7"}).title == "319; No. 7"


def test_the_status_of_an_invoice_is_what_its_own_figures_say() -> None:
    """Paid where what was paid is all of it, whatever the document calls that."""
    paid = {"totalPaymentDue": "118.00", "amountPaid": "118.00"}
    assert describe(Kind.INVOICE, paid).status == "paid"
    assert describe(Kind.INVOICE, paid | {"amountPaid": "18.00"}).status == ""


@given(st.sampled_from(list(Kind)), st.data())
def test_every_column_is_text(kind: Kind, data: st.DataObject) -> None:
    """Absent values are empty, so that lines can be compared and sorted."""
    texts = {"seller", "provider", "payee", "lines", "deliveries", "referencesOrder"}
    texts |= {"referencesInvoice", "matches"}
    amounts = {"totalPaymentDue", "amountPaid", "taxTotal"}
    names = [name for name in FIELDS[kind] if name not in texts]
    stated = data.draw(st.sets(st.sampled_from(names)))
    record = {name: "118.00" if name in amounts else "2025-01-01" for name in stated}
    assert all(type(column) is str for column in describe(kind, record))
