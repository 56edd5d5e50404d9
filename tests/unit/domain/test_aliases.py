"""Which purchases may be a gift under another name."""

from typing import Any

import pytest

from vault.domain.aliases import Aliases, Bought, documents_of, is_open, marks_of
from vault.domain.compartments import Kind
from vault.domain.relations import Relation, link_to, relate

AMAZON, CDW = {"name": "Amazon"}, {"name": "CDW"}
GIFT, OTHER, INVOICE = b"g" * 16, b"o" * 16, b"i" * 16


def purchase(document: str = "order:a", connector: str = "shop", **data: Any) -> dict[str, Any]:
    """A purchase as one line of a document states it."""
    source = {"connector": connector, "sourceId": "1", "document": document, "fileDigest": "f"}
    return {"orderNumber": "A-1", "seller": AMAZON, **data, "source": source}


def bought(record_id: bytes, data: dict[str, Any]) -> Bought:
    """A purchase as it is compared."""
    return Bought(relate(Kind.PURCHASE, record_id, data), documents_of(data))


def aliases(*gifts: dict[str, Any], same: dict[str, str] | None = None) -> Aliases:
    """Some gifts."""
    found = Aliases(same or {})
    for gift in gifts:
        found.add(bought(GIFT, gift))
    return found


def may_be(other: dict[str, Any], *gifts: dict[str, Any], **same: str) -> bool:
    """Whether a purchase may be one of some gifts."""
    joined = {f"name:{name}": f"name:{one}" for name, one in same.items()}
    return aliases(*gifts, same=joined).may_be(bought(OTHER, other))


def test_two_lines_of_one_document_are_two_things() -> None:
    """Of another document, or of another source's document of that name, they may be one."""
    assert not may_be(purchase(), purchase())
    assert may_be(purchase("order:b"), purchase())
    assert may_be(purchase(connector="mail"), purchase())
    assert may_be(purchase("order:b"), purchase(), purchase("order:b", "mail"))


def test_it_must_be_told_apart_from_each_gift() -> None:
    """A document with one of two gifts proves nothing of the other."""
    assert may_be(purchase(), purchase(), purchase("order:b"))


@pytest.mark.parametrize("connector", ["sheet", "shop"])
def test_where_the_document_is_not_sure_the_file_is(connector: str) -> None:
    """Of a table, and of a line of which the source has no record of its document."""
    document = "order:a" if connector == "sheet" else ""
    one, other = (purchase(document, connector) for _ in range(2))
    assert not may_be(one, other)
    other["source"]["fileDigest"] = "g"
    assert may_be(one, other)


def test_numbers_count_between_sellers_that_can_be_the_same() -> None:
    """Another seller's order of that number is another; who states no seller may be any."""
    elsewhere = purchase("order:b", seller=CDW)
    assert not may_be(elsewhere, purchase())
    assert may_be(elsewhere, purchase(), cdw="amazon")
    assert may_be(purchase("order:b", seller={}), purchase())
    assert not may_be(purchase("order:b", orderNumber="A-2"), purchase())


def test_a_line_without_a_number_is_of_the_orders_that_its_invoice_names() -> None:
    """Whichever of the two is the gift."""
    named = Relation((link_to(INVOICE.hex()), "o:a-1"), ("name:amazon",))
    unnumbered = purchase("invoice:v", orderNumber="", links=[INVOICE.hex()])
    found = aliases(purchase())
    assert not found.may_be(bought(OTHER, unnumbered))
    found.list(link_to(INVOICE.hex()), named)
    assert found.may_be(bought(OTHER, unnumbered))
    found = aliases(unnumbered)
    assert not found.may_be(bought(OTHER, purchase()))
    found.number(link_to(INVOICE.hex()), named)
    assert found.may_be(bought(OTHER, purchase()))


def test_so_many_gifts_of_one_order_are_told_apart_from_nothing() -> None:
    """A hostile file must not make everybody wait; too much is withheld instead."""
    gifts = (purchase(f"order:{number}") for number in range(300))
    both = {**purchase(), "sources": []}
    both["sources"] = [
        {"connector": "shop", "sourceId": "1", "document": f"order:{number}", "stated": {}}
        for number in range(300)
    ]
    assert may_be(both, *gifts)


@pytest.mark.parametrize("data", [{"isGift": True}, {"edits": ["isGift"]}])
def test_a_word_decides(data: dict[str, Any]) -> None:
    """A document's or the customer's; what was added by hand is what it says."""
    assert not is_open(purchase(**data))
    assert is_open(purchase(edits=["name"]))
    assert not is_open({"orderNumber": "A-1"})


def test_the_index_keeps_what_decides_of_those_in_the_twin_alone() -> None:
    """Documents of gifts, a mark of what is withheld, nothing of all others."""
    assert marks_of(purchase(isGift=True), gift=True) == ("d:shop|order:a",)
    assert marks_of(purchase(), gift=True) == ("w:",)
    assert marks_of(purchase(), gift=False) == ()
