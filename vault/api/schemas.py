"""The shapes on the wire: marshmallow guards the parameters and writes the OpenAPI document.

Answers never pass through it (72 µs a record to dump): they are records as they are stored, cut to
what was granted. The shapes of records come from the domain's own list of fields.
"""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import RAISE, Schema, fields, validate

from vault.domain import fields as checks
from vault.domain.compartments import Kind
from vault.domain.records import CHECKERS, DELIVERY, LINE, PARTY

MAX_LIMIT = 1000
DEFAULT_LIMIT = 100
MAX_CURSOR = 512
READABLE = (Kind.PURCHASE, Kind.ORDER, Kind.INVOICE, Kind.LICENSE, Kind.PREFERENCE)


class PageQuery(Schema):
    """What a reader may say of the page it wants."""

    class Meta:
        """A misspelt parameter is refused, not ignored."""

        unknown = RAISE

    cursor = fields.String(
        validate=validate.Length(1, MAX_CURSOR),
        metadata={"description": "`next_cursor` of the page before; opaque. None: the start."},
    )
    limit = fields.Integer(
        load_default=DEFAULT_LIMIT,
        validate=validate.Range(1, MAX_LIMIT),
        metadata={"description": "The most items to answer with."},
    )


class NoQuery(Schema):
    """An address that takes no parameters."""

    class Meta:
        """A misspelt parameter is refused, not ignored."""

        unknown = RAISE


class Problem(Schema):
    """RFC 9457 problem details."""

    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable; decide by this."})
    errors = fields.Dict(metadata={"description": "Faults by parameter, where there are any."})
    deletion_owed = fields.Boolean(
        metadata={
            "description": "True: the consent has ended. Delete what was read under it, and say so."
        }
    )


class Grant(Schema):
    """What the token may do, until when, why, and under what terms."""

    grant_id = fields.String(required=True)
    sub = fields.String(
        required=True, metadata={"description": "The customer, named otherwise to each vendor."}
    )
    scope = fields.String(required=True)
    authorization_details = fields.List(fields.Dict(), required=True)
    purposes = fields.List(fields.String())
    once = fields.Boolean()
    expires_at = fields.Integer(metadata={"description": "Seconds since the epoch."})


class Receipt(Schema):
    """What both sides keep of a consent that was given or amended."""

    receipt = fields.String(
        required=True,
        metadata={"description": "A compact JWS (EdDSA); its key stands at /oauth/jwks."},
    )
    consent_record = fields.Dict(
        required=True,
        metadata={"description": "The record in it, JSON-LD by DPV's profile of ISO/IEC TS 27560."},
    )


def _text() -> fields.Field[Any]:
    return fields.String()


def _amount() -> fields.Field[Any]:
    return fields.String(validate=validate.Regexp(r"^-?\d+(\.\d+)?$"))


def _currency() -> fields.Field[Any]:
    return fields.String(validate=validate.Regexp(r"^[A-Z]{3}$"))


def _date() -> fields.Field[Any]:
    return fields.Date()


def _flag() -> fields.Field[Any]:
    return fields.Boolean()


_SIMPLE: dict[checks.Checker, Callable[[], fields.Field[Any]]] = {
    checks.text: _text,
    checks.amount: _amount,
    checks.currency: _currency,
    checks.calendar_date: _date,
    checks.moment: _text,
    checks.flag: _flag,
}


def _shape(name: str, members: Mapping[str, checks.Checker]) -> type[Schema]:
    return Schema.from_dict(
        {key: _field(key, member) for key, member in members.items()}, name=name
    )


def _field(name: str, checker: checks.Checker) -> fields.Field[Any]:
    made = _SIMPLE.get(checker)
    if made is not None:
        return made()
    nested = _NESTED.get(name)
    return fields.List(_text()) if nested is None else nested()


_PARTY = _shape("Party", PARTY)
_LINE = _shape("Line", LINE)
_DELIVERY = _shape("Delivery", DELIVERY)
_NESTED: dict[str, Callable[[], fields.Field[Any]]] = {
    **dict.fromkeys(("seller", "provider", "payee"), lambda: fields.Nested(_PARTY)),
    "lines": lambda: fields.List(fields.Nested(_LINE)),
    "deliveries": lambda: fields.List(fields.Nested(_DELIVERY)),
}


def _record(kind: Kind) -> type[Schema]:
    members = {name: _field(name, checker) for name, checker in CHECKERS[kind].items()}
    members["id"] = fields.String(
        required=True, metadata={"description": "Differs from vendor to vendor."}
    )
    if kind is Kind.LICENSE:
        members["keys"] = fields.List(fields.String())
    return Schema.from_dict(members, name=kind.value.capitalize())


def _page(kind: Kind) -> type[Schema]:
    deleted = fields.Boolean(
        metadata={"description": "True: gone, or no longer shared. Nothing but `id` is there."}
    )
    item = type(f"{kind.value.capitalize()}Item", (RECORDS[kind],), {"deleted": deleted})
    reset = {"description": "True: drop what you hold of this kind; this is a pass from the start."}
    members: dict[str, fields.Field[Any]] = {
        "items": fields.List(fields.Nested(item), required=True),
        "next_cursor": fields.String(required=True),
        "has_more": fields.Boolean(required=True),
        "reset": fields.Boolean(metadata=reset),
    }
    return Schema.from_dict(members, name=f"{kind.plural.capitalize()}Page")


RECORDS = {kind: _record(kind) for kind in READABLE}
PAGES = {kind: _page(kind) for kind in READABLE}
