"""Which statements are about the same thing."""

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from vault.domain.compartments import Kind
from vault.domain.identity import purchases, things
from vault.domain.statements import Statement

SHOP = {"name": "Shop"}


def order(connector: str, number: str, seller: Any = SHOP, issuer: str = "") -> Statement:
    """What a source says of an order."""
    stated = {"orderNumber": number} | ({"seller": seller} if seller else {})
    return Statement(Kind.ORDER, connector, f"o/{number}/{seller}", stated, issuer=issuer)


def item(connector: str, source_id: str, document: str = "order:1", **stated: Any) -> Statement:
    """What a source says of a purchase."""
    data = {"orderNumber": "1", "seller": SHOP, **stated}
    return Statement(Kind.PURCHASE, connector, source_id, data, document=document)


def document_of(one: Statement) -> str:
    """An invoice is the same whoever reads it here; an order's are by connector."""
    return one.document if one.document.startswith("invoice") else f"{one.connector}{one.document}"


def parted(found: list[Statement]) -> list[list[str]]:
    """The purchases, each as the sources that state it."""
    groups = purchases(found, {}, document_of)
    return sorted(sorted(f"{one.connector}/{one.source_id}" for one in group) for group in groups)


def test_a_number_counts_among_those_of_who_gave_it() -> None:
    """However it is written; another seller's is another order."""
    found = [
        order("a", "S-7"),
        order("b", "s - 7", {"name": " SHOP "}),
        order("c", "S-7", {"name": "B"}),
    ]
    assert sorted(map(len, things(found, {}))) == [1, 2]


def test_without_a_seller_nothing_is_joined() -> None:
    """Too little is known to say that two are one; the same source's own thing is."""
    assert len(things([order("a", "7", None), order("b", "7", None)], {})) == 2
    assert len(things([order("a", "7", None), order("a", "7", None)], {})) == 1


def test_names_and_identifiers_bridge() -> None:
    """A third source that states both ties two that state one each."""
    name, both = order("a", "7"), order("b", "7", {"name": "Shop", "identifier": "X1"})
    identifier = order("c", "7", {"identifier": "x1"})
    assert len(things([name, identifier], {})) == 2
    assert len(things([name, identifier, both], {})) == 1


def test_the_issuer_goes_before_the_seller() -> None:
    """At a market place the place gives the numbers, whoever sells."""
    found = [order("a", "7", {"name": "Trader"}, "Shop"), order("b", "7")]
    assert len(things(found, {})) == 1


def test_sellers_that_the_customer_has_joined_are_one() -> None:
    """Each key stands for the one that it was joined to."""
    found = [order("a", "7", {"name": "Shop.com"}), order("b", "7")]
    assert len(things(found, {"name:shop.com": "name:shop"})) == 1


def test_a_credit_note_is_not_its_invoice() -> None:
    """Even under one number."""
    stated = {"invoiceNumber": "1", "provider": SHOP}
    found = [
        Statement(Kind.INVOICE, "a", "1", {**stated, "typeCode": "380"}),
        Statement(Kind.INVOICE, "b", "1", {**stated, "typeCode": "381"}),
        Statement(Kind.INVOICE, "c", "1", stated),
    ]
    assert sorted(map(len, things(found, {}))) == [1, 2]


def test_twins_stay_two() -> None:
    """Each line of a document is another purchase; another document's lines go with them."""
    found = [
        item("a", "1", sku="R", name="Rope"),
        item("a", "2", sku="R", name="Rope"),
        item("b", "1", name="Rope"),
        item("b", "2", name="rope "),
    ]
    assert [len(group) for group in parted(found)] == [2, 2]
    assert all({one[0] for one in group} == {"a", "b"} for group in parted(found))


def test_variants_of_one_name_are_told_apart_by_number() -> None:
    """A line that states the second's number goes to the second."""
    found = [
        item("a", "red", sku="1", name="Cable"),
        item("a", "blue", sku="2", name="Cable"),
        item("b", "x", sku="2", name="Cable"),
        item("c", "y", sku="3", name="Cable"),
    ]
    assert parted(found) == [["a/blue", "b/x"], ["a/red"], ["c/y"]]


def test_two_invoices_bill_two_portions_of_what_was_ordered() -> None:
    """Beside the order they are parts of one purchase; alone they are two."""
    ordered = item("a", "1", sku="R", quantity="10")
    first = item("v", "1", "invoice:1", sku="R", quantity="4")
    second = item("v", "2", "invoice:2", sku="R", quantity="6")
    again = item("w", "1", "invoice:1", sku="R", quantity="4")
    assert parted([ordered, first, second, again]) == [["a/1", "v/1", "v/2", "w/1"]]
    assert parted([first, second, again]) == [["v/1", "w/1"], ["v/2"]]


def test_what_was_sent_and_billed_is_one() -> None:
    """Without the order the notice and the invoice meet; two notices are two portions."""
    sent = item("a", "1", "order:despatch/1", sku="R", quantity="4")
    later = item("a", "2", "order:despatch/2", sku="R", quantity="6")
    billed = item("v", "1", "invoice:1", sku="R", quantity="4")
    assert parted([sent, billed]) == [["a/1", "v/1"]]
    assert len(parted([sent, later])) == 2


def test_what_is_credited_stays_apart() -> None:
    """A part that went back does not make the whole credited."""
    ordered = item("a", "1", sku="R")
    credit = item("v", "1", "invoice:9", sku="R", itemStatus="credited")
    assert len(parted([ordered, credit])) == 2


def test_other_orders_are_not_compared() -> None:
    """The same item a week later is another purchase."""
    assert len(parted([item("a", "1", sku="R"), item("b", "1", sku="R", orderNumber="2")])) == 2


@st.composite
def items(draw: Callable[..., Any]) -> Statement:
    """A line of one of a few documents."""
    stated = draw(
        st.fixed_dictionaries(
            {"name": st.sampled_from(["Rope", "Lamp"])},
            optional={
                "sku": st.sampled_from(["1", "2"]),
                "mpn": st.just("M"),
                "quantity": st.sampled_from(["1", "2"]),
                "itemStatus": st.just("credited"),
            },
        )
    )
    documents = ["order:1", "order:despatch/1", "invoice:1", "invoice:2"]
    document = draw(st.sampled_from(documents))
    return item(draw(st.sampled_from("ab")), draw(st.sampled_from("123")), document, **stated)


@settings(deadline=None)
@given(st.lists(items(), max_size=9, unique_by=repr), st.randoms(use_true_random=False))
def test_the_order_of_statements_says_nothing(found: list[Statement], random: Any) -> None:
    """And each statement is of one purchase, two lines of a document of two."""
    groups = parted(found)
    shuffled = list(found)
    random.shuffle(shuffled)
    assert parted(shuffled) == groups
    assert sorted(one for group in groups for one in group) == sorted(
        f"{one.connector}/{one.source_id}" for one in found
    )


def test_a_crowd_is_not_compared() -> None:
    """Thousands of documents about one order cost no more than each by itself."""
    crowd = [item("a", f"{n}", f"order:{n}", name="Rope", quantity="1") for n in range(2_000)]
    assert len(parted(crowd)) == 2_000
    orders = [
        Statement(Kind.ORDER, "a", f"{n}", {"orderNumber": "7", "seller": SHOP})
        for n in range(2_001)
    ]
    assert len(things(orders, {})) == 2_001
    assert len(things(orders[:2_000], {})) == 1
