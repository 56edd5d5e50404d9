"""Errors as problem details: RFC 9457 section 3, with a stable `code`; challenges: RFC 9110 11.6.1.

Programs decide by `code` and `status`; `detail` is for the person who reads a log.
"""

from http import HTTPStatus
from typing import Any

import orjson
from flask import Blueprint, Response
from werkzeug.exceptions import HTTPException

from vault.errors import InvalidInput, VaultError
from vault.services.vendors.jose import ALGORITHMS

CONTENT_TYPE = "application/problem+json"


class Unauthorised(VaultError):
    """The token or its proof is missing or does not hold (RFC 6750 section 3, RFC 9449 7.1)."""

    code = "invalid_token"
    status = 401

    def __init__(self, message: str, code: str = "invalid_token") -> None:
        super().__init__(message)
        self.code = code


class TokenInAddress(InvalidInput):
    """A token in the query string, where logs and histories keep it (RFC 6750 section 2.3)."""

    code = "invalid_request"
    status = 400


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    retry_after: int | None = None,
    **more: Any,
) -> Response:
    """Return an answer that says what is wrong."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, "code": code}
    response = Response(orjson.dumps({**body, **more}), status, content_type=CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def register(blueprint: Blueprint, issuer: str) -> None:
    """Answer every error of the blueprint's views with a problem."""

    @blueprint.errorhandler(VaultError)
    def vault_error(error: VaultError) -> Response:
        detail = error.message if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else ""
        detail = detail or "Something went wrong on our side. Nothing was released."
        owed = {"deletion_owed": True} if getattr(error, "deletion_owed", False) else {}
        response = problem(error.status, error.code, detail, retry_after=error.retry_after, **owed)
        if error.status == HTTPStatus.UNAUTHORIZED:
            challenge(response, issuer, error.code)
        return response

    @blueprint.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        status = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
        faults = getattr(error, "data", {}).get("messages", {})
        if faults:  # webargs: a parameter that marshmallow refused
            return problem(status, "invalid_input", "A parameter is not valid.", errors=faults)
        code = error.name.lower().replace(" ", "_")
        return problem(status, code, error.description or error.name)


def challenge(response: Response, issuer: str, code: str) -> None:
    """Say how to come again: by DPoP, or with a bearer token if the client was given one."""
    error = "" if code == "authentication_required" else f', error="{code}"'
    where = f'resource_metadata="{issuer}/.well-known/oauth-protected-resource"'
    dpop = f'DPoP algs="{" ".join(ALGORITHMS)}", {where}{error}'
    bearer = f"Bearer {where}{error if 'dpop' not in code else ''}"
    response.headers.add("WWW-Authenticate", dpop)
    response.headers.add("WWW-Authenticate", bearer)
