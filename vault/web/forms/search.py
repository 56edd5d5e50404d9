"""What the address of a list says: search, filters, order, and how far back."""

from typing import Any

from flask_babel import format_date
from wtforms import (
    DateField,
    DecimalField,
    HiddenField,
    SelectChoice,
    SelectField,
    StringField,
)
from wtforms.validators import Optional

from vault.web.forms.addressed import AddressedForm
from vault.web.language import clauses
from vault.web.language import lazy_gettext as _


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class SearchForm(AddressedForm):
    """The search and filters of a list; sent by GET, so an address can be kept and shared."""

    q = StringField(_("Search"), filters=[_stripped])
    seller = StringField(_("Seller"), filters=[_stripped])
    category = StringField(_("Category"), filters=[_stripped])
    since = DateField(_("From"), name="from", validators=[Optional()])
    until = DateField(_("To"), name="to", validators=[Optional()])
    least = DecimalField(_("Amount at least"), name="min", places=None, validators=[Optional()])
    most = DecimalField(_("Amount at most"), name="max", places=None, validators=[Optional()])
    gift = SelectField(
        _("Gifts"),
        choices=[
            SelectChoice("", _("With gifts")),
            SelectChoice("only", _("Only gifts")),
            SelectChoice("none", _("Without gifts")),
        ],
        validate_choice=False,
    )
    site = StringField(_("Place"), filters=[_stripped])
    sort = SelectField(_("Sort by"), validate_choice=False)
    after = HiddenField()

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list, the search apart."""
        return bool(self._narrowing())

    def in_words(self) -> str:
        """What narrows the list, as `Seller CDW, From 2026-01-01`."""
        return clauses(*(f"{field.label.text} {_shown(field)}" for field in self._narrowing()))

    def _narrowing(self) -> list[Any]:
        fields = (
            self.seller,
            self.category,
            self.since,
            self.until,
            self.least,
            self.most,
            self.gift,
            self.site,
        )
        return [field for field in fields if field.data and not field.errors]


def _shown(field: Any) -> str:
    if field.type == "SelectField":
        labels = {one.value: one.label for one in field.choices}
        return str(labels.get(field.data, "")).lower()
    return str(format_date(field.data)) if field.type == "DateField" else str(field.data)


def gift_choice(form: Any) -> bool | None:
    """Only gifts, only what is none, or both."""
    return {"only": True, "none": False}.get(form.gift.data)
