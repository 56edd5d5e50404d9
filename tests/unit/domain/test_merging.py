"""What several sources say together, whatever the order in which they came."""

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from vault.domain.compartments import Kind
from vault.domain.merging import compose, merge
from vault.domain.statements import Statement, statements_of


def said(connector: str = "a", source_id: str = "1", **more: Any) -> Statement:
    """An order's statement; `as_of`, `document` and `kind` are its own, the rest is stated."""
    own = {name: more.pop(name) for name in ("as_of", "document", "issuer") if name in more}
    return Statement(more.pop("kind", Kind.ORDER), connector, source_id, more, **own)


values: dict[str, st.SearchStrategy[Any]] = {
    "orderStatus": st.sampled_from(["processing", "shipped", "Delivered", "odd"]),
    "totalPrice": st.sampled_from(["10.00", "10", "12.50"]),
    "orderDate": st.sampled_from(["2026-01-01", "2026-01-02"]),
    "channel": st.sampled_from(["Web", "web", "Shop"]),
    "seller": st.sampled_from(
        [{"name": "A"}, {"identifier": "1"}, {"name": "B", "identifier": "2"}]
    ),
    "deliveries": st.lists(
        st.sampled_from(
            [
                {"trackingNumber": "1"},
                {"trackingNumber": "1", "provider": "UPS"},
                {"expectedArrivalUntil": "2026-03-10"},
            ]
        ),
        min_size=1,
    ),
}


@st.composite
def statements(draw: Callable[..., Any]) -> Statement:
    """A statement about an order, by one of a few sources, perhaps as of a time."""
    stated = draw(st.fixed_dictionaries({"orderNumber": st.just("7")}, optional=values))
    as_of = draw(st.sampled_from(["", "2026-02-01", "2026-02-01T10:00:00+02:00", "2026-03-01"]))
    connector = draw(st.sampled_from(["a", "b"]))
    return said(connector, draw(st.sampled_from(["1", "2"])), as_of=as_of, **stated)


@given(
    st.lists(statements(), min_size=1, max_size=5, unique_by=repr),
    st.randoms(use_true_random=False),
)
def test_the_order_of_statements_says_nothing(found: list[Statement], random: Any) -> None:
    """All of them are always heard."""
    shuffled = list(found)
    random.shuffle(shuffled)
    values, conflicts = merge(Kind.ORDER, found)
    others, differing = merge(Kind.ORDER, shuffled)
    assert others == values
    assert differing == conflicts


@given(st.lists(statements(), min_size=1, max_size=5))
def test_nothing_that_is_stated_is_lost(found: list[Statement]) -> None:
    """Every field that anybody states is there, and the record gives back its statements."""
    data = compose(Kind.ORDER, found)
    assert {name for one in found for name in one.stated} <= data.keys()
    kept = statements_of(Kind.ORDER, data)
    assert sorted(map(repr, kept)) == sorted(map(repr, found))


def test_a_price_in_dispute_stands_side_by_side() -> None:
    """The first is of who says most; equal amounts, however written, are no dispute."""
    rich = said("export", totalPrice="10.00", orderNumber="7", orderDate="2026-01-01")
    poor = said("mail", totalPrice="11.00", orderNumber="7")
    values, [conflict] = merge(Kind.ORDER, [poor, rich])
    assert values["totalPrice"] == "10.00"
    assert conflict == {
        "field": "totalPrice",
        "values": [
            {"value": "10.00", "sources": ["export"]},
            {"value": "11.00", "sources": ["mail"]},
        ],
    }
    assert merge(Kind.ORDER, [rich, said("mail", totalPrice="10")])[1] == []


def test_the_customers_choice_ends_a_dispute() -> None:
    """It stands over what is stated before and after."""
    found = [said("a", totalPrice="10"), said("b", totalPrice="11"), said("c", totalPrice="12")]
    data = compose(Kind.ORDER, found, {"totalPrice": "11", "edits": ["totalPrice"]})
    assert data["totalPrice"] == "11"
    assert "conflicts" not in data
    removed = compose(Kind.ORDER, found, {"edits": ["totalPrice"]})
    assert "totalPrice" not in removed


def test_a_source_may_correct_itself() -> None:
    """What it says as of a later time stands; what it then leaves out stays."""
    early = said(as_of="2026-01-01", totalPrice="10", poNumber="P", orderNumber="7")
    late = said(as_of="2026-01-02", totalPrice="12")
    assert merge(Kind.ORDER, [late, early]) == (
        {"totalPrice": "12", "poNumber": "P", "orderNumber": "7"},
        [],
    )


def test_a_state_is_the_latest() -> None:
    """By time where all say theirs, else by the course of an order; never a dispute."""
    sent = said("mail", as_of="2026-01-03T08:00:00Z", orderStatus="shipped")
    placed = said("shop", as_of="2026-01-01", orderStatus="delivered")
    assert merge(Kind.ORDER, [sent, placed]) == ({"orderStatus": "shipped"}, [])
    untimed = said("export", orderStatus="Delivered")
    assert merge(Kind.ORDER, [sent, untimed]) == ({"orderStatus": "Delivered"}, [])


def test_parcels_are_joined() -> None:
    """One for each tracking number, with all that is known of it."""
    one = said("a", as_of="2026-01-02", deliveries=[{"trackingNumber": "1", "provider": "UPS"}])
    two = said("b", deliveries=[{"trackingNumber": "2"}, {"trackingNumber": "1"}])
    values, _ = merge(Kind.ORDER, [one, two])
    assert values["deliveries"] == [
        {"trackingNumber": "1", "provider": "UPS"},
        {"trackingNumber": "2"},
    ]


def test_what_an_invoice_bills_may_be_a_part() -> None:
    """Another quantity than was ordered is a portion; the same quantity is to agree."""
    ordered = said("x", kind=Kind.PURCHASE, document="order:1", quantity="10", lineTotal="100")
    part = said("y", kind=Kind.PURCHASE, document="invoice:1", quantity="4", lineTotal="40")
    assert merge(Kind.PURCHASE, [part, ordered]) == ({"quantity": "10", "lineTotal": "100"}, [])
    sent = said("z", kind=Kind.PURCHASE, document="order:despatch/1", quantity="6")
    assert merge(Kind.PURCHASE, [sent, ordered])[1] == []
    dear = said("y", kind=Kind.PURCHASE, document="invoice:1", quantity="10.0", lineTotal="110")
    [conflict] = merge(Kind.PURCHASE, [dear, ordered])[1]
    assert conflict["field"] == "lineTotal"


def test_one_statement_is_kept_plainly() -> None:
    """A record of one source says it once, and no more than where it came from beside it."""
    data = compose(Kind.ORDER, [said("a", "7", as_of="2026-01-01", orderNumber="7")])
    source = {"connector": "a", "sourceId": "7", "asOf": "2026-01-01"}
    assert data == {"orderNumber": "7", "source": source}


def test_what_was_corrected_before_statements_were_kept() -> None:
    """Its source states the rest."""
    old = {
        "name": "By hand",
        "sku": "1",
        "edits": ["name"],
        "source": {"connector": "a", "sourceId": "1"},
    }
    [one] = statements_of(Kind.PURCHASE, old)
    assert one.stated == {"sku": "1"}
