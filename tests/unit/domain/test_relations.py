"""Which records name which gift."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import Kind
from vault.domain.relations import GiftNames, Relation, link_to, numbers_of_invoice, relate

AMAZON, CDW = {"name": "Amazon"}, {"name": "CDW"}
GIFT, OTHER = b"g" * 16, b"o" * 16


def named(
    kind: Kind, record: dict[str, Any], gift: dict[str, Any], record_id: bytes = OTHER
) -> bool:
    """Whether a record names a purchase that is a gift."""
    names = GiftNames([relate(Kind.PURCHASE, GIFT, gift)])
    return names.named_by(relate(kind, record_id, record))


@pytest.mark.parametrize(
    ("kind", "record"),
    [
        (Kind.ORDER, {"orderNumber": "A-1"}),
        (Kind.ORDER, {"orderNumber": " a-1 "}),
        (Kind.INVOICE, {"referencesOrder": ["B-2", "A-1"]}),
        (Kind.INVOICE, {"lines": [{"orderNumber": "B-2"}, {"orderNumber": "A-1"}]}),
        (Kind.LICENSE, {"orderNumber": "A-1"}),
        (Kind.LICENSE_KEY, {"orderNumber": "A-1"}),
    ],
)
def test_an_order_number_names_the_gift(kind: Kind, record: dict[str, Any]) -> None:
    """Whatever its spelling in case and blanks, at the top or in a line."""
    assert named(kind, record, {"orderNumber": "A-1"})


def test_a_number_counts_between_sellers_that_can_be_the_same() -> None:
    """Two shops may both have an order 1001; without a seller the number alone decides."""
    gift = {"orderNumber": "1001", "seller": AMAZON}
    order: dict[str, Any] = {"orderNumber": "1001"}
    assert named(Kind.ORDER, {**order, "seller": AMAZON}, gift)
    assert named(Kind.ORDER, {**order, "seller": {"name": " AMAZON "}}, gift)
    assert named(Kind.ORDER, order, gift)
    assert named(Kind.ORDER, {**order, "seller": CDW}, {"orderNumber": "1001"})
    assert not named(Kind.ORDER, {**order, "seller": CDW}, gift)


def test_an_identifier_and_a_name_are_one_seller() -> None:
    """One document states both, another only the name."""
    both = {"name": "Amazon", "identifier": "DE1"}
    gift = {"orderNumber": "1", "seller": both}
    assert named(Kind.ORDER, {"orderNumber": "1", "seller": AMAZON}, gift)
    assert named(Kind.ORDER, {"orderNumber": "1", "seller": {"identifier": "de1"}}, gift)


def test_a_link_counts_whoever_the_sellers_are() -> None:
    """It was made when both were read from one document."""
    gift = {"links": [OTHER.hex()], "seller": CDW}
    assert named(Kind.ORDER, {"seller": AMAZON}, gift)
    assert not named(Kind.ORDER, {"seller": AMAZON}, gift, record_id=b"x" * 16)


def test_a_sibling_line_is_no_naming_record() -> None:
    """A purchase's own id is no token: only what lists it can betray it."""
    assert link_to(GIFT.hex()) not in relate(Kind.PURCHASE, GIFT, {"name": "x"}).tokens


def test_a_license_is_named_by_its_invoices_number_alone() -> None:
    """What an invoice passes on is its own number, not its orders'."""
    invoice = relate(Kind.INVOICE, OTHER, {"invoiceNumber": "I 7", "referencesOrder": ["1", "2"]})
    assert numbers_of_invoice(invoice) == ("i:i7",)


relations = st.builds(
    Relation,
    st.lists(st.sampled_from(["o:1", "o:2", "i:1", "@a", "@b"]), max_size=3).map(tuple),
    st.lists(st.sampled_from(["name:x", "name:y"]), max_size=2).map(tuple),
)


@given(st.lists(relations), relations, relations)
def test_one_gift_more_hides_no_less(
    gifts: list[Relation], more: Relation, other: Relation
) -> None:
    """Names only ever grow, and the order in which gifts are marked does not matter."""
    before, after = GiftNames(gifts), GiftNames([*gifts, more])
    if before.named_by(other):
        assert after.named_by(other)
    assert GiftNames([more, *reversed(gifts)]).named_by(other) == after.named_by(other)
    assert not GiftNames().named_by(other)


def test_a_number_counts_under_every_name_of_its_seller() -> None:
    """Sellers that the customer has joined are one; what came by either name is tied."""
    gift = relate(Kind.PURCHASE, GIFT, {"orderNumber": "7", "seller": {"name": "A"}})
    bill = relate(Kind.INVOICE, b"i" * 16, {"referencesOrder": ["7"], "provider": {"name": "B"}})
    assert not GiftNames([gift]).named_by(bill)
    same = {"name:a": "name:a", "name:b": "name:a"}
    assert GiftNames([gift], same).named_by(bill)
