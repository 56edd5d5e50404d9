"""The form in which a customer says what the columns of a sheet mean.

It is filled from what was sent, else from the map that the sheet was read by, else from what is
proposed. What is still open, or cannot hold together, stands in `problems` by the field's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vault.domain.column_maps import ENCODINGS, ColumnMap, Dates, Decimals
from vault.domain.columns import MEANINGS, NEEDED, SELLER_FIELD, Cell
from vault.domain.compartments import Kind
from vault.domain.fields import currency as currency_problem
from vault.domain.presets import find
from vault.domain.proposals import Proposal
from vault.web.field_words import LABELS
from vault.web.kinds import named
from vault.web.language import LazyString, lazy_gettext
from vault.web.language import gettext as _

ASKED = "?"
"""What a select says while nobody has answered it."""

DATES: dict[str, LazyString] = {
    Dates.DAY_FIRST.value: lazy_gettext("Day first: 31.12.2026 or 31/12/2026"),
    Dates.MONTH_FIRST.value: lazy_gettext("Month first: 12/31/2026"),
    Dates.PLAIN.value: lazy_gettext("Year first, or with the month’s name"),
}
DECIMALS: dict[str, LazyString] = {
    Decimals.COMMA.value: lazy_gettext("After a comma: 1.234,50"),
    Decimals.POINT.value: lazy_gettext("After a point: 1,234.50"),
    Decimals.PLAIN.value: lazy_gettext("There are none"),
}
_OWN_LABELS: dict[str, LazyString] = {
    "trackingNumber": lazy_gettext("Tracking number"),
    "carrier": lazy_gettext("Carrier"),
    "key": lazy_gettext("License key"),
    "totalPrice": lazy_gettext("Total of the order"),
    "orderStatus": lazy_gettext("State of the order"),
    "itemStatus": lazy_gettext("State of the item"),
    "shipping": lazy_gettext("Shipping of the order"),
    "tax": lazy_gettext("Tax of the order"),
    "discount": lazy_gettext("Discount on the order"),
}
"""Where the label of a form would be said of two fields."""

_EXAMPLES = 3


@dataclass(slots=True)
class Column:
    """One column: where it stands, its name as written and as compared, some cells, its meaning."""

    place: int
    title: str
    name: str
    examples: list[str]
    field: str = ""
    is_id: bool = False


@dataclass(slots=True)
class MapForm:
    """What is said of a sheet."""

    kind: str
    seller: str
    currency: str
    dates: str
    decimals: str
    columns: list[Column]
    encoding: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def kinds(self) -> dict[str, str]:
        """What a row can be."""
        return {kind.value: named(kind) for kind in MEANINGS}

    @property
    def meanings(self) -> dict[str, str]:
        """What a column can be, by the name of its field, in the reader's order."""
        if not self.kind:
            return {}
        return {name: meaning(name) for name in MEANINGS[Kind(self.kind)]}

    @property
    def map(self) -> ColumnMap | None:
        """The map that it states; None while there are problems."""
        return None if self.problems else ColumnMap.from_json(self._stated())

    def in_titles(self, reason: str) -> str:
        """Why a row does not fit, with its column named as the sheet writes it."""
        for one in sorted(self.columns, key=lambda one: -len(one.name)):
            if reason.startswith(f"{one.name} "):
                return one.title + reason.removeprefix(one.name)
        return reason

    def _stated(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "seller": self.seller,
            "currency": self.currency,
            "dates": self.dates,
            "decimals": self.decimals,
            "encoding": self.encoding,
            "header": [one.name for one in self.columns],
            "columns": {one.name: one.field for one in self.columns if one.field},
            "ids": [one.name for one in self.columns if one.is_id],
        }


def meaning(name: str) -> str:
    """A field in plain words."""
    return str(_OWN_LABELS.get(name) or LABELS[name])


def proposed(proposal: Proposal, by: ColumnMap | None, preset: str) -> MapForm:
    """The form as it is first shown."""
    chosen = find(preset)
    if by is not None and chosen is None:
        return _filled(proposal, by.to_json())
    kind = chosen.kind.value if chosen else proposal.kind
    if not kind:
        return _filled(proposal, {})
    draft = dict(proposal.drafts[kind])
    return _filled(proposal, {**draft, "seller": chosen.vendor if chosen else ""})


def sent(proposal: Proposal, values: Mapping[str, str]) -> MapForm:
    """The form as it was sent; for another kind than before its columns are proposed anew."""
    kind = values.get("kind", "") if values.get("kind", "") in MEANINGS else ""
    if kind and kind != values.get("former"):
        draft = dict(proposal.drafts[kind])
        kept = {name: values.get(name, "").strip() for name in ("seller", "currency")}
        form = _filled(proposal, {**draft, **kept})
        if values.get("action") == "use":
            form.problems["kind"] = _("The columns are proposed anew for this: look at them first.")
        return form
    form = _filled(proposal, {"kind": kind})
    form.seller = values.get("seller", "").strip()
    form.currency = values.get("currency", "").strip().upper()
    form.dates = values.get("dates", ASKED)
    form.decimals = values.get("decimals", ASKED)
    form.encoding = values.get("encoding", "") if values.get("encoding") in ENCODINGS else ""
    for one in form.columns:
        one.field = values.get(f"column-{one.place}", "")
        one.is_id = bool(values.get(f"id-{one.place}"))
    form.problems = _problems(form)
    if values.get("action") == "use" and not _says_whose(form):
        form.problems["seller"] = _("Say whose sheet this is, or which column says it.")
    return form


def _says_whose(form: MapForm) -> bool:
    """Whether it is said whose sheet it is: needed to keep a map, not to look."""
    field = SELLER_FIELD.get(Kind(form.kind), "seller") if form.kind else "seller"
    return bool(form.seller) or any(one.field == field for one in form.columns)


def _filled(proposal: Proposal, stated: Mapping[str, Any]) -> MapForm:
    """The form of what a map or a draft states."""
    columns, ids = stated.get("columns", {}), stated.get("ids", ())
    form = MapForm(
        kind=stated.get("kind", ""),
        seller=stated.get("seller", ""),
        currency=stated.get("currency", ""),
        dates=_style(stated.get("dates", "")),
        decimals=_style(stated.get("decimals", "")),
        encoding=stated.get("encoding", ""),
        columns=[
            Column(
                place,
                title,
                name,
                _examples(proposal, place),
                columns.get(name, ""),
                name in ids,
            )
            for place, (title, name) in enumerate(zip(proposal.header, proposal.names, strict=True))
            if name
        ],
    )
    form.problems = _problems(form)
    return form


def _style(value: str | None) -> str:
    return ASKED if value is None else value


def _examples(proposal: Proposal, place: int) -> list[str]:
    cells = (row[place] for row in proposal.sample if place < len(row))
    return list(dict.fromkeys(cell for cell in cells if cell))[:_EXAMPLES]


def _problems(form: MapForm) -> dict[str, str]:
    """What is open or cannot be, by the name of the field, in the reader's words."""
    if not form.kind:
        return {"kind": _("Say what a row is.")}
    found: dict[str, str] = {}
    meanings = MEANINGS[Kind(form.kind)]
    stated = [one.field for one in form.columns if one.field]
    if form.dates not in DATES:
        found["dates"] = _("Such dates can be read in two ways: say which is meant.")
    if form.decimals not in DECIMALS:
        found["decimals"] = _("Such amounts can be read in two ways: say which is meant.")
    if form.currency and currency_problem(form.currency):
        found["currency"] = _("Three letters, such as EUR or USD.")
    needed = NEEDED[Kind(form.kind)]
    if not set(stated) & set(needed):
        words = " / ".join(meaning(name) for name in needed)
        found["columns"] = _("One column has to be: %(meanings)s.", meanings=words)
    for one in form.columns:
        if one.field and (
            one.field not in meanings
            or (stated.count(one.field) > 1 and meanings[one.field] is not Cell.TEXT)
        ):
            found[f"column-{one.place}"] = _("Only one column can be this.")
    return found
