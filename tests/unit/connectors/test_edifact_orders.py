"""EDIFACT's orders, responses, changes and despatch advices; and invoices as EANCOM writes them."""

import pytest

from tests.unit.connectors.reading import read
from vault.domain.records import RecordData

Segments = tuple[str, ...]


def _message(name: str, *segments: str, version: str = "D:96A:UN") -> bytes:
    body = "".join(f"{segment}'\n" for segment in (f"UNH+1+{name}:{version}", *segments))
    return f"UNB+UNOA:2+A+B+260101:1200+1'\n{body}UNT+1+1'UNZ+1+1'".encode()


def _order(name: str, *segments: str) -> RecordData:
    (order,) = read(_message(name, *segments)).of("order")
    return order


def _purchases(name: str, *segments: str) -> list[RecordData]:
    return read(_message(name, *segments)).of("purchase")


def _invoice(*segments: str) -> RecordData:
    (invoice,) = read(_message("INVOIC", "BGM+380+R1", "NAD+SU+++Acme", *segments)).of("invoice")
    return invoice


def _mismatches(*segments: str) -> list[str]:
    return [mismatch["field"] for mismatch in _invoice(*segments).get("mismatches", [])]


@pytest.mark.parametrize(
    ("bgm", "status"),
    [
        ("BGM+231+S1+29", "confirmed"),
        ("BGM+231+S1+4", "confirmed"),
        ("BGM+231+S1+27", "rejected"),
        ("BGM+231+S1+1", "cancelled"),
        ("BGM+231:::Confirmation+S1:1+9+AP", "confirmed"),
        ("BGM+231+S1+9+RE", "rejected"),
        ("BGM+320+S1+9", "confirmed"),
        ("BGM+231+S1+9", None),
        ("BGM+231+S1+9+AC", None),
    ],
)
def test_what_a_response_says_of_the_order(bgm: str, status: str | None) -> None:
    """UNTDID 1225 and 4343 accept or refuse; an original that says neither has no status."""
    order = _order("ORDRSP", bgm, "RFF+ON:P1", "NAD+SU+++Acme")
    assert order.get("orderStatus") == status
    assert order["orderNumber"] == "P1"


@pytest.mark.parametrize(
    ("segments", "status"),
    [
        (("LIN+1+5+123:SA",), "confirmed"),
        (("LIN+1+3+123:SA",), "confirmed"),
        (("LIN+1+7+123:SA",), "rejected"),
        (("LIN+1+2+123:SA",), "cancelled"),
        (("LIN+1++123:SA", "QTY+21:5", "QTY+83:2"), "backordered"),
        (("LIN+1+5+123:SA", "QTY+21:5", "QTY+83:0"), "confirmed"),
        (("LIN+1+6+123:SA", "QTY+12:0", "QVR+5:21+BP"), "backordered"),
        (("LIN+1++123:SA",), None),
    ],
)
def test_what_a_response_says_of_a_line(segments: Segments, status: str | None) -> None:
    """UNTDID 1229 says what becomes of a line; a quantity on backorder says it, too."""
    (purchase,) = _purchases("ORDRSP", "BGM+231+S1+9", "RFF+ON:P1", *segments)
    assert purchase.get("itemStatus") == status


def test_a_quantity_of_a_schedule_is_not_the_lines() -> None:
    """What follows SCC, LOC or ALC is a part's, a place's, an allowance's."""
    lines = ("LIN+1++123:SA", "SCC+1", "QTY+21:3", "DTM+2:20260101:102", "SCC+1", "QTY+21:7")
    (purchase,) = _purchases("ORDERS", "BGM+220+P1+9", *lines)
    assert "quantity" not in purchase
    lines = ("LIN+1++123:SA", "QTY+21:10", "LOC+7+HERE", "QTY+21:4", "SCC+1", "QTY+21:3")
    (purchase,) = _purchases("ORDERS", "BGM+220+P1+9", *lines)
    assert purchase["quantity"] == "10"


def test_an_order_that_is_cancelled_or_changed() -> None:
    """A cancelling function cancels the order; a change is known by the order it changes."""
    assert _order("ORDERS", "BGM+220+P1+1")["orderStatus"] == "cancelled"
    reading = read(
        _message("ORDCHG", "BGM+230+C7+4", "RFF+ON:P1", "LIN+1+2+9:SA", "LIN+2+3+8:SA", "QTY+21:4")
    )
    assert reading.records[0].source_id == "change//C7/P1"
    assert reading.of("order")[0]["orderNumber"] == "P1"
    assert [data.get("itemStatus") for data in reading.of("purchase")] == ["cancelled", None]


def test_a_despatch_advice_of_several_orders_gives_each_its_lines() -> None:
    """Lines go to the order they name, packages and their numbers are no lines."""
    reading = read(
        _message(
            "DESADV",
            *(
                "BGM+351+D1+9",
                "DTM+137:202601051200:203",
                "NAD+SU+1::9",
                "RFF+CN:T-1",
                "RFF+CN:T-2",
            ),
            *("CPS+1", "PAC+1++201", "PCI+33E", "GIN+BJ+354000000000000018"),
            *("LIN+1++A:SA", "QTY+12:5", "RFF+ON:P1:10", "PCI+17", "QTY+52:5", "GIN+BN+S1+S2"),
            *("CPS+2+1", "PAC+1", "LIN+2++B:SA", "QTY+12:1", "QTY+21:3", "RFF+ON:P2"),
            *("LIN+3++C:SA", "QTY+12:0", "RFF+ON:P2", "CNT+2:3"),
        )
    )
    first, second = reading.of("order")
    assert [first["orderNumber"], second["orderNumber"]] == ["P1", "P2"]
    assert [data["trackingNumber"] for data in first["deliveries"]] == ["T-1", "T-2"]
    assert [(data["sku"], data["quantity"]) for data in reading.of("purchase")] == [
        ("A", "5"),
        ("B", "1"),
    ]
    assert reading.of("purchase")[0]["serialNumbers"] == ["S1", "S2"]
    assert {data["itemStatus"] for data in reading.of("purchase")} == {"shipped"}
    assert "orderStatus" not in first  # more of the second line is to come
    assert {record.as_of for record in reading.records} == {"2026-01-05T12:00:00"}


def test_a_despatch_advice_of_a_whole_order_ships_it() -> None:
    """With nothing outstanding the order itself is shipped, by whom and for when."""
    order = _order(
        "DESADV",
        *("BGM+351+D1", "DTM+17:20260110:102", "RFF+ON:P1", "DTM+171:20251201:102"),
        *("RFF+AAS:AWB-5", "NAD+CA+++Fast Freight", "CPS+1", "LIN+1++A:EN", "QTY+12:5"),
    )
    assert order == {
        "orderNumber": "P1",
        "orderDate": "2025-12-01",
        "orderStatus": "shipped",
        "deliveries": [
            {
                "trackingNumber": "AWB-5",
                "provider": "Fast Freight",
                "expectedArrivalUntil": "2026-01-10",
            }
        ],
    }


def test_a_response_without_the_buyers_number_is_known_by_the_sellers() -> None:
    """RFF+VN stands in where no RFF+ON is; the message's sender is then the seller."""
    order = _order("ORDRSP", "BGM+231+S1+29", "RFF+VN:SO-9", "NAD+MS+++Acme")
    assert order["orderNumber"] == "SO-9"
    assert order["seller"] == {"name": "Acme"}


def test_a_party_has_the_references_after_it_and_the_order_keeps_its_own() -> None:
    """A VAT number after NAD is that party's; an order number after one is the document's."""
    invoice = _invoice("RFF+ON:P1", "RFF+VA:DE1", "NAD+BY+++Me", "RFF+VA:DE2", "RFF+ON:P2")
    assert invoice["provider"] == {"name": "Acme", "identifier": "DE1"}
    assert invoice["referencesOrder"] == ["P1", "P2"]


@pytest.mark.parametrize(
    ("nad", "party"),
    [
        ("NAD+SU+4012345000009::9", {"identifier": "0088:4012345000009"}),
        ("NAD+SU+123456789::16++Acme", {"name": "Acme", "identifier": "0060:123456789"}),
        ("NAD+SU+77::92++Acme", {"name": "Acme", "identifier": "77"}),
        ("NAD+SU+77::91++Acme", {"name": "Acme"}),
        ("NAD+SU++Acme Ltd:1 Road:Town", {"name": "Acme Ltd"}),
        ("NAD+SU+++Acme  International:Trading Ltd", {"name": "Acme International Trading Ltd"}),
    ],
)
def test_how_a_supplier_is_named(nad: str, party: dict[str, str]) -> None:
    """GLN and DUNS have their schemes; a number of the supplier's own is no identity."""
    reading = read(_message("INVOIC", "BGM+380+R1", nad))
    assert reading.of("invoice")[0]["provider"] == party


@pytest.mark.parametrize(
    ("segments", "due", "paid"),
    [
        (("UNS+S", "MOA+9:90", "MOA+77:100", "MOA+113:10"), "90", "10"),
        (("UNS+S", "MOA+77:100"), "100", None),
        (("UNS+S", "MOA+39:100"), "100", None),
        (("UNS+S", "MOA+79:80", "MOA+86:100"), "100", None),
        (("UNS+S", "MOA+77:100", "MOA+113:10"), None, "10"),
        (("LIN+1++A:SA", "MOA+203:80", "MOA+79:80", "MOA+77:100"), "100", None),
    ],
)
def test_what_is_due(segments: Segments, due: str | None, paid: str | None) -> None:
    """The amount due, else the whole amount unless something is prepaid; UNS may be missing."""
    invoice = _invoice(*segments)
    assert invoice.get("totalPaymentDue") == due
    assert invoice.get("amountPaid") == paid
    assert "mismatches" not in invoice


def test_eancoms_net_price_has_the_allowances_in_it() -> None:
    """EANCOM: a net price is checked alone, a gross one with the line's allowances."""
    line = ("LIN+1++A:SA", "QTY+47:10", "MOA+203:90")
    allowance = ("ALC+A", "PCD+3:10", "MOA+8:10")
    assert _mismatches(*line, "PRI+AAA:9", "PRI+AAB:10", *allowance) == []
    assert _mismatches(*line, "PRI+AAB:10", *allowance) == []
    assert _mismatches(*line, "PRI+AAA:10", *allowance) == ["lines/1/lineTotal"]


def test_a_gross_price_with_an_allowance_in_percent_alone_is_no_price() -> None:
    """What one unit costs is then not stated; nothing is computed."""
    invoice = _invoice("LIN+1++A:SA", "QTY+47:10", "MOA+203:90", "PRI+AAB:10", "ALC+A", "PCD+3:10")
    assert "price" not in invoice["lines"][0]
    assert "mismatches" not in invoice


def test_allowances_and_charges_of_the_whole_document_are_part_of_its_net_total() -> None:
    """Those of the header are added up; those without an amount leave nothing to compare."""
    charge = ("ALC+C++++FC", "MOA+8:5")
    lines = ("LIN+1++A:SA", "MOA+203:80", "UNS+S", "MOA+79:80")
    assert _mismatches(*charge, *lines, "MOA+125:85") == []
    assert _mismatches(*charge, *lines, "MOA+125:90") == ["TaxExclusiveAmount"]
    assert _mismatches(*charge, *lines, "MOA+259:9", "MOA+125:90") == ["TaxExclusiveAmount"]
    assert _mismatches("ALC+A", "PCD+3:10", *lines, "MOA+125:72") == []
    assert _mismatches(*lines, "MOA+125:72", "ALC+A", "MOA+8:8") == []


def test_two_due_dates_are_named_and_a_discounts_date_is_none() -> None:
    """Of several dates none is chosen; the last day for a discount is no due date."""
    terms = ("PAT+1", "DTM+13:20260201:102", "PAT+22", "DTM+12:20260110:102")
    assert _invoice(*terms)["paymentDueDate"] == "2026-02-01"
    assert _invoice(*terms, "DTM+13:20260110:102")["paymentDueDate"] == "2026-02-01"
    invoice = _invoice(*terms, "PAT+1", "DTM+13:20260301:102")
    assert "paymentDueDate" not in invoice
    assert invoice["mismatches"][0]["stated"] == "2026-02-01, 2026-03-01"


def test_amounts_in_another_currency_are_left() -> None:
    """Totals repeated in a second currency are not the document's."""
    invoice = _invoice("CUX+2:EUR", "CUX+3:USD", "UNS+S", "MOA+9:110:USD", "MOA+9:100:EUR")
    assert (invoice["totalPaymentDue"], invoice["priceCurrency"]) == ("100", "EUR")


def test_a_description_in_parts_and_continued_text() -> None:
    """Of a book the title is the name; a text that goes on is one."""
    lines = (
        *("LIN+1++9780000000002:EN", "IMD+L+009+:::Doe, Jane", "IMD+L+050+:::On Tyres"),
        *("LIN+2++B:SA", "IMD+F++:::A long name that:goes on", "IMD+A++TU::9"),
        *("LIN+3++C:SA", "IMD+A++:::Described only"),
        *("LIN+4++D:SA", "IMD+E+++", "IMD+C++CU::9", "IMD+F++:::Name", "IMD+F++:::Colour red"),
    )
    stated = _invoice(*lines)["lines"]
    assert [line["name"] for line in stated] == [
        "On Tyres",
        "A long name that goes on",
        "Described only",
        "Name",
    ]
    assert stated[3]["description"] == "Colour red"


@pytest.mark.parametrize(
    ("lin", "sku"),
    [("123:SA", "123"), ("123", "123"), ("123:Z01", "123"), ("123:SRS", "123"), ("123:IN", None)],
)
def test_an_items_number_in_lin(lin: str, sku: str | None) -> None:
    """A number under no qualifier, or a trade's own, is the sender's; the buyer's is not kept."""
    (line,) = _invoice(f"LIN+1++{lin}", "IMD+F++:::Thing")["lines"]
    assert line.get("sku") == sku


def test_a_wrong_date_of_something_else_loses_only_itself() -> None:
    """A day that does not exist in a reference is named with its line; the invoice is read."""
    wrong = ("RFF+ON:P1", "DTM+171:20260230:102", "LIN+1++A:SA", "RFF+ON:P2", "DTM+171:x:102")
    reading = read(_message("INVOIC", "BGM+380+R1", "DTM+35:nonsense:102", *wrong))
    assert [invoice["referencesOrder"] for invoice in reading.of("invoice")] == [["P1", "P2"]]
    assert [(error.line, error.reason) for error in reading.errors] == [
        (6, "DTM+171 is not a date in its format"),
        (9, "DTM+171 is not a date in its format"),
    ]


def test_the_tax_of_a_charge_is_no_part_of_the_total_once_more() -> None:
    """Tax by rate stands in the summary; before it, it is a charge's."""
    charge = ("ALC+C++++FC", "MOA+23:100", "TAX+7+VAT+++:::20+S", "MOA+124:20")
    summary = ("UNS+S", "MOA+176:40", "TAX+7+VAT+++:::20+S", "MOA+124:40")
    assert _mismatches(*charge, "LIN+1++A:SA", *summary) == []
    assert _mismatches(*charge, "LIN+1++A:SA", *summary, "MOA+124:1") == ["taxTotal"]


def test_other_words_for_an_order_and_a_unit_price() -> None:
    """RFF CO is the buyer's order, too, and MOA 146 the price of one where no PRI is."""
    lines = ("LIN+1++A:SA", "QTY+47:2", "MOA+146:4", "MOA+203:8", "RFF+CO:P2:3")
    invoice = _invoice("RFF+CO:P1", "DTM+171:20260101:102", *lines)
    assert invoice["referencesOrder"] == ["P1", "P2"]
    assert invoice["lines"][0]["price"] == "4"
    assert invoice["lines"][0]["orderLine"] == "3"


def test_the_only_currency_is_the_documents() -> None:
    """Whatever its role: with one currency nothing else can be meant, with two it can."""
    assert _invoice("CUX+1:USD")["priceCurrency"] == "USD"
    assert "priceCurrency" not in _invoice("CUX+5:USD+6:EUR")


def test_older_and_newer_directories_read_alike() -> None:
    """From S.93A to D.21B the elements that are read stand in the same places."""
    body = ("BGM+380+R1+9", "NAD+SU+++Acme", "LIN+1++A:SA", "QTY+47:2:PCE", "PRI+AAA:1.5")
    versions = ("S:93A:UN", "D:93A:UN:EAN007", "D:97A:UN:EDIF02", "D:01B:UN:EAN010", "D:21B:UN")
    read_by = [read(_message("INVOIC", *body, version=version)).records for version in versions]
    assert all(records == read_by[0] for records in read_by)
