import pytest

from vault.domain.compartments import Compartment, Kind
from vault.domain.records import FIELDS, RecordData, check
from vault.domain.sellers import seller_key
from vault.errors import InvalidInput

PURCHASE: RecordData = {
    "orderNumber": "112-0000001-0000001",
    "orderDate": "2025-02-28",
    "seller": {"name": "Paper & Sons", "identifier": "paper.example"},
    "name": "Notebook",
    "quantity": "2",
    "price": "4.50",
    "lineTotal": "-9.00",
    "priceCurrency": "USD",
    "serialNumbers": ["A1", "A2"],
    "isGift": True,
}


def test_a_whole_purchase_passes() -> None:
    """Data in the interface's shape is accepted."""
    check(Kind.PURCHASE, PURCHASE)


def test_fields_follow_the_interface() -> None:
    """The first and last fields of each kind stand as the interface lists them."""
    ends = {kind: (names[0], names[-1]) for kind, names in FIELDS.items()}
    assert ends == {
        Kind.PURCHASE: ("orderNumber", "site"),
        Kind.ORDER: ("orderNumber", "deliveries"),
        Kind.INVOICE: ("invoiceNumber", "lines"),
        Kind.LICENSE: ("name", "hasKey"),
        Kind.PREFERENCE: ("subject", "validThrough"),
        Kind.LICENSE_KEY: ("key", "key"),
        Kind.PAYMENT: ("paymentDate", "matches"),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", 4.5),
        ("price", 4),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", "1e3"),
        ("price", "1,000.00"),
        ("price", "1."),
        ("price", ".5"),
        ("price", "+1"),
        ("price", "007"),
        ("price", "٣"),
        ("price", "1\n"),
        ("priceCurrency", "usd"),
        ("priceCurrency", "US Dollar"),
        ("orderDate", "2025-02-29"),
        ("orderDate", "2025-2-28"),
        ("orderDate", "20250228"),
        ("orderDate", "2025-W01-1"),
        ("orderDate", "2025-02-28T10:00:00Z"),
        ("name", ""),
        ("name", "a\x00b"),
        ("name", "\ud800"),
        ("name", None),
        ("name", "x" * 20_001),
        ("isGift", "true"),
        ("isGift", 1),
        ("seller", "Paper & Sons"),
        ("seller", {}),
        ("seller", {"name": 3}),
        ("seller", {"name": "x", "vat": "y"}),
        ("serialNumbers", []),
        ("serialNumbers", "A1"),
        ("serialNumbers", ["A1", ""]),
        ("mismatches", [{"field": "price", "stated": 3}]),
        ("id", "00"),
        ("source", {"connector": "amazon"}),
        ("colour", "red"),
    ],
)
def test_what_cannot_stand_is_refused_by_name(field: str, value: object) -> None:
    """One wrong field is refused, named, and its value is not repeated."""
    with pytest.raises(InvalidInput) as refused:
        check(Kind.PURCHASE, {**PURCHASE, field: value})
    assert f"purchase.{field}" in refused.value.message
    assert "colour" not in str(value) or "red" not in refused.value.message


def test_nested_shapes_of_an_order_and_an_invoice_pass() -> None:
    """Deliveries, lines, lists of references and mismatches have shapes of their own."""
    delivery = {"trackingNumber": "1Z", "provider": "UPS", "deliveredAt": "2025-01-02T10:00:00Z"}
    check(Kind.ORDER, {"orderNumber": "1", "deliveries": [delivery]})
    mismatch = {"field": "taxTotal", "stated": "1", "computed": "2", "reason": "sum of categories"}
    line = {"position": "1", "name": "Pen", "quantity": "1", "lineTotal": "3.00"}
    data = {"lines": [line], "referencesOrder": ["4711"], "mismatches": [mismatch]}
    check(Kind.INVOICE, data)


@pytest.mark.parametrize(
    "data",
    [
        {"lines": [{"lineTotal": 3}]},
        {"lines": [{"colour": "red"}]},
        {"lines": ["1"]},
        {"referencesOrder": "4711"},
        {},
    ],
)
def test_wrong_nested_shapes_are_refused(data: RecordData) -> None:
    """Members are checked as strictly as fields; a record without any field is none."""
    with pytest.raises(InvalidInput, match=r"^invoice"):
        check(Kind.INVOICE, data)


@pytest.mark.parametrize(
    ("seller", "key"),
    [
        (None, ""),
        ({}, ""),
        ({"name": "  The  Sellercompany  "}, "name:the sellercompany"),
        ({"name": "STRASSE"}, "name:strasse"),
        ({"name": "Straße"}, "name:strasse"),
        ({"name": "Other", "identifier": " GB:123 "}, "id:gb:123"),
    ],
)
def test_seller_keys(seller: dict[str, str] | None, key: str) -> None:
    """An identifier decides alone; a name is compared without case or extra spaces."""
    assert seller_key(seller) == key


def test_compartments_have_their_numbers_for_ever() -> None:
    """The numbers stand in sealed envelopes: a change would make them unopenable."""
    numbers = [1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 21, 22, 23, 24, 25]
    assert [compartment.value for compartment in Compartment] == numbers


def test_each_kind_that_can_reveal_a_gift_has_a_twin() -> None:
    """Preferences reveal no gift, payments no vendor sees; every other kind has a twin."""
    twins = {kind: kind.gift_compartment for kind in Kind}
    assert twins.pop(Kind.PREFERENCE) is None
    assert twins.pop(Kind.PAYMENT) is None
    for kind, twin in twins.items():
        assert twin is not None
        assert twin.is_gifts
        assert twin.kind is kind
        assert twin.label == f"gifts.{kind.plural}"


PAYMENT: RecordData = {
    "paymentDate": "2026-03-02",
    "amount": "-12.50",
    "priceCurrency": "EUR",
    "payee": {"name": "CDW"},
    "reference": "RF18 539007547034",
    "referencesInvoice": ["2026-118"],
    "account": "3000",
    "matches": [{"invoice": "00" * 16, "decision": "confirmed"}],
}


def test_a_whole_payment_passes() -> None:
    """What a bank states of it, and the customer's own word on it."""
    check(Kind.PAYMENT, PAYMENT)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("account", "DE89370400440532013000"),
        ("account", ""),
        ("account", 3000),
        ("matches", [{"invoice": "00", "decision": "perhaps"}]),
        ("matches", []),
        ("paymentDate", "2026-03-02T10:00:00Z"),
        ("amount", "12,50"),
    ],
)
def test_a_payment_keeps_no_whole_account_number(name: str, value: object) -> None:
    """Of the account its last four characters; of a match one of two words."""
    with pytest.raises(InvalidInput, match=name):
        check(Kind.PAYMENT, {**PAYMENT, name: value})
