"""Sellers that are one: asked, joined before or after, and separated as if never joined."""

from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import sqlite_only
from tests.integration.test_sources import bring, fresh, vault_of
from tests.story import Story, line, sellers
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.errors import Conflict, NotFound
from vault.services.importing.same_sellers import SameSellers

DELL, ALIAS = {"name": "Dell"}, {"name": "Dell Technologies GmbH", "identifier": "DE-1"}
ONE, OTHER = "name:dell", "name:dell technologies gmbh"


def shop(seller: dict[str, str], number: str = "D-1001", **said: Any) -> list[bytes]:
    """An order with one purchase."""
    tied: dict[str, Any] = {"orderNumber": number, "seller": seller}
    return [
        line(Kind.ORDER, f"o/{number}", **tied),
        line(Kind.PURCHASE, f"i/{number}", (f"o/{number}",), name="Lamp", sku="L1", **tied, **said),
    ]


def bill(seller: dict[str, str], number: str = "D-1001") -> list[bytes]:
    """An invoice with a line that names no order itself."""
    said: dict[str, Any] = {"provider": seller, "referencesOrder": [number]}
    return [
        line(Kind.INVOICE, f"v/{number}", invoiceNumber=f"R-{number}", **said),
        line(Kind.PURCHASE, f"v/{number}/1", (f"v/{number}",), name="Box", seller=seller),
    ]


@pytest.fixture
def story(services: Services) -> Story:
    """A customer without any record."""
    return Story(services)


def same(story: Story) -> SameSellers:
    """What the page of sellers calls."""
    return SameSellers(story.store)


def join(story: Story, one: str = ONE, other: str = OTHER) -> int:
    """Say that two are one."""
    return same(story).join(story.vault, one, other)


def separate(story: Story) -> int:
    """Take the last answer back."""
    return same(story).separate(story.vault, same(story).answers(story.vault)[0].link_id)


def names(story: Story, kind: str = "orders") -> list[list[str]]:
    """The connectors that each record of a kind is made of."""
    found = story.everything()[kind]
    return sorted(sorted({s["connector"] for s in one.get("sources", [])}) for one in found)


@sqlite_only
def test_a_number_that_two_share_is_a_reason_to_ask(story: Story) -> None:
    """With how many records each has; two that share nothing are not asked about."""
    bring(story, [("a", shop(DELL)), ("b", shop(ALIAS)), ("c", shop({"name": "Other"}, "9"))])
    [question] = same(story).proposals(story.vault)
    assert {question.one.name, question.other.name} == {"Dell", "Dell Technologies GmbH"}
    assert (question.one.records, question.other.records) == (2, 2)
    assert question.numbers == ("d-1001",)


@sqlite_only
def test_names_that_are_alike_are_a_reason_to_ask(story: Story) -> None:
    """But for the legal form; a short number alone is none."""
    bring(story, [("a", shop(DELL, "1")), ("b", shop({"name": "Dell Inc."}, "2"))])
    bring(story, [("c", shop({"name": "Lamps"}, "1"))])
    [question] = same(story).proposals(story.vault)
    assert {question.one.name, question.other.name} == {"Dell", "Dell Inc."}
    assert question.numbers == ()


@sqlite_only
def test_a_market_place_and_who_sells_there_are_two(story: Story) -> None:
    """A record that names both tells them apart."""
    stated = orderless("Market")
    story.bring_from("a", *stated)
    assert same(story).proposals(story.vault) == []


def orderless(issuer: str) -> Iterable[bytes]:
    """An order of a seller whose number another gave, and one that the other sold itself."""
    first = orjson.loads(shop({"name": "Lamps"})[0])
    yield orjson.dumps({**first, "issuer": issuer})
    yield from shop({"name": issuer}, "D-1002")


def test_an_answer_is_not_asked_again(story: Story) -> None:
    """Neither yes nor no; a yes takes the place of a no."""
    bring(story, [("a", shop(DELL)), ("b", shop(ALIAS))])
    same(story).keep_apart(story.vault, ONE, OTHER)
    assert same(story).proposals(story.vault) == []
    assert len(story.everything()["orders"]) == 2
    join(story)
    assert same(story).proposals(story.vault) == []
    assert [one.same for one in same(story).answers(story.vault)] == [True]
    with pytest.raises(Conflict):
        join(story)
    with pytest.raises(NotFound):
        join(story, ONE, "name:nobody")


def test_joining_makes_one_of_what_two_told(story: Story) -> None:
    """One order and one purchase; the ledger names the two; separated they are two again."""
    bring(story, [("a", shop(DELL)), ("b", shop(ALIAS)), ("c", bill(DELL))])
    before = vault_of(story)
    assert join(story) == 2
    assert names(story) == [["a", "b"]]
    assert len(story.everything()["purchases"]) == 2
    [event] = story.events("sellers_joined")
    assert event.details["sellers"] == ["Dell", "Dell Technologies GmbH"]
    separate(story)
    assert vault_of(story) == before
    assert same(story).answers(story.vault) == []
    assert len(story.events("sellers_separated")) == 1
    assert story.verification.verify(story.vault).problems == []


@sqlite_only
def test_two_sellers_joined_with_a_third_part_one_by_one(story: Story) -> None:
    """Taking one answer back leaves the other."""
    third = {"name": "Dell Direct"}
    bring(story, [("a", shop(DELL)), ("b", shop(ALIAS)), ("c", shop(third))])
    join(story)
    join(story, ONE, "name:dell direct")
    assert names(story) == [["a", "b", "c"]]
    answers = same(story).answers(story.vault)
    [first] = [one for one in answers if ALIAS["name"] in one.names]
    same(story).separate(story.vault, first.link_id)
    assert names(story) == [[], ["a", "c"]]


@sqlite_only
def test_a_gift_joined_with_what_is_none_stays_hidden(story: Story) -> None:
    """With all that names it, or may be it, under the other name; separated, that is seen again."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER, Kind.INVOICE))
    bring(story, [("a", shop(DELL, isGift=True)), ("b", shop(ALIAS)), ("c", bill(ALIAS))])
    assert len(vendor.catch_up(Kind.PURCHASE)) == 2
    assert len(vendor.catch_up(Kind.INVOICE)) == 1
    join(story)
    assert vendor.catch_up(Kind.PURCHASE) == {}
    assert vendor.catch_up(Kind.ORDER) == {}
    assert vendor.catch_up(Kind.INVOICE) == {}
    separate(story)
    assert len(vendor.catch_up(Kind.PURCHASE)) == 2
    assert len(vendor.catch_up(Kind.INVOICE)) == 1
    assert len(vendor.catch_up(Kind.ORDER)) == 1


@sqlite_only
def test_an_invoice_of_the_other_name_is_hidden_when_it_comes_later(story: Story) -> None:
    """And when the purchase is marked by hand after all of it was read."""
    vendor = story.connect(story.terms(Kind.INVOICE, Kind.ORDER))
    bring(story, [("a", shop(DELL)), ("b", shop(ALIAS, "D-1002"))])
    join(story)
    [purchase] = [
        one["id"] for one in story.everything()["purchases"] if one["orderNumber"] == "D-1001"
    ]
    story.mark(purchase)
    story.bring_from("c", *bill(ALIAS))
    assert vendor.items(Kind.INVOICE) == []
    story.unmark(purchase)
    assert len(vendor.items(Kind.INVOICE)) == 1
    story.mark(purchase)
    assert vendor.items(Kind.INVOICE) == []


@sqlite_only
def test_a_gift_by_hand_that_falls_apart_is_two_gifts(story: Story) -> None:
    """Nobody can say which of the two was meant: neither is shown."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    bring(story, [("a", shop(DELL)), ("b", shop(ALIAS))])
    join(story)
    [purchase] = story.everything()["purchases"]
    story.mark(purchase["id"])
    separate(story)
    assert vendor.items() == []
    assert len(story.everything()["purchases"]) == 2


@sqlite_only
def test_the_customers_mark_outlives_a_second_source(story: Story) -> None:
    """A purchase marked as a gift stays hidden when another source tells of it, and its order."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER))
    story.bring_from("a", *shop(DELL))
    story.mark(story.ids()["Lamp"])
    story.bring_from("b", *shop(DELL, price="4.00"))
    assert names(story, "purchases") == [["a", "b"]]
    assert vendor.items() == []
    assert vendor.items(Kind.ORDER) == []


@sqlite_only
def test_joined_sellers_do_not_widen_a_consent(story: Story) -> None:
    """Whoever may read one seller's reads no record that states another, nor the joined one's."""
    vendor = story.connect(story.terms(Kind.PURCHASE, sellers=sellers("Dell")))
    bring(story, [("a", shop(DELL, price="1.00")), ("b", shop(ALIAS)), ("b", shop(ALIAS, "D-2"))])
    join(story)
    for one in vendor.items():
        assert one["seller"]["name"] == "Dell"
        assert one["orderNumber"] == "D-1001"


@sqlite_only
def test_a_vendor_never_receives_what_the_sources_said(story: Story) -> None:
    """Neither who told of a record, nor what is disputed, nor what was corrected."""
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER))
    bring(story, [("a", shop(DELL, price="4.00")), ("b", shop(DELL, price="5.00"))])
    [purchase] = story.everything()["purchases"]
    assert [one["field"] for one in purchase["conflicts"]] == ["price"]
    for kind in (Kind.PURCHASE, Kind.ORDER):
        for item in vendor.items(kind):
            assert item.keys().isdisjoint({"source", "sources", "conflicts", "edits", "links"})
    story.records.choose(story.vault, Kind.PURCHASE, purchase["id"], "price", "5.00")
    [item] = vendor.items()
    assert item["price"] == "5.00"
    assert item.keys().isdisjoint({"source", "sources", "conflicts", "edits", "links"})


@st.composite
def files(draw: Any) -> list[tuple[str, list[bytes]]]:
    """Files of several sources about a few orders of one seller under two names."""
    found = []
    for _ in range(draw(st.integers(2, 5))):
        make = draw(st.sampled_from([shop, bill]))
        lines = make(draw(st.sampled_from([DELL, ALIAS])), draw(st.sampled_from(["N-01", "N-02"])))
        found.append((draw(st.sampled_from(["a", "b", "c"])), lines))
    known = [("a", shop(DELL, "N-98")), ("b", shop(ALIAS, "N-99"))]
    return [*known, *found]


@sqlite_only
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(sources=files(), gift=st.booleans(), when=st.integers(2, 7))
def test_joined_before_or_after_gives_the_same_vault(
    services: Services, sources: list[tuple[str, list[bytes]]], *, gift: bool, when: int
) -> None:
    """Answered half way or at the end; separated, it is as if it had never been asked."""
    if gift:
        sources = [*sources, ("g", shop(DELL, "N-01", isGift=True))]
    never, after, before = (fresh(services) for _ in range(3))
    bring(never, sources)
    bring(after, sources)
    join(after)
    bring(before, sources[:when])
    join(before)
    bring(before, sources[when:])
    assert vault_of(before) == vault_of(after)
    assert placed(before) == placed(after)
    for story in (before, after):
        separate(story)
        assert vault_of(story) == vault_of(never)
        assert placed(story) == placed(never)


def placed(story: Story) -> list[tuple[str, ...]]:
    """What stands in gift twins, by kind and number."""
    hidden = {one.hex() for one in story.hidden()}
    return sorted(
        (kind, one.get("orderNumber", ""), one.get("invoiceNumber", ""), one.get("name", ""))
        for kind, found in story.everything().items()
        for one in found
        if one["id"] in hidden
    )
