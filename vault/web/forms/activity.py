"""What the address of the activity says: whose, what, on which day, and how far back."""

from collections.abc import Iterable

from wtforms import DateField, IntegerField, SelectChoice, SelectField
from wtforms.validators import NumberRange, Optional

from vault.domain.events import LedgerEvent
from vault.services.activity.search import Wanted
from vault.web.forms.addressed import AddressedForm
from vault.web.language import lazy_gettext as _

_VENDORS = frozenset({LedgerEvent.DISCLOSURE, LedgerEvent.REFUSAL})
_CONSENTS = frozenset(event for event in LedgerEvent if event.startswith(("consent_", "vendor_")))

EVENTS: dict[str, frozenset[str]] = {
    "": frozenset(),
    "reads": frozenset({LedgerEvent.DISCLOSURE}),
    "refusals": frozenset({LedgerEvent.REFUSAL}),
    "consents": _CONSENTS,
    "own": frozenset(LedgerEvent) - _VENDORS - _CONSENTS,
}
MOST = 2**53
"""No vault has so many entries, and every database counts so far."""


class ActivityForm(AddressedForm):
    """The filters of the activity; sent by GET, so an address can be kept."""

    vendor = SelectField(_("Vendor"), validate_choice=False)
    what = SelectField(
        _("What"),
        choices=[
            SelectChoice("", _("Everything")),
            SelectChoice("reads", _("What vendors read")),
            SelectChoice("refusals", _("What was refused")),
            SelectChoice("consents", _("Consents given and ended")),
            SelectChoice("own", _("What you did")),
        ],
        validate_choice=False,
    )
    day = DateField(_("Day"), validators=[Optional()])
    before = IntegerField(validators=[Optional(), NumberRange(0, MOST)])

    def offer(self, vendors: Iterable[tuple[str, str]]) -> None:
        """Let one of some vendors be chosen: pairs of client id and name."""
        named = sorted(set(vendors), key=lambda one: one[1].casefold())
        choices = [SelectChoice("", _("All vendors"))]
        self.vendor.choices = [*choices, *(SelectChoice(*one) for one in named)]

    @property
    def wanted(self) -> Wanted:
        """What is asked for; a day that is none narrows nothing and is shown as wrong."""
        return Wanted(
            client_id=self.vendor.data or "",
            events=EVENTS.get(self.what.data or "", frozenset()),
            day=self.day.data,
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the list."""
        return self.wanted != Wanted()
