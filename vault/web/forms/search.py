"""What the address of a list says: search, filters, order, and how far back."""

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import DateField, DecimalField, Form, HiddenField, SelectField, StringField
from wtforms.validators import Optional


def _stripped(text: str | None) -> str | None:
    return text.strip() if text else text


class SearchForm(Form):
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
        choices=[("", _("With gifts")), ("only", _("Only gifts")), ("none", _("Without gifts"))],
        validate_choice=False,
    )
    site = StringField(_("Place"), filters=[_stripped])
    sort = SelectField(_("Order"), validate_choice=False)
    after = HiddenField()

    @property
    def filtered(self) -> bool:
        """Whether anything narrows the list, the search apart."""
        narrowing = (self.seller, self.category, self.since, self.until, self.least, self.most)
        return any(field.data for field in (*narrowing, self.gift, self.site))


@dataclass(frozen=True)
class Receipt:
    """What was just done to some entries, with the way back."""

    done: str
    undo: str
    ids: tuple[str, ...]


def gift_choice(form: Any) -> bool | None:  # noqa: ANN401 - WTForms has no types
    """Only gifts, only what is none, or both."""
    return {"only": True, "none": False}.get(form.gift.data)
