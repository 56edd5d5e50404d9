"""A gift under another name: what may be one is withheld, until a document or the customer says.

Vendors' mirrors are compared after each step: they are what a vendor has seen, deletions included.
"""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import sqlite_only
from tests.integration.test_sources import Sources, bring, fresh, in_two_orders, vault_of
from tests.story import AMAZON, Story, Vendor, line
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.services.importing.same_sellers import SameSellers
from vault.services.records.lists import Query

IN_IT: dict[str, Any] = {"orderNumber": "7", "seller": AMAZON}
SHOP = (
    "shop",
    [
        line(Kind.ORDER, "o", **IN_IT),
        line(Kind.PURCHASE, "o/1", ("o",), name="Ring", sku="R-1", price="99.00", **IN_IT),
        line(Kind.PURCHASE, "o/2", ("o",), name="Rope", sku="S-2", **IN_IT),
    ],
)
MAIL = (
    "mail",
    [
        line(Kind.ORDER, "m", **IN_IT),
        line(Kind.PURCHASE, "m/1", ("m",), name="Your golden surprise", price="99.00", **IN_IT),
    ],
)
BOTH = (
    "invoice",
    [
        line(Kind.INVOICE, "v", invoiceNumber="I", provider=AMAZON, referencesOrder=["7"]),
        line(Kind.PURCHASE, "v/1", ("v",), name="Ring", sku="R-1", **IN_IT),
        line(Kind.PURCHASE, "v/2", ("v",), name="Your golden surprise", **IN_IT),
    ],
)
STATED = (SHOP[0], [one.replace(b'"sku":"R-1"', b'"isGift":true,"sku":"R-1"') for one in SHOP[1]])
LISTS = (
    "invoice",
    [
        line(Kind.INVOICE, "w", invoiceNumber="J", provider=AMAZON, referencesOrder=["7", "8"]),
        line(Kind.PURCHASE, "w/1", ("w",), name="Article 4711", price="99.00", seller=AMAZON),
    ],
)
SURPRISE = "Your golden surprise"


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def withheld(story: Story) -> set[str]:
    """The names of the purchases that are withheld, and no gifts."""
    found = [one for one in story.everything()["purchases"] if one.get("withheld")]
    assert not any("isGift" in one for one in found)
    return {one["name"] for one in found}


def seeing(story: Story) -> Vendor:
    """A vendor that may see everything but gifts, and has read it all."""
    kinds = [kind for kind in Kind if kind not in (Kind.PAYMENT, Kind.LICENSE_KEY)]
    vendor = story.connect(story.terms(*kinds))
    follow(vendor)
    return vendor


def follow(vendor: Vendor) -> set[str]:
    """Read on; the names of the purchases in its mirror, which is what it would read anew."""
    for kind in (Kind.PURCHASE, Kind.ORDER, Kind.INVOICE):
        mirror = vendor.catch_up(kind, limit=2)
        assert sorted(mirror) == sorted(one["id"] for one in vendor.items(kind))
    return {one["name"] for one in vendor.mirror[Kind.PURCHASE].values()}


@sqlite_only
def test_a_mark_withholds_what_may_be_the_gift(story: Story) -> None:
    """Of the other lines of its order that one which no document tells apart from it."""
    bring(story, [SHOP, MAIL])
    vendor = seeing(story)
    ring = story.ids()["Ring"]
    assert story.gifts.consequence(story.vault, [ring]) == 1
    story.mark(ring)
    assert withheld(story) == {SURPRISE}
    assert follow(vendor) == {"Rope"}
    before = vendor.page().items
    assert not any(item.get("deleted") or "isGift" in item for item in before)
    story.unmark(ring)
    assert withheld(story) == set()
    assert follow(vendor) == {"Ring", "Rope", SURPRISE}
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_a_vendor_is_told_that_it_is_deleted_and_nothing_else(story: Story) -> None:
    """The same tombstone as for the gift itself, and the same refusal of its id."""
    bring(story, [SHOP, MAIL])
    vendor = seeing(story)
    held = {one["name"]: record_id for record_id, one in vendor.mirror[Kind.PURCHASE].items()}
    story.mark(story.ids()["Ring"])
    page = vendor.page(Kind.PURCHASE, vendor.cursors[Kind.PURCHASE])
    assert sorted(page.items, key=str) == sorted(
        ({"id": held[name], "deleted": True} for name in ("Ring", SURPRISE)), key=str
    )


@sqlite_only
@pytest.mark.parametrize("marked", ["by hand", "by the document"])
def test_what_comes_later_is_withheld_at_once(story: Story, marked: str) -> None:
    """No tombstone is written: nobody could read it for a moment."""
    if marked == "by hand":
        bring(story, [SHOP])
        story.mark(story.ids()["Ring"])
    else:
        bring(story, [STATED])
    vendor = seeing(story)
    bring(story, [MAIL])
    assert withheld(story) == {SURPRISE}
    assert follow(vendor) == {"Rope"}
    assert not any(item.get("deleted") for page in vendor.pages for item in page.items)


@sqlite_only
def test_a_stated_gift_withholds_what_was_there(story: Story) -> None:
    """The document that says it is a gift comes last."""
    bring(story, [MAIL])
    vendor = seeing(story)
    assert follow(vendor) == {SURPRISE}
    bring(story, [STATED])
    assert withheld(story) == {SURPRISE}
    assert follow(vendor) == {"Rope"}


@sqlite_only
def test_a_document_that_has_both_lines_lets_it_go(story: Story) -> None:
    """Two lines of one document are two things; undone, it may be the gift again."""
    bring(story, [STATED, MAIL])
    vendor = seeing(story)
    [proof] = bring(story, [BOTH])
    assert withheld(story) == set()
    assert follow(vendor) == {"Rope", SURPRISE}
    story.imports.undo(story.vault, proof)
    assert withheld(story) == {SURPRISE}
    assert follow(vendor) == {"Rope"}
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_the_customer_lets_it_go(story: Story) -> None:
    """Not a gift: the word stands through every later mark and import."""
    bring(story, [SHOP, MAIL])
    vendor = seeing(story)
    ids = story.ids()
    story.mark(ids["Ring"])
    assert story.gifts.unmark(story.vault, [ids[SURPRISE]]).vendors == 1
    assert follow(vendor) == {"Rope", SURPRISE}
    story.unmark(ids["Ring"])
    story.mark(ids["Ring"])
    bring(story, [MAIL, BOTH, SHOP])
    assert withheld(story) == set()
    assert follow(vendor) == {"Rope", SURPRISE}


@sqlite_only
def test_the_customer_says_that_it_is_the_gift(story: Story) -> None:
    """Then each of the two is a gift, and one unmarked may still be the other."""
    bring(story, [SHOP, MAIL])
    vendor = seeing(story)
    ids = story.ids()
    story.mark(ids["Ring"])
    story.mark(ids[SURPRISE])
    assert withheld(story) == {"Rope"}, "no document has it beside what is a gift now"
    assert follow(vendor) == set()
    story.unmark(ids["Ring"])
    assert withheld(story) == {"Rope"}
    assert follow(vendor) == {"Ring"}
    story.unmark(ids[SURPRISE])
    assert follow(vendor) == {"Ring", "Rope", SURPRISE}


@sqlite_only
def test_what_is_withheld_withholds_nothing(story: Story) -> None:
    """It is nobody's gift: with the gift unmarked nothing is left in the twins."""
    other = ("ship", [line(Kind.ORDER, "s", **IN_IT)])
    other[1].append(line(Kind.PURCHASE, "s/1", ("s",), name="Parcel 1", **IN_IT))
    bring(story, [SHOP, MAIL, other])
    ring = story.ids()["Ring"]
    story.mark(ring)
    assert withheld(story) == {SURPRISE, "Parcel 1"}
    story.unmark(ring)
    assert story.hidden() == set()


@sqlite_only
def test_a_gift_by_hand_withholds_its_whole_order(story: Story) -> None:
    """No document has it beside anything; what else was added by hand is what it says it is."""
    bring(story, [SHOP])
    story.add(name="Bow", **IN_IT)
    vendor = seeing(story)
    gift = story.add(name="Present", isGift=True, **IN_IT)
    assert withheld(story) == {"Ring", "Rope"}
    assert follow(vendor) == {"Bow"}
    form = {"name": "Present", "orderNumber": "8", "seller": AMAZON}
    story.records.edit(story.vault, Kind.PURCHASE, gift, form)
    assert withheld(story) == set()
    assert follow(vendor) == {"Ring", "Rope", "Bow"}
    story.records.edit(story.vault, Kind.PURCHASE, gift, {**form, "orderNumber": "7"})
    assert follow(vendor) == {"Bow"}


@sqlite_only
def test_deleting_the_gift_lets_nothing_go(story: Story) -> None:
    """What is gone can be compared with nothing; only the customer's word releases, or its end."""
    bring(story, [SHOP, MAIL])
    vendor = seeing(story)
    ids = story.ids()
    story.mark(ids["Ring"])
    story.records.delete(story.vault, Kind.PURCHASE, [ids["Ring"]])
    assert withheld(story) == {SURPRISE}
    bring(story, [("mail", [*MAIL[1], line(Kind.ORDER, "n", orderStatus="shipped", **IN_IT)])])
    [again] = bring(story, [("ship", [line(Kind.PURCHASE, "s/1", name=SURPRISE, **IN_IT)])])
    assert withheld(story) == {SURPRISE}
    story.imports.undo(story.vault, again)
    form = {"name": "A surprise", **IN_IT}
    story.records.edit(story.vault, Kind.PURCHASE, ids[SURPRISE], form)
    assert withheld(story) == {"A surprise"}
    assert follow(vendor) == {"Rope"}
    story.unmark(ids[SURPRISE])
    assert follow(vendor) == {"Rope", "A surprise"}
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
@pytest.mark.parametrize("first", [LISTS, STATED])
def test_a_line_without_an_order_of_an_invoice_that_lists_it(
    story: Story, first: tuple[str, list[bytes]]
) -> None:
    """Its invoice names two orders, so the line itself names none: it may be the gift's."""
    bring(story, [first])
    vendor = seeing(story)
    [last] = bring(story, [LISTS if first is STATED else STATED])
    assert withheld(story) == {"Article 4711"}
    assert follow(vendor) == {"Rope"}
    story.imports.undo(story.vault, last)
    assert withheld(story) == set()


@sqlite_only
def test_a_gift_that_names_no_order_itself(story: Story) -> None:
    """Marked on an invoice of two orders, it may be any line of both."""
    bring(story, [LISTS, SHOP])
    vendor = seeing(story)
    article = story.ids()["Article 4711"]
    story.mark(article)
    assert withheld(story) == {"Ring", "Rope"}
    assert follow(vendor) == set()
    [invoice] = story.ids(Kind.INVOICE).values()
    story.records.delete(story.vault, Kind.INVOICE, [invoice])
    assert withheld(story) == {"Ring", "Rope"}
    assert follow(vendor) == set()


@sqlite_only
def test_an_invoice_corrected_by_hand(story: Story) -> None:
    """It names the gift's order as well from then on: its lines may be the gift."""
    bill = [line(Kind.INVOICE, "w", invoiceNumber="J", provider=AMAZON)]
    bill.append(line(Kind.PURCHASE, "w/1", ("w",), name="Article 4711", seller=AMAZON))
    bring(story, [STATED, ("invoice", bill)])
    vendor = seeing(story)
    assert follow(vendor) == {"Rope", "Article 4711"}
    [invoice] = story.ids(Kind.INVOICE).values()
    form = {"invoiceNumber": "J", "provider": AMAZON, "referencesOrder": ["7"]}
    story.records.edit(story.vault, Kind.INVOICE, invoice, form)
    assert follow(vendor) == {"Rope"}


@sqlite_only
def test_what_names_a_withheld_purchase_is_hidden_too(story: Story) -> None:
    """An invoice that states no order, of a line that does, would betray the price."""
    bill = [line(Kind.INVOICE, "w", invoiceNumber="J", provider=AMAZON, totalPaymentDue="99.00")]
    bill.append(line(Kind.PURCHASE, "w/1", ("w",), name=SURPRISE, **IN_IT))
    bring(story, [STATED, ("invoice", bill)])
    vendor = seeing(story)
    assert vendor.items(Kind.INVOICE) == []
    story.unmark(story.ids()[SURPRISE])
    assert len(vendor.items(Kind.INVOICE)) == 1
    assert vendor.items(Kind.ORDER) == []


@sqlite_only
def test_lines_of_two_tables_are_not_told_apart_by_their_order(story: Story) -> None:
    """Tables come from anywhere: only rows of one file stand side by side."""
    rows = [line(Kind.ORDER, "order/7", **IN_IT)]
    one, two = (
        [*rows, line(Kind.PURCHASE, f"row/{name}", ("order/7",), name=name, **IN_IT)]
        for name in ("Ring", SURPRISE)
    )
    bring(story, [("sheet", one), ("sheet", two)])
    story.mark(story.ids()["Ring"])
    assert withheld(story) == {SURPRISE}


@sqlite_only
def test_sellers_that_are_joined(story: Story) -> None:
    """Another seller's order of that number is another order, until the customer says otherwise."""
    elsewhere: dict[str, Any] = {"orderNumber": "7", "seller": {"name": "Amazon EU"}}
    mail = [line(Kind.ORDER, "m", **elsewhere)]
    mail.append(line(Kind.PURCHASE, "m/1", ("m",), name=SURPRISE, **elsewhere))
    bring(story, [STATED, ("mail", mail)])
    vendor = seeing(story)
    assert follow(vendor) == {"Rope", SURPRISE}
    sellers = SameSellers(story.store)
    sellers.join(story.vault, "name:amazon", "name:amazon eu")
    assert withheld(story) == {SURPRISE}
    assert follow(vendor) == {"Rope"}
    sellers.separate(story.vault, sellers.answers(story.vault)[0].link_id)
    assert follow(vendor) == {"Rope", SURPRISE}


@sqlite_only
def test_a_word_for_the_other_name_does_not_release_the_gift(story: Story) -> None:
    """The customer says of another seller's ring that it is none; then the two are one thing."""
    ring: dict[str, Any] = {"name": "Ring EU", "sku": "R-1", "orderNumber": "7"}
    other = line(Kind.PURCHASE, "m/1", ("m",), **ring, seller={"name": "Amazon EU"})
    bring(story, [STATED, ("mail", [other])])
    vendor = seeing(story)
    story.mark(story.ids()["Ring EU"])
    story.unmark(story.ids()["Ring EU"])
    assert follow(vendor) == {"Rope", "Ring EU"}
    SameSellers(story.store).join(story.vault, "name:amazon", "name:amazon eu")
    assert len(story.everything()["purchases"]) == 2
    assert follow(vendor) == {"Rope"}


@sqlite_only
def test_who_may_see_gifts_sees_it_as_a_record_like_any(story: Story) -> None:
    """Without a mark: what is withheld is no gift by any word."""
    bring(story, [STATED, MAIL])
    vendor = story.connect(story.terms(Kind.PURCHASE, gifts=True))
    found = {one["name"]: one for one in vendor.items()}
    assert found["Ring"]["isGift"]
    assert found[SURPRISE].keys().isdisjoint({"isGift", "withheld"})
    story.records.delete(story.vault, Kind.PURCHASE, [story.ids()["Ring"]])
    [item] = [one for one in vendor.items() if one["name"] == SURPRISE]
    assert item.keys().isdisjoint({"isGift", "withheld"})


def shuffled_marks(story: Story, names: Iterable[str]) -> None:
    """Mark the purchases of these names that there are."""
    for one in story.everything()["purchases"]:
        if one["name"] in names and "isGift" not in one:
            story.mark(one["id"])


@st.composite
def worded(draw: Any) -> tuple[str, list[bytes]]:
    """A file of some source about one order or two, in words of its own, gifts among them."""
    connector = draw(st.sampled_from("abc"))
    seller = draw(st.sampled_from([AMAZON, AMAZON, AMAZON, {"name": "B"}]))
    number = draw(st.sampled_from("1112"))
    billed = draw(st.booleans())
    if billed:
        named = draw(st.sampled_from([[number], ["1", "2"]]))
        head = {"invoiceNumber": f"I{number}", "provider": seller, "referencesOrder": named}
        source_id = f"v/{number}/{len(named)}"
        lines = [line(Kind.INVOICE, source_id, **head)]
    else:
        named, source_id = [number], f"o/{number}"
        lines = [line(Kind.ORDER, source_id, orderNumber=number, seller=seller)]
    for name in draw(
        st.lists(st.sampled_from(["Rope", "Ring", "Lamp", "Gift"]), min_size=1, max_size=3)
    ):
        said = {"seller": seller} | ({"orderNumber": number} if len(named) == 1 else {})
        said |= {"sku": "X"} if draw(st.integers(0, 4)) == 0 else {}
        said |= {"isGift": True} if draw(st.integers(0, 2)) == 0 else {}
        lines.append(line(Kind.PURCHASE, f"{source_id}/{name}", (source_id,), name=name, **said))
    return connector, lines


@sqlite_only
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=st.lists(worded(), min_size=2, max_size=4), data=st.data())
def test_where_each_stands_does_not_depend_on_what_came_first(
    services: Services, files: Sources, data: st.DataObject
) -> None:
    """Stated gifts, in any order, some files twice, and one more brought in and undone."""
    straight, shuffled = in_two_orders(services, files, data)
    assert placed(shuffled) == placed(straight)
    before = placed(straight)
    [last] = bring(straight, [data.draw(worded())])
    straight.imports.undo(straight.vault, last)
    assert placed(straight) == before


def placed(story: Story) -> dict[str, list[str]]:
    """All that the vault says, and of each kind what stands in the twin."""
    hidden = {one.hex() for one in story.hidden()}
    everything = story.everything()
    found = vault_of(story)
    for kind, records in everything.items():
        names = ("name", "orderNumber", "invoiceNumber")
        found[f"hidden {kind}"] = sorted(
            str([one.get(name) for name in names]) for one in records if one["id"] in hidden
        )
    return found


@sqlite_only
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(files=st.lists(worded(), min_size=2, max_size=4))
def test_marked_before_or_after(services: Services, files: Sources) -> None:
    """All that is called a rope is a gift: said at the end, or after each import."""
    before, after = fresh(services), fresh(services)
    for file in files:
        bring(before, [file])
        shuffled_marks(before, {"Rope"})
    bring(after, files)
    shuffled_marks(after, {"Rope"})
    assert shown(before) == shown(after)


def shown(story: Story) -> set[str]:
    """What a vendor sees that may see no gifts, of purchases, orders and invoices."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER, Kind.INVOICE))
    return {
        str({name: value for name, value in item.items() if name != "id"})
        for kind in (Kind.PURCHASE, Kind.ORDER, Kind.INVOICE)
        for item in vendor.items(kind)
    }


@sqlite_only
def test_what_was_filed_before_documents_were_noted(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index then had no more of a gift than its relation: it is opened for the rest."""
    monkeypatch.setattr("vault.services.changes.marks_of", lambda *_, **__: ())
    bring(story, [STATED])
    monkeypatch.undo()
    bring(story, [MAIL])
    assert withheld(story) == {SURPRISE}
    bring(story, [BOTH])
    assert withheld(story) == set()


@sqlite_only
def test_what_they_will_see_and_what_it_amounts_to(story: Story) -> None:
    """The preview of a consent, and the list of what is no gift, leave out what is withheld."""
    bring(story, [STATED, MAIL])
    terms = story.terms(Kind.PURCHASE, Kind.ORDER)
    seen = story.glimpses.all(story.vault, terms)
    assert [one["name"] for one in seen["purchases"]] == ["Rope"]
    assert seen["orders"] == []
    assert story.glimpses.of(story.vault, terms)[Kind.PURCHASE].count == 1
    page = story.records.page(story.vault, Kind.PURCHASE, Query(gift=False))
    assert [line.title for line in page.lines] == ["Rope"]
    assert page.summary.count == 1
    lines = story.records.page(story.vault, Kind.PURCHASE, Query()).lines
    assert {(line.title, line.gift, line.withheld) for line in lines} == {
        ("Ring", True, False),
        ("Rope", False, False),
        (SURPRISE, False, True),
    }
    shown = story.records.get(story.vault, Kind.PURCHASE, story.ids()[SURPRISE])
    assert shown["withheld"]
