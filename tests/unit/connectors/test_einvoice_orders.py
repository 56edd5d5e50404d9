"""UBL orders and what follows them: responses, despatch advices, statements, quotations."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, read

CASES = FIXTURES / "einvoice"
WRITTEN = ("order", "order-response", "despatch-advice", "statement", "quotation")


def _corpus() -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        for path in sorted(Path(root, "ubl").glob("*/*")):
            if _local(ET.parse(path).getroot()) in {"Order", "OrderResponseSimple", "Statement"}:
                yield path


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts(root: ET.Element, path: str) -> list[str]:
    found = [root]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if _local(child) == name]
    return [" ".join((node.text or "").split()) for node in found]


def _xml(case: str) -> str:
    return (CASES / case / "input.xml").read_text(encoding="utf-8")


def _one(reading: Reading, kind: str) -> dict[str, Any]:
    (data,) = reading.of(kind)
    return data


FILES = list(_corpus())
ORDERS = [path for path in FILES if _local(ET.parse(path).getroot()) == "Order"]
RESPONSES = [path for path in FILES if _local(ET.parse(path).getroot()) == "OrderResponseSimple"]


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_how_many_of_the_corpus_there_are() -> None:
    """Three orders, five simple responses and a statement: nine files, none with an error."""
    assert (len(ORDERS), len(RESPONSES), len(FILES)) == (3, 5, 9)
    assert not [path for path in FILES if read(path.read_bytes()).errors]


@pytest.mark.parametrize("path", ORDERS, ids=lambda path: path.stem)
def test_an_order_of_the_corpus(path: Path) -> None:
    """Number, date, total and lines are those that the file states; one file's number is empty."""
    root = ET.parse(path).getroot()
    reading = read(path.read_bytes())
    order = _one(reading, "order")
    assert order.get("orderNumber", "") == _texts(root, "ID")[0]
    assert [order["orderDate"]] == _texts(root, "IssueDate")
    total = _texts(root, "AnticipatedMonetaryTotal/PayableAmount")
    assert order.get("totalPrice") == next(iter(total), None)
    quantities = [purchase["quantity"] for purchase in reading.of("purchase")]
    assert quantities == _texts(root, "OrderLine/LineItem/Quantity")
    names = [purchase["name"] for purchase in reading.of("purchase") if "name" in purchase]
    assert names == _texts(root, "OrderLine/LineItem/Item/Name")


@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.stem)
def test_a_simple_response_of_the_corpus(path: Path) -> None:
    """It confirms or rejects the order that it names."""
    root = ET.parse(path).getroot()
    order = _one(read(path.read_bytes()), "order")
    assert [order["orderNumber"]] == _texts(root, "OrderReference/ID")
    accepted = _texts(root, "AcceptedIndicator") == ["true"]
    assert order["orderStatus"] == ("confirmed" if accepted else "rejected")


@pytest.mark.parametrize("case", WRITTEN)
@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda x: x.replace("cbc:", "b:").replace(":cbc=", ":b="), id="prefix"),
        pytest.param(lambda x: re.sub(r">\s+<", "><", x), id="no white space"),
        pytest.param(lambda x: x.replace('"UTF-8"', '"UTF-16"').encode("utf-16"), id="UTF-16"),
        pytest.param(lambda x: f"<a>{x.split('?>')[1]}</a>", id="envelope"),
    ],
)
def test_ways_of_writing_change_nothing(case: str, variant: object) -> None:
    """Prefixes, white space, encodings and envelopes say nothing."""
    assert callable(variant)
    written = variant(_xml(case))
    content = written if isinstance(written, bytes) else written.encode()
    assert read(content).golden() == read(_xml(case).encode()).golden()


def test_documents_about_one_order_agree_on_its_name_and_stand_apart() -> None:
    """Order, response and despatch name the same order and seller, each under its own id."""
    readings = [read(_xml(case).encode()) for case in WRITTEN[:3]]
    first = [reading.records[0] for reading in readings]
    named = {(record.data["orderNumber"], str(record.data["seller"])) for record in first}
    assert len(named) == 1
    assert len({record.source_id for record in first}) == 3
    times = ["2026-03-01T09:30:00Z", "2026-03-02", "2026-03-08T17:00:00+01:00"]
    assert [record.as_of for record in first] == times
    skus = {purchase["sku"] for purchase in readings[0].of("purchase")}
    assert all(
        purchase["sku"] in skus for reading in readings for purchase in reading.of("purchase")
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [("AB", "processing"), ("AP", "confirmed"), ("RE", "rejected"), ("Held", "held")],
)
def test_what_a_response_answers(code: str, status: str) -> None:
    """The codes of UNTDID 4343 as Peppol uses them; another is kept as the document's own word."""
    xml = _xml("order-response").replace(">CA<", f">{code}<")
    assert _one(read(xml.encode()), "order")["orderStatus"] == status


def test_a_change_says_what_is_to_be_and_confirms_nothing() -> None:
    """A buyer's change has its lines and no status, but for a line that it takes out."""
    xml = _xml("order-response").replace("OrderResponse", "OrderChange")
    xml = xml.replace("<cbc:OrderChangeCode>CA</cbc:OrderChangeCode>", "")
    xml = xml.replace(">5</cbc:LineStatus", ">3</cbc:LineStatus").replace(">7<", ">2<")
    reading = read(xml.encode())
    assert "orderStatus" not in _one(reading, "order")
    statuses = [purchase.get("itemStatus") for purchase in reading.of("purchase")]
    assert statuses == [None, "cancelled"]
    assert reading.records[0].source_id == "change/id:xx000000001/OR-1/PO-7"


def test_a_cancellation_cancels() -> None:
    """An order cancellation states that the order is cancelled."""
    xml = _xml("order-response").replace("OrderResponse", "OrderCancellation")
    assert _one(read(xml.encode()), "order")["orderStatus"] == "cancelled"


def test_a_despatch_of_a_part_says_nothing_of_the_whole_order() -> None:
    """Where a line states that more is to come, its goods are shipped and the order is not."""
    more = "<cbc:OutstandingQuantity>5</cbc:OutstandingQuantity>"
    xml = (
        _xml("despatch-advice")
        .replace("<cac:OrderLineReference>", more, 1)
        .replace("<cbc:LineID>10</cbc:LineID></cac:OrderLineReference>", "")
    )
    reading = read(xml.encode())
    assert [order.get("orderStatus") for order in reading.of("order")] == [None, None]
    assert {purchase["itemStatus"] for purchase in reading.of("purchase")} == {"shipped"}


def test_a_quotation_has_no_orders_number() -> None:
    """An offer buys nothing: it is `quoted`, without purchases, and is never taken for an order."""
    reading = read(_xml("quotation").encode())
    order = _one(reading, "order")
    assert (order["orderStatus"], "orderNumber" in order) == ("quoted", False)
    assert reading.of("purchase") == []
    assert reading.notices == ["a quotation of 1 items: nothing of it has been bought"]


def test_a_reminder_states_that_payment_is_past_due() -> None:
    """What a UBL reminder names is past due; a credit note that it names is not."""
    xml = _xml("statement").replace("Statement", "Reminder")
    invoices = read(xml.encode()).of("invoice")
    assert [invoice.get("paymentStatus") for invoice in invoices] == ["PaymentPastDue", None]


def test_a_statement_that_names_nothing_is_named() -> None:
    """A statement without a reference to an invoice says nothing that could be kept."""
    xml = re.sub("<cac:BillingReference>.*?</cac:BillingReference>", "", _xml("statement"))
    (error,) = read(xml.encode()).errors
    assert error.reason == "the statement names no invoice and no credit note"


def test_an_order_without_a_number_is_known_by_what_it_says() -> None:
    """UBL lets a number be empty: the order is read, with an id that a new reading gives again."""
    xml = _xml("order").replace("<cbc:ID>PO-7</cbc:ID>", "<cbc:ID/>")
    one, again = (read(text.encode()) for text in (xml, re.sub(r">\s+<", "><", xml)))
    assert "orderNumber" not in _one(one, "order")
    assert [r.source_id for r in one.records] == [r.source_id for r in again.records]
    other = read(xml.replace(">2026-03-01<", ">2026-03-03<").encode())
    assert one.records[0].source_id != other.records[0].source_id


def test_an_order_that_disagrees_with_itself_keeps_what_it_states() -> None:
    """The stated total stands, and the disagreement is named by the order's own field."""
    order = _one(read(_xml("order").encode()), "order")
    assert order["totalPrice"] == "73.00"
    (mismatch,) = order["mismatches"]
    assert (mismatch["field"], mismatch["computed"]) == ("totalPrice", "72.59")
