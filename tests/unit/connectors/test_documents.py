"""The neutral model made into records, and the rules that name disagreements."""

from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES, read
from vault.connectors.documents import mismatches
from vault.connectors.documents.invoices import invoice_records, left_out
from vault.connectors.documents.model import Delivery, Invoice, Line, Order, Party, Tax, Totals
from vault.connectors.documents.orders import order_records
from vault.connectors.documents.purchases import unit_price
from vault.domain.credits import CREDIT_CODES
from vault.domain.fields import LIST_LIMIT
from vault.domain.records import check

SELLER = Party("Sample Screws", "XX000000001")


def _invoice(**changed: object) -> Invoice:
    return Invoice(number="1", type_code="380", seller=SELLER, **changed)  # type: ignore[arg-type]


def test_an_invoice_that_says_little_has_no_empty_fields() -> None:
    """What is not stated is absent from the record."""
    (record,) = invoice_records(Invoice(number="1"))
    assert record.data == {"invoiceNumber": "1"}
    assert record.source_id == "invoice/1/"


def test_without_a_number_there_is_no_invoice_and_no_order() -> None:
    """A document whose number is missing is refused by that."""
    with pytest.raises(ValueError, match="no number"):
        list(invoice_records(Invoice(number="")))
    with pytest.raises(ValueError, match="no number"):
        list(order_records(Order(number="")))


@pytest.mark.parametrize("code", sorted(CREDIT_CODES))
def test_lines_of_a_credit_note_are_credited(code: str) -> None:
    """The type codes that EN 16931 counts as credit notes credit their lines."""
    invoice = Invoice(number="1", type_code=code, lines=[Line(name="Screw")])
    assert [record.data.get("itemStatus") for record in invoice_records(invoice)][1] == "credited"


def test_lines_of_the_same_position_stay_apart() -> None:
    """Two lines of one position, as real documents have them, are two purchases."""
    lines = [Line(position="1", name="a"), Line(position="1", name="b"), Line(name="c")]
    ids = [record.source_id for record in invoice_records(_invoice(lines=lines))]
    assert [source_id.split("/380")[1] for source_id in ids] == ["", "/1/1", "/1/2", "//1"]


@pytest.mark.parametrize("limit", ["LIST_LIMIT", "_LINES_LENGTH"])
def test_an_invoice_with_too_many_lines_is_kept_without_them(
    limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its totals, its orders and what disagrees in it stand; each line is a purchase, and named."""
    odd = Line(name="a", quantity="2", price="1", line_total="3", order_number="PO-1")
    lines = [odd, Line(name="b", line_total="4", order_number="PO-2")]
    invoice = _invoice(totals=Totals(lines="9", due="9"), lines=lines)
    whole, *purchases = invoice_records(invoice)
    assert not list(left_out(invoice))
    monkeypatch.setattr(f"vault.connectors.documents.invoices.{limit}", 1)
    bare, *others = invoice_records(invoice)
    kept = [one for one in whole.data["mismatches"] if one["field"] == "lines"]
    assert len(kept) == len(whole.data["mismatches"]) - 1 == 1
    expected = {name: value for name, value in whole.data.items() if name != "lines"}
    assert bare.data == {**expected, "mismatches": kept}
    assert bare.data["referencesOrder"] == ["PO-1", "PO-2"]
    assert others == purchases
    [notice] = left_out(invoice)
    assert notice.text == (
        "invoice 1 has 2 lines, too many for one record: they are kept as purchases only"
    )


def test_an_invoice_of_more_lines_than_a_list_holds_is_a_record() -> None:
    """What a list of a record may have is not what an invoice may have."""
    lines = [Line(name="Screw", position=str(n)) for n in range(LIST_LIMIT + 1)]
    record, *purchases = invoice_records(_invoice(lines=lines, totals=Totals(due="9")))
    check(record.kind, record.data)
    assert record.data["totalPaymentDue"] == "9"
    assert len(purchases) == LIST_LIMIT + 1


@pytest.mark.parametrize(
    "case", ["einvoice/cii-invoice", "cxml/invoice", "edifact/invoice-eancom", "x12/invoices"]
)
def test_every_format_says_that_lines_are_left_out(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The invoice is there without lines, its purchases are, and the notice is."""
    monkeypatch.setattr("vault.connectors.documents.invoices.LIST_LIMIT", 1)
    [file] = (FIXTURES / case).glob("input.*")
    reading = read(file.read_bytes(), file.name)
    assert "lines" not in reading.of("invoice")[0]
    assert len(reading.of("purchase")) > 1
    assert any("kept as purchases only" in notice for notice in reading.notices)


def test_a_line_belongs_to_the_documents_order_only_where_there_is_one() -> None:
    """Where the document names two orders, a line that names none belongs to neither."""
    lines = [Line(name="a"), Line(name="b", order_number="PO-9")]
    for orders, number in ((["PO-7"], "PO-7"), (["PO-7", "PO-8"], None)):
        invoice = _invoice(orders=orders, order_date="2026-03-01", lines=lines)
        _, first, second = invoice_records(invoice)
        assert first.data.get("orderNumber") == number
        assert first.data.get("orderDate") == ("2026-03-01" if number else None)
        assert (second.data["orderNumber"], second.data.get("orderDate")) == ("PO-9", None)


def test_when_a_document_was_written() -> None:
    """It is the issue date, or the order's date, unless the document states a moment besides."""
    (invoice,) = invoice_records(_invoice(issue_date="2026-03-31"))
    (order,) = order_records(Order(number="1", date="2026-03-01"))
    (response,) = order_records(Order(number="1", document="response", date="2026-03-01"))
    (later,) = order_records(Order(number="1", date="2026-03-01", as_of="2026-03-01T09:00:00Z"))
    times = [record.as_of for record in (invoice, order, response, later)]
    assert times == ["2026-03-31", "2026-03-01", "", "2026-03-01T09:00:00Z"]


def test_documents_about_one_order_have_ids_of_their_own() -> None:
    """The kind of document and its number stand in the id, and the order's number after them."""
    ids = [
        next(order_records(order)).source_id
        for order in (
            Order(number="7", seller=SELLER, document_number="x"),
            Order(number="7", seller=SELLER, document="despatch", document_number="5"),
            Order(number="8", seller=SELLER, document="despatch", document_number="5"),
            Order(number="7", seller=SELLER, document="response"),
            Order(number="", seller=SELLER, document="despatch", document_number="6"),
        )
    ]
    assert [source_id.replace("/id:xx000000001", "") for source_id in ids] == [
        "order/7",
        "despatch/5/7",
        "despatch/5/8",
        "response/7",
        "despatch/6",
    ]


def test_an_order_passes_its_state_on_and_a_line_keeps_its_own() -> None:
    """A line's status, currency and date stand before the order's."""
    lines = [Line(name="a"), Line(name="b", status="backordered", currency="USD")]
    order = Order(number="7", status="confirmed", currency="EUR", date="2026-03-01", lines=lines)
    _, first, second = order_records(order)
    assert (first.data["itemStatus"], first.data["priceCurrency"]) == ("confirmed", "EUR")
    assert (second.data["itemStatus"], second.data["priceCurrency"]) == ("backordered", "USD")


def test_a_second_number_is_a_purchase_order_only_if_it_is_another() -> None:
    """The order's number is not repeated; deliveries that say nothing are none."""
    same = Order(number="7", po_number="7", deliveries=[Delivery()])
    other = Order(number="7", po_number="8", deliveries=[Delivery(carrier="Sample Carrier")])
    assert next(order_records(same)).data == {"orderNumber": "7"}
    data = next(order_records(other)).data
    assert (data["poNumber"], data["deliveries"]) == ("8", [{"provider": "Sample Carrier"}])


def test_a_line_of_a_response_that_names_no_item_is_no_purchase() -> None:
    """A line that gives a number and a status only says nothing of what was bought."""
    line = Line(position="1", quantity="1", status="confirmed")
    assert len(list(order_records(Order(number="7", document="response", lines=[line])))) == 1
    assert len(list(order_records(Order(number="7", lines=[line])))) == 2


@pytest.mark.parametrize(
    ("price", "base", "unit"),
    [
        ("5.00", "100", "0.05"),
        ("5.00", "", "5.00"),
        ("5.00", "1", "5.00"),
        ("1", "8", "0.125"),
        ("1", "3", ""),
        ("5.00", "0", ""),
        ("", "100", ""),
    ],
)
def test_the_price_of_one_unit(price: str, base: str, unit: str) -> None:
    """The stated price divides by its base quantity, or there is no price of one unit."""
    assert unit_price(Line(price=price, price_base=base)) == unit


def _named(totals: Totals, *lines: Line) -> list[str]:
    return [m["field"] for m in mismatches.of_invoice(_invoice(totals=totals, lines=list(lines)))]


def test_rules_of_en_16931() -> None:
    """Each of BR-CO-10 to BR-CO-16 names its field when it is broken, and only then."""
    sound = Totals("100", "10", "5", "95", "114", "14", due="100", taxes=[Tax("19", ["12", "7"])])
    line = Line(line_total="100")
    assert _named(sound, line) == []
    for member, value, field in (
        ("lines", "99", "lines"),
        ("net", "94", "TaxExclusiveAmount"),
        ("gross", "115", "TaxInclusiveAmount"),
        ("due", "101", "totalPaymentDue"),
    ):
        broken = Totals(**{name: getattr(sound, name) for name in sound.__slots__})
        setattr(broken, member, value)
        assert field in _named(broken, line)
    assert "taxTotal" in _named(Totals(taxes=[Tax("19", ["12", "8"])]))


def test_parts_of_a_cent_are_rounded_in_a_total() -> None:
    """Lines of four decimals add up to a total of two: its rounding is no disagreement."""
    lines = [Line(line_total="47.0504"), Line(line_total="0.0046")]
    assert _named(Totals(lines="47.06"), *lines) == []
    assert _named(Totals(lines="47.05"), *lines) == ["lines"]


def test_a_rule_needs_every_amount() -> None:
    """Where an amount is not stated, nothing is said of what it should be."""
    assert _named(Totals(lines="100"), Line(line_total="1"), Line()) == []
    assert _named(Totals(lines="100")) == []


def test_rounding_may_stand_in_either_of_two_places() -> None:
    """A rounding amount may be part of the gross amount or of what is due, not of both."""
    taxes = [Tax("19")]
    assert _named(Totals(net="100", gross="119", rounding="0.02", due="119.02", taxes=taxes)) == []
    assert (
        _named(Totals(net="100", gross="119.02", rounding="0.02", due="119.02", taxes=taxes)) == []
    )


def test_the_tax_in_the_place_of_the_net_amount_is_no_disagreement() -> None:
    """UBL 2.0's TaxExclusiveAmount was also read as the amount of tax alone."""
    totals = Totals(lines="197750.00", net="49437.50", taxes=[Tax("49437.50")])
    assert _named(totals, Line(line_total="197750.00")) == []


AMOUNTS = st.decimals(-(10**17), 10**17, places=12).map(lambda amount: format(amount, "f"))


@settings(max_examples=60, deadline=None)
@given(st.lists(AMOUNTS, min_size=1, max_size=20), AMOUNTS, AMOUNTS)
def test_sums_are_exact(lines: list[str], price: str, quantity: str) -> None:
    """The longest amounts that a record takes are added and multiplied without a rounding."""
    with localcontext(prec=60):
        total = format(sum(map(Decimal, lines), Decimal(0)), "f")
    if len(total) <= 32:
        assert "lines" not in _named(Totals(lines=total), *(Line(line_total=x) for x in lines))
    line = Line(quantity=quantity, price=price, line_total="0")
    assert all(mismatch["computed"] for mismatch in mismatches.of_line(line))


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        Line,
        *(st.sampled_from(["", "a", "1"]) for _ in range(8)),
        *(st.sampled_from(["", "1"]),) * 2,
        st.sampled_from(["", "1.50", "-3"]),
        st.sampled_from(["", "0", "3"]),
        st.sampled_from(["", "7.00"]),
    ),
    st.sampled_from(["", "shipped"]),
)
def test_what_is_made_of_any_line_is_a_record(line: Line, status: str) -> None:
    """Whatever a line states, its purchase and its invoice are records as the vault takes them."""
    line.quantity = line.quantity and "2"
    invoice = _invoice(lines=[line])
    order = Order(number="7", seller=SELLER, status=status, lines=[line])
    for record in (*invoice_records(invoice), *order_records(order)):
        check(record.kind, record.data)
