"""Codes of documents never reach a page as they are: units, parties' numbers, states, fields."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.fakes.vaults import FakeVault
from vault.domain.compartments import Kind
from vault.web.field_words import mismatched
from vault.web.method_words import counted_by, paid_by
from vault.web.party_words import party_number, seller_name
from vault.web.state_words import state
from vault.web.units import measured

VAULT = FakeVault("anna")
SHOP = {"name": "Sample Screws", "identifier": "0088:4000001000005"}
CHINESE = {"Accept-Language": "zh-Hans"}
INVOICE = {
    "invoiceNumber": "SI-42",
    "typeCode": "381",
    "issueDate": "2026-03-31",
    "provider": SHOP,
    "totalPaymentDue": "61.00",
    "priceCurrency": "EUR",
    "lines": [
        {"name": "Advice", "quantity": "2.50", "unitCode": "HUR", "lineTotal": "50.00"},
        {"name": "Screw", "quantity": "1000", "unitCode": "C62", "lineTotal": "5.00"},
    ],
    "mismatches": [
        {"field": "totalPaymentDue", "stated": "61.00", "computed": "60", "reason": "sum"},
        {"field": "lines/2/lineTotal", "stated": "5.00", "computed": "6", "reason": "times"},
    ],
}


@pytest.fixture
def _in_english(words: Flask) -> Iterator[None]:
    with words.test_request_context(headers={"Accept-Language": "en-GB"}):
        yield


@pytest.mark.usefixtures("_in_english")
@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        ("1000.0000", "C62", "1,000"),
        ("2.50", "HUR", "2.5 hrs"),
        ("0.125", "KGM", "0.125 kg"),
        ("3", "XPK", "3 XPK"),
        ("3", None, "3"),
        ("", "HUR", ""),
    ],
)
def test_a_quantity_has_its_unit_in_words(value: str, unit: str | None, said: str) -> None:
    """What is counted one by one needs none; a unit that is not known stands as stated."""
    assert measured(value, unit) == said


def test_units_are_said_in_chinese(words: Flask) -> None:
    """Each unit that is known has a name there."""
    with words.test_request_context(headers=CHINESE):
        assert measured("2.5", "HUR") == "2.5小时"
        assert measured("3", "MTK") == "3平方米"


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ("0088:4000001000005", "GLN 4000001000005"),
        ("0060:123456789", "D-U-N-S 123456789"),
        ("ZZ:MUSICSUPPLY", "MUSICSUPPLY"),
        ("NetworkId:AN01000000147", "AN01000000147"),
        ("DE123456789", "DE123456789"),
        ("Store: the shop", "Store: the shop"),
    ],
)
def test_a_number_of_a_party_is_written_as_people_do(stated: str, said: str) -> None:
    """By the name of its scheme, where that has one; a name is no number."""
    assert party_number(stated) == said
    assert seller_name(stated) == said


@pytest.mark.usefixtures("_in_english")
def test_states_are_words() -> None:
    """Also of several, and schema.org's; a document's own word stands."""
    assert state("in transit") == "on its way"
    assert state("confirmed, backordered") == "confirmed, on back order"
    assert state("PaymentPastDue") == "overdue"
    assert state("waiting for the ferry") == "waiting for the ferry"


@pytest.mark.usefixtures("_in_english")
def test_a_bank_s_codes_are_words() -> None:
    """How it was paid, and by what a license is counted; a document's own word stands."""
    assert paid_by("pos") == "card at the till"
    assert paid_by("Visa - 0000") == "Visa - 0000"
    assert counted_by("concurrent") == "use at the same time"
    assert counted_by("per core") == "per core"


@pytest.mark.usefixtures("_in_english")
def test_a_contradicted_field_has_a_name() -> None:
    """With its line, where it is of one; what has no name stands as stated."""
    assert mismatched("totalPaymentDue") == "To be paid"
    assert mismatched("lines/2/lineTotal") == "Amount of line 2"
    assert mismatched("CTT01") == "CTT01"


def test_an_invoice_shows_no_code(anna: FlaskClient, fakes: FakeServices) -> None:
    """Its kind is in its heading; numbers, units and contradictions are in words."""
    record_id = fakes.records.add(VAULT, Kind.INVOICE, dict(INVOICE))
    text = anna.get(f"/invoices/{record_id}").text
    assert "Credit note SI-42" in text
    assert "GLN 4000001000005" in text
    assert "2.5 hr" in text
    for code in (">381<", "0088:", "HUR", "C62", "lines/2"):
        assert code not in text


def test_an_invoice_without_a_code_is_an_invoice(anna: FlaskClient, fakes: FakeServices) -> None:
    """Of any code that has no name likewise."""
    for code in ({}, {"typeCode": "999"}):
        record_id = fakes.records.add(VAULT, Kind.INVOICE, {"invoiceNumber": "R-1", **code})
        assert "<h1>Invoice R-1</h1>" in anna.get(f"/invoices/{record_id}").text


def test_an_order_shows_what_was_in_it(anna: FlaskClient, fakes: FakeServices) -> None:
    """Purchases of its number, how each stands, and not those of another order."""
    order = {"orderNumber": "D-1", "seller": SHOP, "orderStatus": "in transit"}
    order_id = fakes.records.add(VAULT, Kind.ORDER, order)
    for number, name in (("D-1", "Lamp"), ("D-10", "Chair")):
        item = {"name": name, "orderNumber": number, "seller": SHOP, "itemStatus": "shipped"}
        fakes.records.add(VAULT, Kind.PURCHASE, item)
    text = anna.get(f"/orders/{order_id}").text
    assert "Order D-1" in text
    assert "On its way" in text
    assert "Lamp" in text
    assert "Chair" not in text


def test_what_has_no_name_can_be_opened(anna: FlaskClient, fakes: FakeServices) -> None:
    """Its link says so, and the seller known by a number alone stands without its scheme."""
    nameless = {"seller": {"name": "ZZ:MUSICSUPPLY"}, "orderDate": "2026-05-02"}
    record_id = fakes.records.add(VAULT, Kind.PURCHASE, nameless)
    for path in ("/", "/purchases"):
        text = anna.get(path).text
        assert f'<a href="/purchases/{record_id}">Without a name</a>' in text
        assert "ZZ:" not in text[text.index("<h1") :].split("<datalist")[0]
