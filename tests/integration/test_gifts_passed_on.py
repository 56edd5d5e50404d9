"""What names a gift only through something else: an invoice's number, a license, another seller."""

from typing import Any

import orjson
import pytest

from tests.conftest import sqlite_only
from tests.story import AMAZON, Story, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.services.importing.same_sellers import SameSellers

GIFT = line(Kind.PURCHASE, "p", name="Ring", orderNumber="1", seller=AMAZON, isGift=True)
INVOICE: dict[str, Any] = {"invoiceNumber": "I", "provider": AMAZON}
LISTING = {**INVOICE, "referencesOrder": ["1"]}
LICENSE = line(Kind.LICENSE, "l", name="Ring app", invoiceNumber="I", seller=AMAZON)
KEY = line(Kind.LICENSE_KEY, "k", ("l",), key="a sample key")


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with one gift."""
    story = Story(services)
    story.bring_from("shop", GIFT)
    return story


def visible(story: Story, *kinds: Kind) -> int:
    """How many records of some kinds a vendor that may see no gifts reads."""
    vendor = story.connect(story.terms(*kinds))
    return sum(len(vendor.items(kind)) for kind in kinds)


def hidden_kinds(story: Story) -> int:
    """How many records stand in the gift twins."""
    return len(story.hidden())


@sqlite_only
@pytest.mark.parametrize("known", [True, False])
def test_an_invoice_that_comes_later_takes_its_license_along(story: Story, *, known: bool) -> None:
    """Whether the invoice was there and now lists the gift, or is new."""
    story.bring_from("maker", LICENSE, KEY)
    if known:
        story.bring_from("mail", line(Kind.INVOICE, "i", **INVOICE))
    story.bring_from("books", line(Kind.INVOICE, "b", **LISTING))
    assert visible(story, Kind.INVOICE, Kind.LICENSE) == 0
    assert hidden_kinds(story) == 4


@sqlite_only
def test_invoice_and_license_of_one_file(story: Story) -> None:
    """The license names the gift through an invoice that comes with it."""
    story.bring_from("maker", LICENSE, KEY, line(Kind.INVOICE, "i", **LISTING))
    assert hidden_kinds(story) == 4


@sqlite_only
def test_a_license_that_comes_with_the_gift_of_a_known_invoice(services: Services) -> None:
    """The invoice has been there before both."""
    story = Story(services)
    story.bring_from("books", line(Kind.INVOICE, "b", **LISTING))
    story.bring_from("shop", GIFT, LICENSE, KEY)
    assert hidden_kinds(story) == 4


@sqlite_only
@pytest.mark.parametrize("added", [True, False])
def test_an_invoice_by_hand_takes_its_license_along(story: Story, *, added: bool) -> None:
    """Added as it is, or changed into one that lists the gift."""
    story.bring_from("maker", LICENSE, KEY)
    if added:
        story.add(Kind.INVOICE, **LISTING)
    else:
        invoice = story.add(Kind.INVOICE, **INVOICE)
        story.records.edit(story.vault, Kind.INVOICE, invoice, dict(LISTING))
    assert hidden_kinds(story) == 4


@sqlite_only
def test_the_key_of_a_license_that_another_source_ties_to_a_gift(story: Story) -> None:
    """Also where the license that it was read with is absorbed by the one that names the gift."""
    numbered: dict[str, Any] = {"name": "Ring app", "licenseNumber": "N", "seller": AMAZON}
    story.bring_from("maker", line(Kind.LICENSE, "l", **numbered), KEY)
    story.bring_from("shop", line(Kind.LICENSE, "s", **numbered, orderNumber="1"))
    assert hidden_kinds(story) == 3


@sqlite_only
def test_what_is_looked_at_and_stays_as_it_is_follows_too(story: Story) -> None:
    """Another license comes with the invoice: both licenses are compared, neither changes."""
    story.bring_from("maker", LICENSE)
    other = line(Kind.LICENSE, "o", name="Another app", licenseNumber="X", seller={"name": "B"})
    story.bring_from("books", line(Kind.INVOICE, "b", **LISTING), other)
    assert hidden_kinds(story) == 3
    assert visible(story, Kind.LICENSE) == 1


@sqlite_only
def test_undone_while_another_gift_holds_the_invoice(services: Services) -> None:
    """A license stays that names the other gift through the invoice of both."""
    story = Story(services)
    books = {**INVOICE, "referencesOrder": ["1", "2"]}
    story.bring_from("books", line(Kind.INVOICE, "b", **books), LICENSE)
    rope: dict[str, Any] = {"name": "Rope", "orderNumber": "2", "seller": AMAZON}
    story.bring_from("wishes", line(Kind.PURCHASE, "r", **rope, isGift=True))
    last = story.bring_from("shop", GIFT, line(Kind.PURCHASE, "q", **rope, sku="R"))
    story.imports.undo(story.vault, last)
    assert visible(story, Kind.INVOICE, Kind.LICENSE) == 0


@sqlite_only
def test_an_order_by_hand_under_a_joined_seller(story: Story) -> None:
    """No source states anything of it; the gift's number is its own once the sellers are one."""
    story.add(Kind.ORDER, orderNumber="1", seller={"name": "Amazon EU"})
    assert visible(story, Kind.ORDER) == 1
    SameSellers(story.store).join(story.vault, "name:amazon", "name:amazon eu")
    assert visible(story, Kind.ORDER) == 0


@sqlite_only
def test_a_gift_of_a_market_place_hides_the_order_there(services: Services) -> None:
    """Who gave the number counts, though the seller is another."""
    story = Story(services)

    def at_the_mall(content: bytes) -> bytes:
        return orjson.dumps({**orjson.loads(content), "issuer": "Mall"})

    story.bring_from("mall", at_the_mall(line(Kind.ORDER, "o", orderNumber="1", seller=AMAZON)))
    gift: dict[str, Any] = {
        "name": "Ring",
        "orderNumber": "1",
        "seller": {"name": "B"},
        "isGift": True,
    }
    story.bring_from("mall", at_the_mall(line(Kind.PURCHASE, "p", **gift)))
    assert visible(story, Kind.ORDER) == 0
