"""The pages of payments: what belongs together, what is asked, and the customer's word."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.fakes.services import FakeServices
from tests.fakes.vaults import FakeVault
from tests.unit.web.posting import send
from vault.domain.compartments import Kind
from vault.domain.listing import describe
from vault.domain.payments import Why
from vault.services.records.reckoning import Pairs, Reckoning

VAULT = FakeVault("anna")
BILL: dict[str, Any] = {
    "invoiceNumber": "2026-118",
    "issueDate": "2026-03-01",
    "paymentDueDate": "2026-03-31",
    "provider": {"name": "CDW & Co"},
    "totalPaymentDue": "118.00",
    "priceCurrency": "EUR",
}
SENT: dict[str, Any] = {
    "paymentDate": "2026-03-20",
    "amount": "118.00",
    "priceCurrency": "EUR",
    "payee": {"name": "CDW <DIRECT>"},
    "reference": "Invoice 2026-118",
    "account": "3000",
}


@pytest.fixture
def bill(fakes: FakeServices) -> str:
    """The invoice's id."""
    return fakes.records.add(VAULT, Kind.INVOICE, BILL)


@pytest.fixture
def sent(fakes: FakeServices) -> str:
    """The payment's id."""
    return fakes.records.add(VAULT, Kind.PAYMENT, SENT)


def pair(sent: str, bill: str, why: Why, amount: str = "118.00", stated: str = "118.00") -> Pairs:
    """The two of them."""
    lines = {sent: describe(Kind.PAYMENT, {**SENT, "amount": stated})}
    return Pairs([(sent, bill, why, Decimal(amount))], lines, {bill: describe(Kind.INVOICE, BILL)})


def reckon(fakes: FakeServices, paid: Mapping[str, Decimal] | None = None, **pairs: Pairs) -> None:
    """What is paid, and what is asked."""
    fakes.payments.reckoned = Reckoning(**pairs, paid=paid or {})


def test_a_list_says_what_each_was_for(
    anna: FlaskClient, fakes: FakeServices, sent: str, bill: str
) -> None:
    """The payee, the bank's text, and the invoice; names are text and never markup."""
    reckon(fakes, {bill: Decimal("118.00")}, matches=pair(sent, bill, Why.NAMED))
    text = anna.get("/payments").text
    assert "CDW &lt;DIRECT&gt;" in text
    assert "<DIRECT>" not in text
    assert f'href="/invoices/{bill}"' in text
    assert "to one payee" in text
    assert "What were these for?" not in text


def test_an_empty_list_says_that_no_vendor_can_ask(anna: FlaskClient) -> None:
    """It teaches what will stand there, and whose it is."""
    assert "no vendor can ask for it" in anna.get("/payments").text


def test_invoices_and_payments_lead_to_each_other(
    anna: FlaskClient, fakes: FakeServices, sent: str, bill: str
) -> None:
    """From what is due to what was paid, and back."""
    reckon(fakes)
    assert sent
    assert bill
    assert 'href="/payments"' in anna.get("/invoices").text
    assert 'href="/invoices?sort=due"' in anna.get("/payments").text


@pytest.mark.parametrize(
    ("why", "amount", "reason"),
    [
        (Why.ALIKE, "118.00", "the payment names no invoice"),
        (Why.NAMED, "118.00", "not the only one that could be meant"),
        (Why.NAMED, "18.00", "the amount is another"),
    ],
)
def test_a_question_says_why_it_is_asked(
    anna: FlaskClient, fakes: FakeServices, sent: str, bill: str, why: Why, amount: str, reason: str
) -> None:
    """On the list, on the payment's page and on the invoice's, with both answers."""
    reckon(fakes, proposals=pair(sent, bill, why, stated=amount))
    for path in ("/payments", f"/payments/{sent}", f"/invoices/{bill}"):
        text = anna.get(path).text
        assert reason in text
        assert 'value="confirmed"' in text
        assert 'value="rejected"' in text
    assert "A payment may be for it" in anna.get("/invoices").text


def test_what_is_paid_is_said_of_the_invoice(
    anna: FlaskClient, fakes: FakeServices, sent: str, bill: str
) -> None:
    """Paid and not overdue, on its page and in the list; and that vendors do not see it."""
    assert "Overdue since" in anna.get(f"/invoices/{bill}").text
    reckon(fakes, {bill: Decimal("118.00")}, matches=pair(sent, bill, Why.NAMED))
    page = anna.get(f"/invoices/{bill}").text
    assert "Overdue since" not in page
    assert "With this it is paid." in page
    assert "Vendors who see the invoice do not see this." in page
    assert "Overdue since" not in anna.get("/invoices").text


@pytest.mark.parametrize(
    ("stated", "word"),
    [
        ({"totalPaymentDue": "0.00"}, "Nothing to pay"),
        ({"totalPaymentDue": "-118.00"}, "Nothing to pay"),
        ({"typeCode": "381"}, "Nothing to pay"),
        ({"amountPaid": "118.00"}, "Paid"),
        ({"paymentStatus": "PaymentComplete"}, "Paid"),
    ],
)
def test_what_owes_nothing_is_never_overdue(
    anna: FlaskClient, fakes: FakeServices, stated: dict[str, str], word: str
) -> None:
    """However long ago its due date was: on its page, in the list and on home."""
    owes_nothing = fakes.records.add(VAULT, Kind.INVOICE, BILL | stated)
    for path in (f"/invoices/{owes_nothing}", "/invoices", "/"):
        assert "verdue" not in anna.get(path).text
    for path in (f"/invoices/{owes_nothing}", "/invoices"):
        assert f'<span class="quiet">{word}</span>' in anna.get(path).text


def test_what_is_paid_in_part_is_said_with_the_rest(
    anna: FlaskClient, fakes: FakeServices, sent: str, bill: str
) -> None:
    """It stays due, with what is still to be paid."""
    one = pair(sent, bill, Why.CONFIRMED, amount="100.00")
    reckon(fakes, {bill: Decimal("100.00")}, matches=one)
    page = anna.get(f"/invoices/{bill}").text
    assert "Overdue since" in page
    assert "18.00" in page
    assert "is still to be paid" in page
    assert "of it is paid" in anna.get("/invoices").text


@pytest.mark.parametrize(
    ("why", "where", "button"),
    [
        (Why.CONFIRMED, "matches", "Take that back"),
        (Why.NAMED, "matches", "It is not for this"),
        (Why.REJECTED, "refused", "Take that back"),
    ],
)
def test_every_word_can_be_taken_back(
    anna: FlaskClient, fakes: FakeServices, sent: str, bill: str, why: Why, where: str, button: str
) -> None:
    """Also what the rules were certain of."""
    reckon(fakes, {}, **{where: pair(sent, bill, why)})
    assert button in anna.get(f"/payments/{sent}").text


@pytest.mark.parametrize(
    ("decision", "origin", "answered"),
    [
        ("confirmed", "list", ("/payments", "it counts as paid")),
        ("rejected", "invoice", ("/invoices/", "it is not")),
        ("", "payment", ("/payments/", "Taken back")),
    ],
)
def test_the_word_goes_to_the_payment(
    anna: FlaskClient,
    fakes: FakeServices,
    sent: str,
    bill: str,
    decision: str,
    origin: str,
    answered: tuple[str, str],
) -> None:
    """And the page is the one that the button stood on, with a receipt."""
    fields = {"invoice": bill, "decision": decision, "from": origin}
    response = send(anna, f"/payments/{sent}/matches", at=f"/payments/{sent}", **fields)
    assert fakes.payments.decided == [(sent, bill, decision or None)]
    assert response.location.startswith(answered[0])
    assert answered[1] in anna.get(response.location).text


def test_ids_that_are_none_decide_nothing(
    anna: FlaskClient, fakes: FakeServices, sent: str
) -> None:
    """A form with a foreign id is answered with a page."""
    fields = {"invoice": "../etc", "decision": "confirmed"}
    response = send(anna, f"/payments/{sent}/matches", at=f"/payments/{sent}", **fields)
    assert response.status_code == 422
    assert not fakes.payments.decided


def test_a_payment_by_hand_keeps_no_whole_account_number(
    anna: FlaskClient, fakes: FakeServices
) -> None:
    """The form takes the last four characters, and money back as less than nothing."""
    fields = {"payee": "CDW", "amount": "-12.50", "priceCurrency": "eur", "account": "3000"}
    assert send(anna, "/payments/add", **fields).status_code == 302
    [kept] = fakes.records.kept[Kind.PAYMENT].values()
    assert kept == {
        "payee": {"name": "CDW"},
        "amount": "-12.50",
        "priceCurrency": "EUR",
        "account": "3000",
    }
    whole = {**fields, "account": "DE89370400440532013000"}
    assert send(anna, "/payments/add", **whole).status_code == 422


def test_changing_one_speaks_of_no_vendor(
    anna: FlaskClient, fakes: FakeServices, sent: str
) -> None:
    """Nobody sees it, so nobody gets the new version; what was said of it stays."""
    fakes.records.kept[Kind.PAYMENT][sent]["matches"] = [{"invoice": "0", "decision": "rejected"}]
    fields = {"payee": "CDW", "amount": "118.00"}
    response = send(anna, f"/payments/{sent}/edit", **fields)
    assert "endors" not in anna.get(response.location).text.split('role="status"')[1][:80]
    assert fakes.records.kept[Kind.PAYMENT][sent]["matches"]
