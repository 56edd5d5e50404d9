"""What withholds goes on doing so: a gift added by hand, a deleted one, one that is taken back."""

from typing import Any

import pytest

from tests.conftest import sqlite_only
from tests.integration.test_gift_aliases import (
    IN_IT,
    MAIL,
    SHOP,
    STATED,
    SURPRISE,
    follow,
    seeing,
    withheld,
)
from tests.integration.test_sources import bring
from tests.story import AMAZON, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind

ORDER = ("mail", [line(Kind.ORDER, "m", totalPrice="99.00", **IN_IT)])
INVOICE = (
    "invoice",
    [
        line(Kind.INVOICE, "v", invoiceNumber="I", provider=AMAZON, referencesOrder=["7"]),
        line(Kind.PURCHASE, "v/1", ("v",), name="Rope", **IN_IT),
    ],
)
ANOTHER = ("another", [line(Kind.ORDER, "x", totalPrice="98.00", **IN_IT)])
FILES = ([SHOP], [ORDER], [SHOP, MAIL], [SHOP, INVOICE], [ORDER, INVOICE], [INVOICE])


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


@sqlite_only
@pytest.mark.parametrize("files", FILES)
def test_a_gift_added_by_hand_hides_what_comes_of_its_order(story: Story, files: list[Any]) -> None:
    """One file after another, and each of them meets what the former has brought."""
    story.add(name="Present", isGift=True, **IN_IT)
    vendor = seeing(story)
    for file in files:
        bring(story, [file])
        assert follow(vendor) == set()
    assert not vendor.items(Kind.ORDER)
    assert not vendor.items(Kind.INVOICE)
    assert not any(item.get("deleted") for page in vendor.pages for item in page.items)


@sqlite_only
@pytest.mark.parametrize("files", FILES)
def test_a_gift_added_by_hand_goes_on_hiding(story: Story, files: list[Any]) -> None:
    """Through the same files again, through another that is about the order, and its undo."""
    bring(story, files)
    story.add(name="Present", isGift=True, **IN_IT)
    vendor = seeing(story)
    bring(story, files)
    assert follow(vendor) == set()
    [another] = bring(story, [ANOTHER])
    assert follow(vendor) == set()
    story.imports.undo(story.vault, another)
    assert follow(vendor) == set()
    assert not vendor.items(Kind.ORDER)
    assert not vendor.items(Kind.INVOICE)


@sqlite_only
@pytest.mark.parametrize("first", ["deleted", "unmarked"])
def test_of_two_gifts_the_deleted_one_goes_on_withholding(story: Story, first: str) -> None:
    """Whether the other is a gift still when it is deleted, or was let go before."""
    bring(story, [SHOP, MAIL])
    ids = story.ids()
    story.mark(ids["Ring"], ids["Rope"])
    if first == "unmarked":
        story.unmark(ids["Rope"])
    story.records.delete(story.vault, Kind.PURCHASE, [ids["Ring"]])
    if first == "deleted":
        story.unmark(ids["Rope"])
    assert withheld(story) == {SURPRISE}


@sqlite_only
def test_a_source_that_calls_it_a_gift_and_is_undone_lets_nothing_go(story: Story) -> None:
    """It was withheld for a gift that was deleted, and is so again."""
    bring(story, [STATED, MAIL])
    story.records.delete(story.vault, Kind.PURCHASE, [story.ids()["Ring"]])
    stated = [one.replace(b'"name":"Your', b'"isGift":true,"name":"Your') for one in MAIL[1]]
    [again] = bring(story, [("mail", stated)])
    assert SURPRISE not in withheld(story)
    story.imports.undo(story.vault, again)
    assert withheld(story) == {SURPRISE}


@sqlite_only
@pytest.mark.parametrize("turned", [False, True])
def test_an_invoice_of_no_order_ties_as_an_order_does(story: Story, turned: bool) -> None:  # noqa: FBT001
    """Two sources have lines of one invoice that names no order: nothing tells them apart."""
    invoice: dict[str, Any] = {"invoiceNumber": "I", "provider": AMAZON}
    gift: dict[str, Any] = {"name": "Ring", "seller": AMAZON, "isGift": True}
    other: dict[str, Any] = {"name": SURPRISE, "seller": AMAZON, "price": "99.00"}
    files = [
        ("shop", [line(Kind.INVOICE, "v", **invoice), line(Kind.PURCHASE, "v/1", ("v",), **gift)]),
        ("mail", [line(Kind.INVOICE, "w", **invoice), line(Kind.PURCHASE, "w/1", ("w",), **other)]),
    ]
    bring(story, files[::-1] if turned else files)
    assert len(story.everything()["invoices"]) == 1
    assert withheld(story) == {SURPRISE}
    assert follow(seeing(story)) == set()


@sqlite_only
def test_lines_of_one_invoice_of_no_order_are_two_things(story: Story) -> None:
    """One document has both: the other line is no gift, and is seen."""
    invoice: dict[str, Any] = {"invoiceNumber": "I", "provider": AMAZON}
    lines = [
        line(Kind.INVOICE, "v", **invoice),
        line(Kind.PURCHASE, "v/1", ("v",), name="Ring", seller=AMAZON, isGift=True),
        line(Kind.PURCHASE, "v/2", ("v",), name="Rope", seller=AMAZON),
    ]
    bring(story, [("shop", lines)])
    assert withheld(story) == set()
    assert follow(seeing(story)) == {"Rope"}
