"""A vendor's word that it has deleted what it read: POST /api/v1/grant/deletion.

By the token that has ended, as at any read; or, since tokens are lost and forgotten, by the client
authentication of the token endpoint with the grant's id in a form.
"""

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import EXCLUDE, Schema, fields

from vault.api.access import presented
from vault.api.records import documented
from vault.services.access.deletion import Deletion
from vault.services.access.proofs import Proofs


class DeletionForm(Schema):
    """What a client sends that authenticates itself; nothing of it beside a token."""

    class Meta:
        """What else belongs to client authentication is read there."""

        unknown = EXCLUDE

    grant_id = fields.String(metadata={"description": "The consent that has ended."})
    client_id = fields.String()
    client_assertion_type = fields.String()
    client_assertion = fields.String(metadata={"description": "As at the token endpoint."})


def register(
    blueprint: Blueprint, deletion: Deletion, proofs: Proofs, authenticate: Callable[[], str]
) -> None:
    """Serve it; `authenticate` gives the id of the current request's client."""

    @blueprint.route("/grant/deletion", methods=["POST"], endpoint="deletion")
    @documented(
        blueprint, "Acknowledge that what was read under an ended consent is deleted", 404, 409
    )
    @blueprint.arguments(DeletionForm, location="form")
    @blueprint.response(204)
    def acknowledge(form: dict[str, Any]) -> Response:
        if request.form:
            deletion.acknowledge(authenticate(), form.get("grant_id", ""))
        else:
            access = presented(proofs)
            deletion.acknowledge_by_token(access.token, access.proof)
        return Response(status=204, headers={"Cache-Control": "no-store"})

    @blueprint.after_request
    def add_nonce(response: Response) -> Response:
        response.headers["DPoP-Nonce"] = proofs.nonces.current()
        return response
