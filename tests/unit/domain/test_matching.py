"""Matching payments and invoices: certain only where nothing else could be meant."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault.domain.matching import match
from vault.domain.names import parts_of, similar
from vault.domain.numbers import key_of
from vault.domain.payments import Invoice, Match, Matching, Payment, Proposal, Why


def bill(name: str = "i", **stated: Any) -> Invoice:
    """An invoice of CDW over 100 EUR."""
    usual: dict[str, Any] = {
        "number": "2026-118",
        "issued": "2026-03-01",
        "provider": "CDW",
        "amount": "100",
        "currency": "EUR",
    }
    fields = usual | stated
    return Invoice(id=name, **{**fields, "amount": Decimal(fields["amount"])})


def paid(name: str = "p", **stated: Any) -> Payment:
    """A payment of 100 EUR that names the invoice."""
    usual: dict[str, Any] = {
        "day": "2026-03-20",
        "payee": "",
        "text": "Invoice 2026-118",
        "amount": "100",
        "currency": "EUR",
    }
    fields = usual | stated
    return Payment(id=name, **{**fields, "amount": Decimal(fields["amount"])})


def pairs(found: Matching) -> set[tuple[str, str]]:
    """Who is matched with whom."""
    return {(one.payment, one.invoice) for one in found.matches}


def proposed(found: Matching) -> set[tuple[str, str]]:
    """Who may belong together."""
    return {(one.payment, one.invoice) for one in found.proposals}


def test_number_sum_and_date_are_certain() -> None:
    """Named in the text or in a field of its own; the payee need not be stated."""
    expected = Matching((Match("p", "i", Decimal(100), Why.NAMED),), ())
    assert match([bill()], [paid()]) == expected
    assert match([bill()], [paid(text="", stated=("2026-118",))]) == expected
    assert match([bill()], [paid(amount="100.00")]) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "99.99"},
        {"amount": "-100"},
        {"text": "Invoices 2026-118 and 2026-119"},
    ],
)
def test_named_with_another_sum_is_a_proposal(change: dict[str, Any]) -> None:
    """It is said, and never applied by itself."""
    found = match([bill(), bill("j", number="2026-119", amount="7")], [paid(**change)])
    assert not found.matches
    assert ("p", "i") in proposed(found)


@pytest.mark.parametrize(
    ("day", "can_be"),
    [
        ("2026-02-21", False),
        ("2026-02-22", True),
        ("2027-04-05", True),
        ("2027-04-06", False),
        ("", False),
    ],
)
def test_the_date_must_be_possible(day: str, *, can_be: bool) -> None:
    """From seven days before the invoice to four hundred after it."""
    found = match([bill()], [paid(day=day)])
    assert bool(found.matches) is can_be
    assert not found.proposals


def test_another_currency_or_no_number_is_nothing() -> None:
    """Without a name of the payee there is nothing else to go by."""
    assert match([bill()], [paid(currency="USD")]) == Matching((), ())
    assert match([bill()], [paid(text="thanks")]) == Matching((), ())
    assert match([bill(issued="")], [paid()]) == Matching((), ())


def test_two_that_could_be_it_are_both_proposed() -> None:
    """The same payment in two statements, or one number of two vendors, is not decided here."""
    twice = match([bill()], [paid(), paid("q")])
    assert (pairs(twice), proposed(twice)) == (set(), {("p", "i"), ("q", "i")})
    shared = match([bill(), bill("j", provider="Amazon")], [paid()])
    assert (pairs(shared), proposed(shared)) == (set(), {("p", "i"), ("p", "j")})


def test_the_sum_tells_two_vendors_with_one_number_apart() -> None:
    """Each has its own 2026-118, of different sums."""
    bills = [bill(), bill("j", provider="Amazon", amount="70")]
    found = match(bills, [paid(), paid("q", amount="70")])
    assert pairs(found) == {("p", "i"), ("q", "j")}


def test_partial_payments_are_certain_together() -> None:
    """All name the invoice, and together they are its sum; each counts with its own."""
    parts = [paid("p", amount="60"), paid("q", amount="50"), paid("r", amount="-10")]
    found = match([bill()], parts)
    assert [one.amount for one in found.matches] == [60, 50, -10]
    assert not match([bill()], parts[:2]).matches


def test_one_payment_of_several_invoices_is_certain() -> None:
    """All are named, nobody else names one of them, and their sum is right."""
    bills = [bill(), bill("j", number="2026-119", amount="7")]
    one = paid(text="2026-118, 2026-119", amount="107")
    assert pairs(match(bills, [one])) == {("p", "i"), ("p", "j")}
    other = paid("q", text="2026-119", amount="3")
    assert not match(bills, [one, other]).matches


def test_a_short_number_needs_the_payee_too() -> None:
    """The text “7 of 9” is of anything; with the payee's name it says which."""
    invoice = bill(number="7")
    assert not match([invoice], [paid(text="Part 7 of 9")]).matches
    assert match([invoice], [paid(text="No. 7", payee="CDW LLC")]).matches
    assert not match([invoice], [paid(text="No. 7", payee="Amazon")]).matches


def test_a_similar_payee_and_the_same_sum_are_a_proposal() -> None:
    """The three nearest in time; never of what a document states as paid, nor of another name."""
    bills = [bill(str(month), issued=f"2026-{month:02}-01") for month in range(1, 9)]
    found = match(bills, [paid(text="", payee="CDW DIRECT LLC", day="2026-06-15")])
    assert not found.matches
    assert found.proposals == tuple(Proposal("p", month, Why.ALIKE) for month in "456")
    settled = [replace(one, settled=True) for one in bills]
    assert not match(settled, [paid(text="", payee="CDW", day="2026-06-15")]).proposals
    assert not match(bills, [paid(text="", payee="Amazon", day="2026-06-15")]).proposals


def test_the_customers_word_comes_first() -> None:
    """Confirmed counts whatever the sums; rejected is neither a match nor a proposal."""
    no = frozenset({"i"})
    assert match([bill()], [paid(rejected=no)]) == Matching((), ())
    found = match([bill()], [paid(amount="40", text="", confirmed=no)])
    assert found.matches == (Match("p", "i", Decimal(40), Why.CONFIRMED),)
    rest = match([bill()], [paid(amount="40", confirmed=no), paid("q", amount="60")])
    assert pairs(rest) == {("p", "i"), ("q", "i")}


def test_rejecting_one_of_two_makes_the_other_certain() -> None:
    """What stood in its way is gone."""
    found = match([bill()], [paid(rejected=frozenset({"i"})), paid("q")])
    assert pairs(found) == {("q", "i")}


def test_a_payment_confirmed_of_several_pays_the_older_first() -> None:
    """What is left goes to the last."""
    bills = [bill(), bill("j", number="2026-119", issued="2026-03-05")]
    found = match(bills, [paid(amount="130", confirmed=frozenset({"i", "j"}))])
    assert [(one.invoice, one.amount) for one in found.matches] == [
        ("i", Decimal(100)),
        ("j", Decimal(30)),
    ]


def test_a_confirmed_invoice_that_is_gone_counts_for_nothing() -> None:
    """Deleted since: the payment is free again."""
    found = match([bill()], [paid(confirmed=frozenset({"gone"}))])
    assert found.matches == (Match("p", "i", Decimal(100), Why.NAMED),)


NUMBERS = ("1001", "1002", "2026-118", "7", "2026")
NAMES = ("CDW", "CDW LLC", "Amazon", "")
DAYS = ("2026-01-01", "2026-01-20", "2026-03-01", "2027-06-01", "")
SUMS = tuple(map(Decimal, ("50", "50.00", "100", "150", "-50", "0")))
IDS = tuple("abcdef")
some_ids = st.frozensets(st.sampled_from(IDS), max_size=2)
invoices = st.lists(
    st.builds(
        Invoice,
        id=st.sampled_from(IDS),
        number=st.sampled_from(NUMBERS),
        issued=st.sampled_from(DAYS),
        provider=st.sampled_from(NAMES),
        amount=st.sampled_from(SUMS),
        currency=st.sampled_from(("EUR", "USD")),
        settled=st.booleans(),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
payments = st.lists(
    st.builds(
        Payment,
        id=st.sampled_from(IDS),
        day=st.sampled_from(DAYS),
        payee=st.sampled_from(NAMES),
        text=st.lists(st.sampled_from(NUMBERS), max_size=2).map(", ".join),
        amount=st.sampled_from(SUMS),
        currency=st.sampled_from(("EUR", "USD")),
        stated=st.lists(st.sampled_from(NUMBERS), max_size=1).map(tuple),
        confirmed=st.just(frozenset()) | some_ids,
        rejected=st.just(frozenset()) | some_ids,
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)


@given(invoices, payments, st.randoms())
def test_the_order_does_not_matter(bills: list[Invoice], sent: list[Payment], random: Any) -> None:
    """The answer is a function of two sets."""
    found = match(bills, sent)
    random.shuffle(bills)
    random.shuffle(sent)
    assert match(bills, sent) == found


@given(invoices, payments)
def test_what_is_certain_is_named_and_adds_up(bills: list[Invoice], sent: list[Payment]) -> None:
    """On both sides: what one payment covers is its sum, or what covers one invoice is its sum."""
    found = match(bills, sent)
    by_id, of = {one.id: one for one in bills}, {one.id: one for one in sent}
    confirmed: Counter[str] = Counter()
    for one in found.matches:
        if one.why is Why.CONFIRMED:
            confirmed[one.invoice] += one.amount  # type: ignore[assignment]
            assert one.invoice in of[one.payment].confirmed
    certain = [one for one in found.matches if one.why is Why.NAMED]
    for one in certain:
        invoice, payment = by_id[one.invoice], of[one.payment]
        assert payment.currency == invoice.currency
        assert invoice.id not in payment.rejected
        assert invoice.number in f"{payment.text}, {', '.join(payment.stated)}"
        if key_of(invoice.number) in {"7", "2026"}:
            assert similar(parts_of(payment.payee), parts_of(invoice.provider))
        of_payment = sum(other.amount for other in certain if other.payment == payment.id)
        assert of_payment == payment.amount
        of_invoice = sum(other.amount for other in certain if other.invoice == invoice.id)
        assert of_invoice == invoice.amount - confirmed[invoice.id]


@given(invoices, payments)
def test_a_proposal_is_of_what_is_open_on_both_sides(
    bills: list[Invoice], sent: list[Payment]
) -> None:
    """Never of a payment that is bound, of what the customer refused, or of a settled invoice."""
    found = match(bills, sent)
    by_id, of = {one.id: one for one in bills}, {one.id: one for one in sent}
    bound = {one.payment for one in found.matches}
    for one in found.proposals:
        assert one.payment not in bound
        assert one.invoice not in of[one.payment].rejected
        assert not by_id[one.invoice].settled


@given(invoices, payments)
def test_confirming_a_proposal_applies_it(bills: list[Invoice], sent: list[Payment]) -> None:
    """And rejecting it ends it."""
    for one in match(bills, sent).proposals:
        for word in ("confirmed", "rejected"):
            again = [
                replace(payment, **{word: getattr(payment, word) | {one.invoice}})
                if payment.id == one.payment
                else payment
                for payment in sent
            ]
            after = match(bills, again)
            assert one not in after.proposals
            assert ((one.payment, one.invoice) in pairs(after)) is (word == "confirmed")
