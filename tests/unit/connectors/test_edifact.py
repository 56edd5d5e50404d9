"""EDIFACT: what real files state, and that one invoice in three syntaxes is one."""

import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.unit.connectors.reading import Reading, read
from vault.domain.records import RecordData
from vault.errors import UnsupportedDocument

EUROPEAN = "ConnectingEurope+eInvoicing-EN16931"
REFUSED = {
    "edifact.01.edi": "QUOTES",
    "edifact.01.multi-message.edi": "QUOTES",
    "edifact.Issue152.Wikipedia.edi": "PAORES",
}
"""No part of this trade: a quotation for electricity, a flight's availability."""


def _corpus(folder: str, pattern: str = "*/*") -> list[Path]:
    root = os.environ.get("VAULT_CORPUS")
    return sorted(Path(root, folder).glob(pattern)) if root else []


FILES = _corpus("edifact")
INVOICES = [path for path in FILES if path.parent.name == EUROPEAN]
RESPONSES = [path for path in FILES if "ORDRSP" in path.name]
needs_corpus = pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")


def _read(path: Path) -> Reading:
    return read(path.read_bytes(), path.name)


def _segments(path: Path) -> list[str]:
    """Cut a real file by another way than the connector's: none of them releases a plain one."""
    text = path.read_text(encoding="utf-8-sig").replace("?'", "’").replace("?:", "¦")
    return [segment.strip() for segment in text.split("'")]


def _stated(path: Path, pattern: str) -> list[str]:
    found = (re.match(pattern, segment) for segment in _segments(path))
    return [match[1].replace("¦", ":").strip() for match in found if match]


def _first(path: Path, pattern: str) -> str | None:
    return next(iter(_stated(path, pattern)), None)


def _day(text: str | None) -> str | None:
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}" if text else None


@needs_corpus
def test_the_corpus_is_read_in_full_but_for_what_is_no_such_message() -> None:
    """9 of 12 files are read without an error; the 3 others are refused by what they hold."""
    refused = {}
    for path in FILES:
        try:
            reading = _read(path)
        except UnsupportedDocument as err:
            refused[path.name] = err.message
        else:
            assert reading.connector == "edifact"
            assert not reading.errors
    assert len(FILES) == 12
    assert {name: message.split()[2] for name, message in refused.items()} == REFUSED


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_totals_dates_and_numbers_of_a_real_file(path: Path) -> None:
    """Number, type, dates, currency and totals are those that the segments state."""
    (invoice,) = _read(path).of("invoice")
    assert invoice["invoiceNumber"] == _first(path, r"BGM\+380\+([^+]+)")
    assert invoice["typeCode"] == "380"
    assert invoice["issueDate"] == _day(_first(path, r"DTM\+137:(\d+)"))
    assert invoice.get("paymentDueDate") == _day(_first(path, r"DTM\+13:(\d+)"))
    assert invoice["priceCurrency"] == _first(path, r"CUX\+2:(\w+)")
    assert invoice["totalPaymentDue"] == _first(path, r"MOA\+9:(.+)")
    assert invoice.get("amountPaid") == _first(path, r"MOA\+113:(.+)")
    assert invoice.get("taxTotal") == _first(path, r"MOA\+176:(.+)")
    assert invoice.get("referencesOrder", []) == _stated(path, r"RFF\+ON:([^:]+)$")
    terms = [" ".join(text.split()) for text in _stated(path, r"(?s)FTX\+AAB\+\+\+(.+)")]
    stated = invoice.get("paymentTerms", "").replace("'", "’")
    assert " ".join(stated.split()) == " ".join(terms)


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_parties_of_a_real_file(path: Path) -> None:
    """The seller has its trading name, else its registered one; a payee is kept apart from it."""
    reading = _read(path)
    (invoice,) = reading.of("invoice")
    names = (_first(path, r"NAD\+SE\+[^+]*\+\+([^+]+)") or "").split(":")
    assert invoice["provider"]["name"] == names[-1]
    payee = _first(path, r"NAD\+PE\+[^+]*\+\+([^+]+)")
    assert invoice.get("payee", {}).get("name") == payee
    assert all(data["seller"] == invoice["provider"] for data in reading.of("purchase"))


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_lines_of_a_real_file(path: Path) -> None:
    """Each line is there with its name, quantity, price and total, and each is a purchase."""
    reading = _read(path)
    (invoice,) = reading.of("invoice")
    lines = invoice["lines"]
    assert [line["position"] for line in lines] == _stated(path, r"LIN\+(\w+)")
    assert [line["name"] for line in lines] == _stated(path, r"IMD\+F\+\+:::(.+)")
    assert [line["quantity"] for line in lines] == _stated(path, r"QTY\+47:([^:]+)")
    assert [line["price"] for line in lines] == _stated(path, r"PRI\+AAA:([^:]+)")
    assert [line["lineTotal"] for line in lines] == _stated(path, r"MOA\+203:(.+)")
    rates = [line["taxRate"] for line in lines if "taxRate" in line]
    assert rates == _before_the_summary(path, r"TAX\+7\+VAT\+\+\+:::(\d+)")
    for stated, purchase in zip(lines, reading.of("purchase"), strict=True):
        assert {name: purchase.get(name) for name in ("name", "quantity", "lineTotal")} == {
            name: stated.get(name) for name in ("name", "quantity", "lineTotal")
        }


def _before_the_summary(path: Path, pattern: str) -> list[str]:
    """Find in the lines alone: from the first LIN to UNS, but for allowances' taxes."""
    segments = _segments(path)
    begin = next(place for place, segment in enumerate(segments) if segment.startswith("LIN"))
    lines = segments[begin : segments.index("UNS+S")]
    return [match[1] for segment in lines if (match := re.match(pattern, segment))]


@pytest.mark.parametrize("path", RESPONSES, ids=lambda path: path.stem)
def test_a_real_order_response(path: Path) -> None:
    """The order is known by the buyer's number and date, the response by its own."""
    reading = _read(path)
    (order,) = reading.of("order")
    assert order["orderNumber"] == _first(path, r"RFF\+ON:(\w+)")
    assert order["orderDate"] == _day(_first(path, r"DTM\+171:(\d{8})"))
    assert order["seller"] == {"identifier": _first(path, r"NAD\+MS\+(\w+)")}
    (purchase,) = reading.of("purchase")
    assert purchase["lineTotal"] == "825"
    assert purchase["price"] == "50.5"
    assert {record.as_of for record in reading.records} == {"2016-03-21T14:21:00"}


def _differences(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two records differ; amounts are compared as numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted(one | other):
            yield from _differences(one.get(name), other.get(name), f"{place}/{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (first, second) in enumerate(zip(one, other, strict=True), 1):
            yield from _differences(first, second, f"{place}/{number}")
    elif not _same(one, other):
        yield place, one, other


def _same(one: Any, other: Any) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except (ArithmeticError, TypeError, ValueError):
        return bool(one == other)


def _invoice_and_purchases(path: Path) -> tuple[RecordData, list[RecordData]]:
    reading = _read(path)
    (invoice,) = reading.of("invoice")
    return invoice, reading.of("purchase")


UNIT = r"/lines/\d+/unitCode"
_CII = f"cii/{EUROPEAN}/CII_example"
_UBL = f"ubl/{EUROPEAN}/ubl-tc434-example"
_OTHER_BASE = r"/lines/\d+/priceBaseQuantity"

TWINS: dict[str, dict[str, Any]] = {
    f"{_CII}1.xml": {},
    f"{_CII}3.xml": {},
    f"{_CII}7.xml": {},
    # the CII file states the price once more as the quantity for which it is, and so disagrees
    # with itself
    f"{_CII}9.xml": {_OTHER_BASE: "49", "/mismatches": ...},
    f"{_CII}2.xml": {
        _OTHER_BASE: ...,
        "/mismatches": ...,
        # two classifications in the EDIFACT file, of which the CII file has the second
        r"/lines/\d+/category": ...,
        # without the country, against BR-CO-9
        "/provider/identifier": "NO123456789MVA",
    },
    f"{_UBL}1.xml": {
        UNIT: "EA",
        # letters lost and won by whoever typed it
        "/lines/2/name": "PKAAS 50PL. JONG BEL. 1KG",
        "/lines/13/name": "PK CHOCOLADEMEL",
    },
    f"{_UBL}2.xml": {
        UNIT: "EA",
        "/provider/identifier": "NO123456789MVA",
        # the UBL file bills two of them at the price of one, and so disagrees with itself
        "/lines/1/quantity": "2",
        "/mismatches": ...,
        "/lines/3/gtin": "1234567890135",
        "/lines/5/category": "12344325",
        "/lines/5/orderLine": None,
    },
    # another invoice under the same number: two subscriptions, and a second line
    f"{_UBL}3.xml": {
        "/lines": ...,
        "/mismatches": ...,
        "/taxTotal": "305.00",
        "/totalPaymentDue": "2005.00",
    },
}
"""Where a file truly says something else than its EDIFACT twin, and what (`...`: see beside it)."""


@needs_corpus
@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: Path(twin).stem)
def test_one_invoice_in_three_syntaxes_is_one(twin: str) -> None:
    """The EDIFACT reading equals the other, but for what the files themselves state otherwise."""
    other = Path(os.environ["VAULT_CORPUS"], twin)
    number = re.sub(r"\D", "", other.stem.rpartition("example")[2])
    (own,) = [path for path in INVOICES if path.stem == f"EDIFACT_EXAMPLE{number}"]
    expected = TWINS[twin]
    invoice, purchases = _invoice_and_purchases(own)
    other_invoice, other_purchases = _invoice_and_purchases(other)
    met = set()
    for place, _, theirs in _differences(invoice, other_invoice):
        (rule,) = [rule for rule in expected if re.fullmatch(rule, place)]
        assert expected[rule] in (..., theirs), place
        met.add(rule)
    assert met == set(expected)
    if not expected:
        assert purchases == other_purchases
