"""Amazon's returns and refunds: what became of orders and items, and nothing added up."""

import io
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES, Reading, read
from vault.connectors.amazon import Amazon
from vault.connectors.amazon.days import day
from vault.connectors.base import Document
from vault.domain.identity import names_of
from vault.domain.records import ParsedRecord, check
from vault.errors import InvalidInput, UnsupportedDocument

CASES = FIXTURES / "amazon"
SAMPLES = sorted(path.read_bytes() for path in CASES.glob("*/input.csv"))


def _case(name: str) -> bytes:
    return (CASES / name / "input.csv").read_bytes()


def _states(reading: Reading) -> set[tuple[str, str]]:
    return {(data["orderNumber"], data["orderStatus"]) for data in reading.of("order")}


def test_a_refund_that_is_stated_twice_is_one() -> None:
    """The files repeat what happened: an order is refunded once, as of the latest date."""
    reading = read(_case("refund-details-2026"))
    first = reading.records[0]
    assert (first.source_id, first.as_of) == ("refunded/111-1000001-0000001", "2026-03-02")
    payments = read(_case("refund-payments-2023"))
    assert [record.as_of for record in payments.records] == ["2023-07-04"]


def test_what_is_not_complete_changes_nothing() -> None:
    """Pending reversals, failed payments, expired and unrefunded returns are no returns."""
    assert ("111-1000003-0000003", "refunded") not in _states(read(_case("refund-details-2026")))
    assert _states(read(_case("returns-status-2026"))) == {("111-1000001-0000001", "returned")}
    assert _states(read(_case("orders-returned-2023"))) == {("111-3000001-0000001", "refunded")}


def test_amounts_of_refunds_are_read_nowhere() -> None:
    """A refund is a part of what was paid, stated in several files: no record has it."""
    for path in CASES.glob("*/input.csv"):
        if not any(word in path.parent.name for word in ("refund", "return")):
            continue
        for record in read(path.read_bytes()).records:
            assert not {"price", "lineTotal", "totalPrice"} & set(record.data)


def test_a_return_joins_its_order_and_its_item() -> None:
    """What came back has the names of what was ordered: Amazon's number, whoever sells."""
    ordered = read(_case("digital-content-2026")).records
    returned = read(_case("digital-returns-2026")).records

    def names(record: ParsedRecord) -> frozenset[str]:
        return names_of(record.kind, record.data, record.issuer, {})

    first, order = ordered[0], ordered[2]
    back, item = returned
    assert names(first) == names(item) != frozenset()
    assert names(order) == names(back) != frozenset()
    assert first.data["sku"] == item.data["sku"]


@pytest.mark.parametrize("path", sorted(CASES.glob("*/input.*")), ids=lambda p: p.parent.name)
def test_amazon_is_the_issuer_of_all_its_numbers(path: Path) -> None:
    """Each purchase and order says that its number is Amazon's."""
    assert {record.issuer for record in read(path.read_bytes()).records} == {"Amazon"}


def test_components_of_a_price_are_one_item() -> None:
    """Price, tax and promotion are rows of one digital item, and none is added to another."""
    novel, audio = read(_case("digital-content-2026")).of("purchase")
    assert (novel["price"], audio["price"]) == ("12.99", "14.95")
    assert not {"lineTotal"} & (set(novel) | set(audio))


def test_a_digital_item_may_state_a_gift() -> None:
    """`GiftItem` says whether a digital item is a gift."""
    header = "ASIN,Title,OrderId,DigitalOrderItemId,OrderDate,OurPrice,GiftItem,GiftMessage"
    row = "B0BOOK0001,A Novel,D01-1,ITEM1,2021-05-04,9.99,{},Not Available"
    for stated, gift in (("Yes", True), ("No", None), ("N/A", None)):
        (bought,) = read(f"{header}\n{row.format(stated)}\n".encode()).of("purchase")
        assert bought.get("isGift") is gift
        assert bought["name"] == "A Novel"


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("2023-05-04T10:11:12Z", "2023-05-04"),
        ("2020-05-04 10:11:12.0", "2020-05-04"),
        ("2021-05-04", "2021-05-04"),
        ("05/04/2020 10:11:12 UTC", "2020-05-04"),
        ("05/04/2020 10:11", "2020-05-04"),
        ("Mon, 04 May 2020 10:11:12 GMT", "2020-05-04"),
    ],
)
def test_dates_of_every_vintage(written: str, read_as: str) -> None:
    """Exports before 2022 write American moments, and the files of returns mail dates."""
    assert day(written) == read_as


@pytest.mark.parametrize("written", ["", "soon", "13/13/2020 10:00:00 UTC", "Mon, 99 May 2020"])
def test_what_is_no_date_is_refused(written: str) -> None:
    """Nothing is guessed at."""
    with pytest.raises(ValueError, match=r".*"):
        day(written)


@st.composite
def _mutated(draw: st.DrawFn) -> bytes:
    content = bytearray(draw(st.sampled_from(SAMPLES)))
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(content)))
        piece = draw(st.sampled_from([b",", b'"', b"\n", b"\x00", b"\xff", b"Yes", b"1,0"]))
        content[at : at + draw(st.integers(0, 8))] = piece
    return bytes(content)


@settings(max_examples=150, deadline=None)
@given(_mutated())
def test_mutated_files_end_in_records_errors_or_a_refusal(content: bytes) -> None:
    """Whatever the bytes, nothing else comes out; a record that cannot stand is named by check."""
    document = Document("input.csv", io.BytesIO(content))
    Amazon().identify(document)
    try:
        for item in Amazon().extract(document):
            if isinstance(item, ParsedRecord):
                with suppress(InvalidInput):  # the child makes an error of the row out of it
                    check(item.kind, item.data)
    except UnsupportedDocument:
        pass
