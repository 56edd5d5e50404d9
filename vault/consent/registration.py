"""Dynamic client registration: RFC 7591 sections 2 and 3, RFC 7592 sections 2 and 3.

Authlib's endpoint is not used: its traps are that it keeps what it is sent as it is, public clients
included, and believes software statements. Here a schema guards the door; what it does not know is
left out (RFC 7591 section 2), and nothing is fetched.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import Blueprint, Flask, Response, request, url_for
from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from vault.consent.authorization_details import Flag
from vault.consent.errors import described
from vault.consent.throttle import REGISTRATIONS, Throttle
from vault.errors import InvalidInput, VaultError
from vault.services.vendors import vendors
from vault.services.vendors.jose import ALGORITHMS
from vault.services.vendors.registrations import Registrations
from vault.services.vendors.vendors import Registration
from vault.storage.clients import CIBA, CODE, REFRESH, Client

MAX_BODY = 64 * 1024
JSON = "application/json"
_SERVERS_OWN = (
    "registration_access_token",
    "registration_client_uri",
    "client_id_issued_at",
    "client_secret_expires_at",
)
_UNAUTHORIZED, _UNPROCESSABLE, _SERVER_FAULT = 401, 422, 500


class Metadata(Schema):
    """What a client may say of itself; what it leaves out is chosen for it."""

    class Meta:
        """Unknown fields are ignored (RFC 7591 section 2)."""

        unknown = EXCLUDE

    client_name = fields.String(required=True)
    redirect_uris = fields.List(fields.String(), required=True)
    jwks = fields.Dict()
    jwks_uri = fields.String()
    policy_uri = fields.String()
    token_endpoint_auth_method = fields.String(validate=validate.Equal("private_key_jwt"))
    token_endpoint_auth_signing_alg = fields.String(validate=validate.OneOf(ALGORITHMS))
    grant_types = fields.List(fields.String(validate=validate.OneOf([CODE, REFRESH, CIBA])))
    backchannel_token_delivery_mode = fields.String(validate=validate.Equal("poll"))
    backchannel_user_code_parameter = Flag(validate=validate.Equal(comparable=False))
    response_types = fields.List(fields.String(validate=validate.Equal("code")))
    dpop_bound_access_tokens = Flag(validate=validate.Equal(comparable=True))
    require_pushed_authorization_requests = Flag(validate=validate.Equal(comparable=True))


def register(app: Flask, registrations: Registrations, throttle: Throttle, issuer: str) -> None:
    """Serve /oauth/register, and a configuration endpoint for each client below it."""
    blueprint = Blueprint("registration", __name__, url_prefix="/oauth/register")

    @blueprint.post("")
    def create() -> Response:
        throttle.count(REGISTRATIONS)
        registered = registrations.register(_bearer(), _registration(_body()))
        return _answer(registered.client, registered.token, issuer, 201)

    @blueprint.get("/<client_id>")
    def read(client_id: str) -> Response:
        return _answer(registrations.find(client_id, _bearer()), _bearer(), issuer)

    @blueprint.put("/<client_id>")
    def update(client_id: str) -> Response:
        registrations.find(client_id, _bearer())
        said = _body()
        if said.get("client_id") != client_id or any(name in said for name in _SERVERS_OWN):
            raise InvalidInput("An update names its client_id, and nothing that the server sets.")
        return _answer(
            registrations.update(client_id, _bearer(), _registration(said)), _bearer(), issuer
        )

    @blueprint.delete("/<client_id>")
    def delete(client_id: str) -> Response:
        registrations.remove(client_id, _bearer())
        return _uncached(Response(status=204))

    @blueprint.errorhandler(VaultError)
    def refuse(error: VaultError) -> Response:
        return _refusal(error)

    app.register_blueprint(blueprint)


def _bearer() -> str | None:
    """Return the token of the Authorization header: the only place where it may stand."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _body() -> dict[str, Any]:
    if request.mimetype != JSON:
        raise InvalidInput(f"The body must be {JSON}.")
    request.max_content_length = MAX_BODY
    try:
        body = orjson.loads(request.get_data())
    except ValueError as error:
        raise InvalidInput("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise InvalidInput("The body must be a JSON object.")
    return body


def _registration(body: Mapping[str, Any]) -> Registration:
    given = {name: value for name, value in body.items() if value is not None}
    try:
        known = Metadata().load(given)
    except ValidationError as error:
        raise InvalidInput(f"Not valid: {', '.join(sorted(error.messages_dict))}.") from error
    return Registration(
        name=known["client_name"],
        redirect_uris=tuple(known["redirect_uris"]),
        jwks=known.get("jwks"),
        jwks_uri=known.get("jwks_uri"),
        policy_uri=known.get("policy_uri"),
    )


def _answer(client: Client, token: str | None, issuer: str, status: int = 200) -> Response:
    """Return the client information response (RFC 7591 section 3.2.1, RFC 7592 section 3)."""
    where = url_for("registration.read", client_id=client.client_id)
    body = {
        **vendors.as_json(client),
        "registration_access_token": token,
        "registration_client_uri": issuer + where,
    }
    return _uncached(Response(orjson.dumps(body), status, content_type=JSON))


def _refusal(error: VaultError) -> Response:
    """Return an error with the codes of RFC 7591 section 3.2.2 and RFC 6750 section 3.1."""
    status, code = error.status, error.code
    if status == _UNPROCESSABLE:
        known = code == vendors.InvalidRedirectUri.code
        status, code = 400, code if known else "invalid_client_metadata"
    text = described(error.message) if status < _SERVER_FAULT else "The server is busy or failed."
    body = {"error": code, "error_description": text}
    response = Response(orjson.dumps(body), status, content_type=JSON)
    if status == _UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return _uncached(response)


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
