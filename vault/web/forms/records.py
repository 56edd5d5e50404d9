"""Forms for records written by hand, and their way into a record's data and back.

A form holds the fields that a person would type. Whatever else a record states (deliveries, the
lines of an invoice, serial numbers) is kept as it is when the record is edited.
"""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from vault.domain.compartments import Kind
from vault.domain.corrections import OWN_FIELDS
from vault.web.field_words import LABELS
from vault.web.kinds import STRENGTHS, TOPICS
from vault.web.language import lazy_gettext as _

_TEXT = [Optional(), Length(max=2000)]
_NEEDED = [DataRequired(_("This is needed.")), Length(max=2000)]
_STATED = [InputRequired(_("This is needed."))]
_PARTIES = frozenset({"seller", "provider", "payee"})
_LISTS = frozenset({"referencesOrder"})


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


def _text(name: str, *, needed: bool = False) -> Field:
    return StringField(LABELS[name], filters=[_stripped], validators=_NEEDED if needed else _TEXT)


def _day(name: str) -> Field:
    return DateField(LABELS[name], validators=[Optional()])


def _number(name: str) -> Field:
    return DecimalField(LABELS[name], places=None, validators=[Optional()])


def _currency() -> Field:
    three = Regexp(r"^[A-Za-z]{3}$", message=_("Three letters, such as EUR or USD."))
    return StringField(LABELS["priceCurrency"], filters=[_stripped], validators=[Optional(), three])


def _choices(words: Mapping[str, Any]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in words.items()]


class PurchaseForm(FlaskForm):
    """One ordered item."""

    name = _text("name", needed=True)
    seller = _text("seller")
    orderDate = _day("orderDate")  # noqa: N815 - the record's name
    quantity = _number("quantity")
    price = _number("price")
    lineTotal = _number("lineTotal")  # noqa: N815
    priceCurrency = _currency()  # noqa: N815
    category = _text("category")
    brand = _text("brand")
    orderNumber = _text("orderNumber")  # noqa: N815
    site = _text("site")
    returnBy = _day("returnBy")  # noqa: N815
    warrantyUntil = _day("warrantyUntil")  # noqa: N815
    isGift = BooleanField(_("It is a gift"))  # noqa: N815
    giftRecipient = _text("giftRecipient")  # noqa: N815


class OrderForm(FlaskForm):
    """An order as a whole."""

    orderNumber = _text("orderNumber", needed=True)  # noqa: N815
    seller = _text("seller")
    orderDate = _day("orderDate")  # noqa: N815
    orderStatus = _text("orderStatus")  # noqa: N815
    poNumber = _text("poNumber")  # noqa: N815
    totalPrice = _number("totalPrice")  # noqa: N815
    priceCurrency = _currency()  # noqa: N815
    shipping = _number("shipping")
    tax = _number("tax")
    discount = _number("discount")
    site = _text("site")


class InvoiceForm(FlaskForm):
    """What is owed."""

    invoiceNumber = _text("invoiceNumber", needed=True)  # noqa: N815
    provider = _text("provider")
    issueDate = _day("issueDate")  # noqa: N815
    paymentDueDate = _day("paymentDueDate")  # noqa: N815
    totalPaymentDue = _number("totalPaymentDue")  # noqa: N815
    amountPaid = _number("amountPaid")  # noqa: N815
    priceCurrency = _currency()  # noqa: N815
    taxTotal = _number("taxTotal")  # noqa: N815
    paymentStatus = _text("paymentStatus")  # noqa: N815
    paymentTerms = _text("paymentTerms")  # noqa: N815
    site = _text("site")


class PaymentForm(FlaskForm):
    """What was paid."""

    payee = StringField(_("Paid to"), filters=[_stripped], validators=_TEXT)
    paymentDate = _day("paymentDate")  # noqa: N815
    amount = DecimalField(LABELS["amount"], places=None, validators=_STATED)
    priceCurrency = _currency()  # noqa: N815
    reference = _text("reference")
    paymentMethod = _text("paymentMethod")  # noqa: N815
    account = StringField(
        LABELS["account"],
        filters=[_stripped],
        validators=[Optional(), Length(max=4, message=_("The last four characters, no more."))],
    )
    note = TextAreaField(LABELS["note"], filters=[_stripped], validators=_TEXT)


class LicenseForm(FlaskForm):
    """Something that may be used."""

    name = _text("name", needed=True)
    publisher = _text("publisher")
    seller = _text("seller")
    quantityOwned = _number("quantityOwned")  # noqa: N815
    quantityUsed = _number("quantityUsed")  # noqa: N815
    metric = _text("metric")
    ownedFrom = _day("ownedFrom")  # noqa: N815
    ownedThrough = _day("ownedThrough")  # noqa: N815
    maintenanceEnd = _day("maintenanceEnd")  # noqa: N815
    agreementNumber = _text("agreementNumber")  # noqa: N815
    licenseNumber = _text("licenseNumber")  # noqa: N815
    site = _text("site")
    keys = TextAreaField(_("New license keys, one a line"), validators=_TEXT)


class PreferenceForm(FlaskForm):
    """A wish, in the customer's words."""

    topic = SelectField(LABELS["topic"], choices=_choices(TOPICS), validate_choice=False)
    subject = _text("subject", needed=True)
    value = _text("value")
    strength = SelectField(
        LABELS["strength"],
        choices=_choices({"": "–", **STRENGTHS}),
        validate_choice=False,
    )
    note = TextAreaField(LABELS["note"], filters=[_stripped], validators=_TEXT)
    validThrough = _day("validThrough")  # noqa: N815


FORMS: Mapping[Kind, type[FlaskForm]] = {
    Kind.PURCHASE: PurchaseForm,
    Kind.ORDER: OrderForm,
    Kind.INVOICE: InvoiceForm,
    Kind.PAYMENT: PaymentForm,
    Kind.LICENSE: LicenseForm,
    Kind.PREFERENCE: PreferenceForm,
}


def record_form(kind: Kind, record: Mapping[str, Any] | None = None) -> Any:
    """The form of a kind, filled from what was sent, or else from `record`."""
    shown = {name: _to_form(name, value) for name, value in (record or {}).items()}
    return FORMS[kind](data=shown)


def record_data(form: FlaskForm, previous: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The data that a form states; fields that it does not have are kept from `previous`."""
    data = {
        name: value
        for name, value in (previous or {}).items()
        if name not in {"id", *OWN_FIELDS} and name not in form
    }
    for field in form:
        if field.type != "CSRFTokenField":
            stated = _to_data(field.name, field.data, previous or {})
            if stated is not None:
                data[field.name] = stated
    return data


def _to_form(name: str, value: Any) -> Any:
    if name in _PARTIES:
        return value.get("name") or value.get("identifier")
    if name in _LISTS:
        return ", ".join(value)
    if isinstance(value, str) and (
        name.endswith(("Date", "By", "Until", "Through", "End", "From"))
    ):
        return dt.date.fromisoformat(value[:10])
    return value


def _to_data(name: str, value: Any, previous: Mapping[str, Any]) -> Any:
    if value is None or value == "" or value is False:
        return None
    if name == "keys":
        return value.split()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dt.date):
        return value.isoformat()
    if name in _PARTIES:
        known = previous.get(name) or {}
        return known if value == _to_form(name, known) else {"name": value}
    return value.upper() if name == "priceCurrency" else value
