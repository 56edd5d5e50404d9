"""Other kinds of invoices in UBL, and orders in the words of CII."""

import re
from typing import Any

import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, read

CASES = FIXTURES / "einvoice"


def _xml(case: str) -> str:
    return (CASES / case / "input.xml").read_text(encoding="utf-8")


def _one(reading: Reading, kind: str) -> dict[str, Any]:
    (data,) = reading.of(kind)
    return data


@pytest.mark.parametrize(
    ("name", "code"),
    [("SelfBilledInvoice", "389"), ("FreightInvoice", "380"), ("SelfBilledCreditNote", "261")],
)
def test_other_invoices_are_invoices(name: str, code: str) -> None:
    """Self-billed invoices and credit notes and freight invoices have the invoice's parts."""
    xml = (
        _xml("invoice")
        .replace("xsd:Invoice-2", f"xsd:{name}-2")
        .replace("ubl:Invoice", f"ubl:{name}")
    )
    if code == "261":
        xml = xml.replace("InvoiceLine", "CreditNoteLine").replace("InvoicedQ", "CreditedQ")
        xml = re.sub(".*InvoiceTypeCode.*", "", xml)
    invoice = _one(read(xml.replace(">380<", f">{code}<").encode()), "invoice")
    assert (invoice["typeCode"], len(invoice["lines"])) == (code, 2)
    assert invoice["lines"][0]["quantity"] == "1000"


def test_a_debit_note_is_an_invoice_of_its_own_kind() -> None:
    """A debit note without a code is a 383; its total and its lines have names of their own."""
    xml = _xml("invoice").replace("xsd:Invoice-2", "xsd:DebitNote-2")
    xml = xml.replace("ubl:Invoice", "ubl:DebitNote").replace("InvoiceLine", "DebitNoteLine")
    xml = xml.replace("InvoicedQ", "DebitedQ").replace("LegalMonetary", "RequestedMonetary")
    invoice = _one(read(re.sub(".*InvoiceTypeCode.*", "", xml).encode()), "invoice")
    assert (invoice["typeCode"], invoice["totalPaymentDue"]) == ("383", "61.00")


def test_lines_within_a_line_are_what_was_bought() -> None:
    """A line that sums up others is shown; the innermost ones are the purchases."""
    line = _xml("invoice").partition("<agg:InvoiceLine>")[2].partition("</agg:InvoiceLine>")[0]
    inner = f"<agg:SubInvoiceLine>{line.replace('>1<', '>1.1<', 1)}</agg:SubInvoiceLine>"
    xml = _xml("invoice").replace("</agg:InvoiceLine>", f"{inner}</agg:InvoiceLine>", 1)
    reading = read(xml.encode())
    positions = [stated["position"] for stated in _one(reading, "invoice")["lines"]]
    assert positions == ["1", "1.1", "2"]
    ids = [record.source_id.split("/380/")[-1] for record in reading.records[1:]]
    assert ids == ["1.1/1", "2/1"]


def test_an_order_in_the_words_of_cii_is_the_same_order() -> None:
    """Order-X: the same order as in UBL has the same source ids, amounts and items."""
    ubl, cii = (read(_xml(case).encode()) for case in ("order", "order-x"))
    assert [r.source_id for r in ubl.records] == [r.source_id for r in cii.records]
    shared = ("orderNumber", "orderDate", "seller", "shipping", "tax", "discount", "priceCurrency")
    one, other = _one(ubl, "order"), _one(cii, "order")
    assert {name: one[name] for name in shared} == {name: other[name] for name in shared}
    items = ("name", "sku", "quantity", "price", "lineTotal")
    bought = [
        [[purchase.get(name) for name in items] for purchase in reading.of("purchase")]
        for reading in (ubl, cii)
    ]
    assert bought[0] == bought[1]


@pytest.mark.parametrize(
    ("code", "purpose", "source", "status"),
    [
        ("231", "29", "response/id:xx000000001/PO-7/PO-1", "confirmed"),
        ("231", "27", "response/id:xx000000001/PO-7/PO-1", "rejected"),
        ("230", "1", "change/id:xx000000001/PO-7/PO-1", "cancelled"),
        ("230", "4", "change/id:xx000000001/PO-7/PO-1", None),
    ],
)
def test_what_follows_an_order_in_the_words_of_cii(
    code: str, purpose: str, source: str, status: str | None
) -> None:
    """A response or a change of Order-X names the order, and how it stands."""
    reference = (
        "<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-1</ram:IssuerAssignedID>"
    )
    end = "</ram:ApplicableHeaderTradeAgreement>"
    xml = _xml("order-x").replace(end, f"{reference}</ram:BuyerOrderReferencedDocument>{end}")
    type_code = f"<ram:TypeCode>{code}</ram:TypeCode><ram:PurposeCode>{purpose}</ram:PurposeCode>"
    reading = read(xml.replace("<ram:TypeCode>220</ram:TypeCode>", type_code).encode())
    order = _one(reading, "order")
    assert (order["orderNumber"], order.get("orderStatus")) == ("PO-1", status)
    assert reading.records[0].source_id == source
