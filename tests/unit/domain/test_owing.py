"""What an invoice leaves to pay by its own word."""

from typing import Any

import pytest

from vault.domain.owing import NOTHING_DUE, PAID, is_settled, standing

BILL = {"totalPaymentDue": "100.00"}
LINES = [{"lineTotal": "50.00"}, {"lineTotal": "34.03"}]


@pytest.mark.parametrize(
    "status",
    ["paid", "Paid", "PaymentComplete", "https://schema.org/PaymentComplete", "COMPLETE"],
)
def test_a_document_that_says_paid_is_believed(status: str) -> None:
    """In its own words or in schema.org's, whatever its figures are."""
    assert standing(BILL | {"paymentStatus": status}) == PAID
    assert standing({"paymentStatus": status, "totalPaymentDue": "0.00"}) == PAID


@pytest.mark.parametrize(
    "stated",
    [
        {"totalPaymentDue": "0.00"},
        {"totalPaymentDue": "0", "paymentStatus": "PaymentDue"},
        {"totalPaymentDue": "-12.50"},
        {"totalPaymentDue": "12.50", "typeCode": "381"},
        {"typeCode": "261"},
    ],
)
def test_of_nothing_and_of_money_back_nothing_is_due(stated: dict[str, Any]) -> None:
    """An amount of zero or less, and a credit note, whose amounts are mostly positive."""
    assert standing(stated) == NOTHING_DUE
    assert is_settled(standing(stated))


@pytest.mark.parametrize(
    "stated",
    [
        {"amountPaid": "100.00"},
        {"amountPaid": "100", "paymentStatus": "sent"},
        {"amountPaid": "100.00", "lines": LINES, "taxTotal": "15.97"},
        {"amountPaid": "120.00", "lines": LINES},
        {"amountPaid": "100.00", "lines": LINES, "paymentStatus": "PaymentPastDue"},
    ],
)
def test_what_was_paid_of_the_whole_settles_it(stated: dict[str, Any]) -> None:
    """Where both are equal, or its lines and tax bill no more than is due."""
    assert standing(BILL | stated) == PAID


@pytest.mark.parametrize(
    "stated",
    [
        {},
        {"amountPaid": "0.00"},
        {"amountPaid": "99.99"},
        {"amountPaid": "100.00", "paymentStatus": "PaymentDue"},
        {"amountPaid": "100.00", "paymentStatus": "https://schema.org/PaymentPastDue"},
        {"amountPaid": "150.00"},
        {"amountPaid": "100.00", "lines": [{"lineTotal": "200.00"}]},
        {"amountPaid": "100.00", "lines": LINES, "taxTotal": "115.97"},
        {"amountPaid": "150.00", "lines": [{"lineTotal": "250.00"}]},
    ],
)
def test_a_deposit_settles_nothing(stated: dict[str, Any]) -> None:
    """What is due is then what is left after it: half of a sum, or less, stays to be paid."""
    assert standing(BILL | stated) == stated.get("paymentStatus", "")
    assert not is_settled(standing(BILL | stated))


def test_a_line_without_a_total_proves_nothing() -> None:
    """Then the two amounts alone speak."""
    lines = [{"lineTotal": "500.00"}, {"name": "Rope"}]
    assert standing(BILL | {"amountPaid": "100.00", "lines": lines}) == PAID


def test_an_invoice_without_an_amount_is_what_it_says() -> None:
    """Nothing is known of what is due: nothing is said of it."""
    assert standing({}) == ""
    assert standing({"amountPaid": "100.00"}) == ""
    assert standing({"paymentStatus": "PaymentDue"}) == "PaymentDue"
