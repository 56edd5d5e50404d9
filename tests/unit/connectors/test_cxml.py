"""cXML: what a real file states, against a second reader of its own; and variants of writing."""

import json
import os
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, connector_for, read
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "cxml"
IN_FULL = {
    "OrderRequest.xml": "OrderRequest",
    "ShipNoticeRequest.xml": "ShipNoticeRequest",
    "eeda16_order_request.xml": "OrderRequest",
    "order_request.xml": "OrderRequest",
    "invoice_backed_by_multiple_pos.xml": "InvoiceDetailRequest",
    "purchase_order_request_200.xml": "OrderRequest",
}
QUOTES = {"PunchoutOrderMessageAdvancedPricing.xml", "punch_out_order_message_doc.xml"}
UNREADABLE = {"invoice_taxes_at_line_multiple_taxes.xml": "invoiceDate is not an ISO 8601 date"}
REFUSED = {
    "CatalogUploadRequest.xml": "CatalogUploadRequest",
    "PunchOutSetupRequest.xml": "PunchOutSetupRequest",
    "simple-profile-request.xml": "ProfileRequest",
    "document_node_with_unknown_attribute.xml": "Response",
    "envelope2.xml": "CopyRequest",
    "item_in.xml": "ItemIn",
    "punch_out_setup_request_doc_coupa.xml": "PunchOutSetupRequest",
    "response_status_200.xml": "PunchOutSetupResponse",
}


def _corpus() -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root, "cxml").glob("*/*"))


FILES = {path.name: path for path in _corpus()}
with_corpus = pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")


def _text(element: ET.Element, path: str) -> str | None:
    found = element.findtext(path)
    return None if found is None else " ".join(found.split())


def _money(element: ET.Element | None, path: str) -> Decimal | None:
    stated = None if element is None else element.findtext(f"{path}/Money")
    return Decimal(stated) if stated else None


def _number(stated: str | None) -> Decimal | None:
    return None if stated is None else Decimal(stated)


@with_corpus
def test_the_corpus_is_read_in_full_or_refused_by_name() -> None:
    """6 of 17 files in full, 2 quotes by their header, 1 template unreadable, 8 refused by name."""
    assert set(FILES) == {*IN_FULL, *QUOTES, *UNREADABLE, *REFUSED}
    for name in IN_FULL:
        assert not read(FILES[name].read_bytes()).errors, name
    assert [len(names) for names in (IN_FULL, QUOTES, UNREADABLE, REFUSED)] == [6, 2, 1, 8]


@with_corpus
@pytest.mark.parametrize("name", REFUSED)
def test_other_documents_are_refused_by_name(name: str) -> None:
    """A catalogue, a profile, a set-up, a response, a part of a document: each is named."""
    with pytest.raises(UnsupportedDocument, match=f"a cXML {REFUSED[name]} .*is not read"):
        read(FILES[name].read_bytes())


@with_corpus
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_template_is_no_invoice(name: str) -> None:
    """A date that is the word invoice_date makes the document unreadable, with the reason."""
    reading = read(FILES[name].read_bytes())
    assert not reading.records
    assert [error.reason for error in reading.errors] == [UNREADABLE[name]]


@with_corpus
@pytest.mark.parametrize("name", [n for n, sort in IN_FULL.items() if sort == "OrderRequest"])
def test_a_real_order(name: str) -> None:
    """Number, date, seller, total and every line are those that the file states."""
    root, reading = ET.parse(FILES[name]).getroot(), read(FILES[name].read_bytes())
    (order,) = reading.of("order")
    header = root.find(".//OrderRequestHeader")
    assert header is not None
    assert order["orderNumber"] == header.get("orderID")
    assert order["orderDate"] == header.get("orderDate", "")[:10]
    assert _number(order["totalPrice"]) == _money(header, "Total")
    assert order["seller"]["identifier"].endswith(f":{root.findtext('.//To//Identity')}")
    (record, *_) = reading.records
    assert record.as_of == root.get("timestamp")
    items, purchases = root.findall(".//ItemOut"), reading.of("purchase")
    assert len(items) == len(purchases) > 0
    for item, purchase in zip(items, purchases, strict=True):
        assert purchase["sku"] == _text(item, "ItemID/SupplierPartID")
        assert purchase["name"] == _text(item, "ItemDetail/Description")
        assert _number(purchase["quantity"]) == _number(item.get("quantity"))
        assert _number(purchase["price"]) == _money(item, "ItemDetail/UnitPrice")
        assert purchase["unitCode"] == _text(item, "ItemDetail/UnitOfMeasure")
        money = item.find("ItemDetail/UnitPrice/Money")
        assert money is not None
        assert purchase["priceCurrency"] == money.get("currency")


@with_corpus
def test_a_real_order_that_disagrees_with_itself() -> None:
    """Three laptops at 1505 and a total of 1505: the total stands, and the sum is named."""
    (order,) = read(FILES["purchase_order_request_200.xml"].read_bytes()).of("order")
    assert order["totalPrice"] == "1505.0"
    (mismatch,) = order["mismatches"]
    assert (mismatch["field"], mismatch["computed"]) == ("lines", "4515.0")


@with_corpus
def test_a_real_invoice_of_two_orders() -> None:
    """Both orders, both lines and the stated net of 0 over lines of 220, with the mismatch."""
    path = FILES["invoice_backed_by_multiple_pos.xml"]
    root, reading = ET.parse(path).getroot(), read(path.read_bytes())
    (invoice,) = reading.of("invoice")
    assert (invoice["invoiceNumber"], invoice["issueDate"]) == ("INV00001", "2010-12-16")
    references = [node.get("payloadID") for node in root.findall(".//DocumentReference")]
    assert invoice["referencesOrder"] == references
    items = root.findall(".//InvoiceDetailItem")
    for item, line in zip(items, invoice["lines"], strict=True):
        assert _number(line["lineTotal"]) == _money(item, "SubtotalAmount")
        assert _number(line["price"]) == _money(item, "UnitPrice")
        assert _number(line["quantity"]) == _number(item.get("quantity"))
        assert line["name"] == _text(item, "InvoiceDetailItemReference/Description")
    summary = root.find(".//InvoiceDetailSummary")
    assert _number(invoice["totalPaymentDue"]) == _money(summary, "NetAmount") == 0
    assert _number(invoice["taxTotal"]) == _money(summary, "Tax")
    (mismatch,) = invoice["mismatches"]
    assert (mismatch["field"], mismatch["computed"]) == ("totalPaymentDue", "220.00")
    assert [data["orderNumber"] for data in reading.of("purchase")] == references


@with_corpus
def test_a_real_ship_notice() -> None:
    """The parcel is added to the order that the notice names, as of when it was written."""
    reading = read(FILES["ShipNoticeRequest.xml"].read_bytes())
    (order,) = reading.of("order")
    assert (order["orderNumber"], order["orderStatus"]) == ("DO1234", "shipped")
    assert order["deliveries"] == [
        {
            "trackingNumber": "8202 8261 1194",
            "provider": "Federal Express",
            "expectedArrivalUntil": "2000-10-18T09:00:00-08:00",
        }
    ]
    assert reading.records[0].as_of == "2021-01-08T23:00:06-08:00"


@with_corpus
@pytest.mark.parametrize("name", sorted(QUOTES))
def test_a_cart_is_no_purchase(name: str) -> None:
    """A punch-out quote is an order `quoted` with its amounts; nothing of it has been bought."""
    root, reading = ET.parse(FILES[name]).getroot(), read(FILES[name].read_bytes())
    (order,) = reading.of("order")
    assert order["orderStatus"] == "quoted"
    assert _number(order["totalPrice"]) == _money(root, ".//PunchOutOrderMessageHeader/Total")
    assert not reading.of("purchase")
    assert "nothing of it has been bought" in reading.notices[0]


def _source(case: str) -> str:
    return (CASES / case / "input.xml").read_text(encoding="utf-8")


def _latin(xml: str) -> bytes:
    return xml.replace('"UTF-8"', '"ISO-8859-1"').encode("iso-8859-1")


VARIANTS: dict[str, Callable[[str], str | bytes]] = {
    "no DOCTYPE": lambda xml: re.sub("<!DOCTYPE[^>]*>", "", xml),
    "https": lambda xml: xml.replace("http://xml.cxml.org", "https://xml.cXML.org"),
    "another version": lambda xml: xml.replace("1.2.050", "1.1.007"),
    "a file's name": lambda xml: re.sub('http://xml.cxml.org/[^"]*/', "", xml),
    "one quote": lambda xml: re.sub('(DOCTYPE[^"]*)"([^"]*)"', r"\1'\2'", xml),
    "public": lambda xml: xml.replace("SYSTEM", 'PUBLIC "-//cXML//DTD cXML 1.2//EN"'),
    "no white space": lambda xml: re.sub(r">\s+<", "><", xml),
    "other line ends": lambda xml: xml.replace("\n", "\r\n").encode(),
    "UTF-16": lambda xml: xml.replace('"UTF-8"', '"UTF-16"').encode("utf-16"),
    "UTF-16, big end first": lambda xml: b"\xfe\xff" + xml.split("?>", 1)[1].encode("utf-16-be"),
    "byte order mark": lambda xml: b"\xef\xbb\xbf" + xml.encode(),
    "Latin 1": _latin,
    "a comment before": lambda xml: xml.replace("<cXML", "<!-- <a> & --><cXML"),
    "small letters": lambda xml: xml.replace("<cXML", "<cxml").replace("</cXML", "</cxml"),
}


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
@pytest.mark.parametrize("variant", VARIANTS)
def test_ways_of_writing_change_nothing(case: str, variant: str) -> None:
    """DOCTYPE, encoding, line ends and the case of the root say nothing."""
    written = VARIANTS[variant](_source(case))
    content = written if isinstance(written, bytes) else written.encode()
    expected = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    assert read(content).golden()["records"] == expected["records"]


def test_documents_of_one_order_name_it_and_its_seller_alike() -> None:
    """Order, confirmation, ship notice and invoice agree on number and seller, by own ids."""
    readings = [read(_source(case).encode()) for case in ("order", "confirmation", "shipment")]
    orders = [reading.of("order")[0] for reading in readings]
    (invoice,) = read(_source("invoice").encode()).of("invoice")
    assert {order["orderNumber"] for order in orders} == {"PO-4711"}
    assert invoice["referencesOrder"] == ["PO-4711"]
    parties = [*(order["seller"] for order in orders), invoice["provider"]]
    assert {party["identifier"] for party in parties} == {"NetworkId:AN02-SELLER"}
    assert len({reading.records[0].source_id for reading in readings}) == 3


def test_secrets_stay_where_they_are() -> None:
    """The shared secret, the session's cookie and a market place's credential are in no record."""
    for case in CASES.iterdir():
        written = repr(read(_source(case.name).encode()))
        assert not re.search("not-for-records|cookie-of-a-session|AN-MARKET", written)


def _changed(case: str, *changes: tuple[str, str]) -> Reading:
    xml = _source(case)
    for old, new in changes:
        assert old in xml
        xml = xml.replace(old, new)
    return read(xml.encode())


@pytest.mark.parametrize(
    ("purpose", "code"),
    [
        ("standard", "380"),
        ("creditMemo", "381"),
        ("lineLevelCreditMemo", "381"),
        ("debitMemo", "383"),
        ("lineLevelDebitMemo", "383"),
        ("ofAnotherSort", "ofAnotherSort"),
    ],
)
def test_the_purpose_of_an_invoice_is_its_type(purpose: str, code: str) -> None:
    """A credit memo's lines are credited; a purpose that is not known stands as it is."""
    reading = _changed("invoice", ('purpose="standard"', f'purpose="{purpose}"'))
    assert reading.of("invoice")[0]["typeCode"] == code
    credited = {data.get("itemStatus") for data in reading.of("purchase")}
    assert credited == ({"credited"} if code == "381" else {None})


def test_a_line_of_no_order_is_given_none() -> None:
    """Where one group of lines names its order and another none, the other has none."""
    xml = _source("credit-memo")
    start = xml.index("      <InvoiceDetailOrder>")
    end = xml.index("      <InvoiceDetailSummary>")
    other = xml[start:end].replace('<OrderIDInfo orderID="PO-4711"/>', "")
    reading = read((xml[:end] + other + xml[end:]).encode())
    assert [data.get("orderNumber") for data in reading.of("purchase")] == ["PO-4711", None]
    assert reading.of("invoice")[0]["referencesOrder"] == ["PO-4711"]


def test_an_article_stated_as_an_extrinsic_is_known_by_it() -> None:
    """Some suppliers confirm a line without its item, and name its number beside it."""
    stated = '<UnitOfMeasure>BX</UnitOfMeasure><Extrinsic name="SupplierPartID">SC-100</Extrinsic>'
    reading = _changed(
        "confirmation",
        (
            '"2026-09-30T00:00:00-05:00">\n          <UnitOfMeasure>BX</UnitOfMeasure>',
            f'"">{stated}',
        ),
    )
    assert [data["sku"] for data in reading.of("purchase")] == ["LT-14", "SC-100"]
    assert reading.of("purchase")[1]["itemStatus"] == "backordered"


@pytest.mark.parametrize(
    ("header", "order", "line"),
    [
        ('fulfillmentType="complete"', "shipped", "shipped"),
        ("", "shipped", "shipped"),
        ('fulfillmentType="partial"', None, "shipped"),
        ('shipmentType="planned"', None, None),
        ('reason="return"', None, None),
    ],
)
def test_what_is_on_its_way(header: str, order: str | None, line: str | None) -> None:
    """A part, a plan and a return do not say that the order has been shipped."""
    reading = _changed("shipment", ('fulfillmentType="partial"', header))
    assert reading.of("order")[0].get("orderStatus") == order
    assert reading.of("purchase")[0].get("itemStatus") == line


def test_an_invoice_of_an_order_as_a_whole_has_no_purchases() -> None:
    """A header invoice names orders and amounts; nothing says which articles."""
    reading = _changed(
        "credit-memo",
        ("InvoiceDetailOrder>", "InvoiceDetailHeaderOrder>"),
        ("InvoiceDetailItem ", "InvoiceDetailOrderSummary "),
        ("</InvoiceDetailItem>", "</InvoiceDetailOrderSummary>"),
    )
    (invoice,) = reading.of("invoice")
    assert invoice["lines"][0]["lineTotal"] == "-600.00"
    assert not reading.of("purchase")


@pytest.mark.parametrize(
    ("left_out", "due"),
    [
        (("DueAmount",), "1480.00"),
        (("DueAmount", "NetAmount", "DepositAmount", "InvoiceDetailDiscount"), "1483.90"),
        (("DueAmount", "NetAmount", "DepositAmount"), None),
    ],
)
def test_what_is_due_where_it_is_not_stated_as_such(
    left_out: tuple[str, ...], due: str | None
) -> None:
    """Net is what is due, else gross; but not where a discount has yet to be taken off."""
    xml = _source("invoice")
    for name in left_out:
        xml = re.sub(rf"<{name}.*</{name}>", "", xml)
    (invoice,) = read(xml.encode()).of("invoice")
    assert invoice.get("totalPaymentDue") == due


@pytest.mark.parametrize(
    ("element", "field", "stated", "computed"),
    [
        ("SubtotalAmount", "lines", "1", "1351.00"),
        ("DueAmount", "totalPaymentDue", "1", "1400.00"),
    ],
)
def test_disagreements_are_named(element: str, field: str, stated: str, computed: str) -> None:
    """The stated amount stands; discount, deposit, shipping and handling are reckoned with."""
    xml = _source("invoice")
    place = xml.rindex(f"<{element}>")
    broken = xml[:place] + re.sub(r">[0-9.]+<", f">{stated}<", xml[place:], count=1)
    (invoice,) = read(broken.encode()).of("invoice")
    named = {m["field"]: (m["stated"], m["computed"]) for m in invoice["mismatches"]}
    assert named[field] == (stated, computed)
    assert set(named) - {field} <= {"lines/2/lineTotal", "totalPaymentDue"}


@pytest.mark.parametrize(
    ("status", "order", "line"),
    [
        ("accept", "confirmed", "confirmed"),
        ("allDetail", "confirmed", "confirmed"),
        ("detail", None, "confirmed"),
        ("except", None, None),
        ("reject", "rejected", "rejected"),
        ("backordered", "backordered", "backordered"),
    ],
)
def test_what_a_supplier_answers(status: str, order: str | None, line: str | None) -> None:
    """Of an order that is answered line by line, the lines say how it stands."""
    reading = _changed("confirmation", ('type="detail"', f'type="{status}"'))
    assert reading.of("order")[0].get("orderStatus") == order
    assert reading.of("purchase")[0].get("itemStatus") == (line or order)


@pytest.mark.parametrize(
    ("case", "change", "reason"),
    [
        ("order", ('orderID="PO-4711"', ""), "the document has no number"),
        ("order", (">1,262.00<", ">1.262,00<"), "Total is not an amount"),
        ("order", (">600.00<", ">NaN<"), "UnitPrice is not an amount"),
        ("order", ('quantity="2"', 'quantity="two"'), "quantity is not an amount"),
        ("order", ('"1"><Unit', '"0"><Unit'), "conversionFactor is zero"),
        ("order", ('currency="USD">1,', 'currency="$">1,'), "currency is not an ISO 4217 code"),
        ("invoice", ('"2026-09-06T', '"2026-13-06T'), "invoiceDate "),
        ("invoice", ('operation="new"', 'operation="delete"'), "takes back an invoice"),
        ("shipment", ("<ShipNoticeHeader", '<ShipNoticeHeader operation="delete"'), "takes back"),
        ("confirmation", ('operation="new"', 'operation="delete"'), "takes back a confirmation"),
    ],
)
def test_what_cannot_be_read_is_named(case: str, change: tuple[str, str], reason: str) -> None:
    """A document with an amount, a date or a number that is none is an error with its reason."""
    reading = _changed(case, change)
    assert not reading.records
    assert reason in reading.errors[0].reason


def test_a_price_for_many_is_the_price_of_one_where_that_comes_out_even() -> None:
    """200 for 100 boxes is 2 for each; for three, no price of one is invented."""
    boxes = read(_source("order").encode()).of("purchase")[1]
    assert (boxes["price"], boxes["quantity"]) == ("2", "31")
    factor = ('conversionFactor="1"', 'conversionFactor="3"')
    assert "price" not in _changed("order", factor).of("purchase")[1]


def test_xml_of_another_sort_is_not_recognised() -> None:
    """An invoice of UBL that mentions cXML in its text is not taken for one."""
    other = (
        b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">cXML</Invoice>'
    )
    connector = connector_for(other)
    assert connector is None or connector.manifest.slug != "cxml"
