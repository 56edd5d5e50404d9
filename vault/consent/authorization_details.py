"""Rich authorization requests: RFC 9396 sections 2 and 5, the one type `vrm_records`.

The schema guards the door: what it does not know it refuses. What a detail *means* is the
domain's (`vault/domain/requested.py`).
"""

import json
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from vault.consent.errors import InvalidAuthorizationDetails, described
from vault.domain.compartments import SHAREABLE

TYPE = "vrm_records"
MAX_DETAILS = 10
_URI_SCHEMES = ("https:", "http:", "urn:")


def _texts(longest: int, most: int, data_key: str | None = None) -> fields.List[str]:
    """A list of distinct short texts, at least one: an empty list would ask for nothing."""
    return fields.List(
        fields.String(validate=validate.Length(min=1, max=longest)),
        validate=validate.Length(min=1, max=most),
        data_key=data_key,
    )


def _uri(value: str) -> None:
    if not value.startswith(_URI_SCHEMES) or not value.isascii() or " " in value:
        raise ValidationError("Not a URI.")


def _uris() -> fields.List[str]:
    return fields.List(
        fields.String(validate=[validate.Length(max=500), _uri]), validate=validate.Length(1, 10)
    )


class Flag(fields.Boolean):
    """True or false in JSON, and nothing that merely looks like it."""

    def _deserialize(self, value: object, *_: object, **__: object) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Details(Schema):
    """One element of `authorization_details`; an absent list asks for all."""

    class Meta:
        """Unknown fields are refused (RFC 9396 section 5)."""

        unknown = RAISE

    type = fields.String(required=True, validate=validate.Equal(TYPE))
    datatypes = fields.List(
        fields.String(validate=validate.OneOf([kind.plural for kind in SHAREABLE])),
        required=True,
        validate=validate.Length(1, len(SHAREABLE)),
    )
    actions = fields.List(
        fields.String(validate=validate.OneOf(["read"])), validate=validate.Length(1, 1)
    )
    fields_ = _texts(64, 100, "fields")
    sellers = _texts(200, 100)
    categories = _texts(200, 100)
    from_ = fields.Date(data_key="from")
    to = fields.Date()
    gifts = Flag()
    once = Flag()
    purpose = _uris()
    duration = fields.String(validate=validate.Regexp(r"\AP(?=\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?\Z"))
    terms = _texts(500, 20)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: object) -> None:
        if data.get("from_", date.min) > data.get("to", date.max):
            raise ValidationError("It ends before it begins.", "to")


class Narrowed(Details):
    """One element at the token endpoint (section 6): granted details fit as they were answered."""

    purpose = fields.List(fields.String(validate=_uri), validate=validate.Length(max=10))
    terms = fields.List(
        fields.String(validate=validate.Length(max=500)), validate=validate.Length(max=20)
    )


def parse(text: str | None, schema: type[Details] = Details) -> list[dict[str, Any]] | None:
    """Read the parameter; None if it is absent. Raise `InvalidAuthorizationDetails`."""
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidAuthorizationDetails("The authorization_details are not JSON.") from error
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_DETAILS:
        raise InvalidAuthorizationDetails(f"A list of 1 to {MAX_DETAILS} details is needed.")
    try:
        schema(many=True).load(value)
    except ValidationError as error:
        raise InvalidAuthorizationDetails(described(_first(error.messages))) from error
    return value


def _first(messages: Any) -> str:
    """Return the first message of marshmallow's tree, with the path to it."""
    path: list[str] = []
    while isinstance(messages, dict):
        name, messages = next(iter(messages.items()))
        path.append(str(name))
    text = messages[0] if isinstance(messages, list) else messages
    return f"authorization_details[{']['.join(path)}]: {text}"
