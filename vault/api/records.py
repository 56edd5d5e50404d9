"""The records that a grant releases: GET /api/v1/<kind> and /api/v1/<kind>/<id>, and the grant.

A view reads the token, calls the one service through which data leaves, and writes JSON.
"""

from typing import Any

import orjson
from flask import Response, g
from flask_smorest import Blueprint

from vault.api import headers, problems
from vault.api.access import presented
from vault.api.schemas import PAGES, READABLE, RECORDS, Grant, NoQuery, PageQuery, Problem, Receipt
from vault.domain.compartments import Kind
from vault.services.access.disclosure import Disclosure
from vault.services.access.granted import Granted
from vault.services.access.proofs import Proofs

_FAULTS = {
    400: "A token in the address",
    401: "No token, a dead one, or one whose proof does not hold",
    403: "The consent, or a token that was asked for less, does not cover this kind",
    422: "A parameter, or the cursor, is not valid",
    429: "Too many requests",
    503: "The vault is busy; `Retry-After` says for how long",
}

_FURTHER = {404: "There is no such thing for this vendor", 409: "The consent has not ended"}


def answer(body: Any, ledger_head: str) -> Response:
    """Return JSON with the head of the customer's ledger."""
    response = Response(orjson.dumps(body), content_type="application/json")
    response.headers["Ledger-Head"] = ledger_head
    response.headers["Cache-Control"] = "no-store"
    return response


def documented(blueprint: Blueprint, summary: str, *further: int) -> Any:
    """Return a decorator that describes a view and its errors in the OpenAPI document.

    At one stroke: each decorator of flask-smorest's copies all that was said of the view before.
    """
    return blueprint.doc(
        summary=summary,
        security=[{"dpop": []}, {"bearer": []}],
        responses={status: _fault(status) for status in sorted({*_FAULTS, *further})},
    )


def _fault(status: int) -> dict[str, Any]:
    return {
        "description": _FURTHER.get(status) or _FAULTS[status],
        "headers": headers.of(status),
        "content": {problems.CONTENT_TYPE: {"schema": Problem}},
    }


class Reader:
    """Adds the views of each kind to a blueprint."""

    def __init__(
        self, blueprint: Blueprint, disclosure: Disclosure, granted: Granted, proofs: Proofs
    ) -> None:
        """`disclosure` decides what leaves, `granted` says what may; `proofs` checks the key."""
        self._blueprint, self._disclosure, self._granted = blueprint, disclosure, granted
        self._proofs = proofs
        for kind in READABLE:
            self._add_page(kind)
            self._add_one(kind)
        self._add_grant()
        self._add_receipt()
        blueprint.before_request(self._read_token)
        blueprint.after_request(self._add_nonce)

    def _add_page(self, kind: Kind) -> None:
        blueprint = self._blueprint

        @blueprint.route(f"/{kind.plural}", endpoint=kind.plural)
        @documented(blueprint, f"The {kind.plural} that the consent covers, oldest change first")
        @blueprint.arguments(PageQuery, location="query", unknown=None)
        @blueprint.response(200, PAGES[kind], headers=headers.of(200))
        def page(query: dict[str, Any]) -> Response:
            page = self._disclosure.page(
                g.access.token, kind, query.get("cursor"), query["limit"], g.access.proof
            )
            body = {
                "items": page.items,
                "next_cursor": page.next_cursor,
                "has_more": page.has_more,
            }
            return answer(body | ({"reset": True} if page.reset else {}), page.ledger_head)

    def _add_one(self, kind: Kind) -> None:
        blueprint = self._blueprint

        @blueprint.route(f"/{kind.plural}/<string:record_id>", endpoint=kind.value)
        @documented(blueprint, f"One {kind.value} by its id", 404)
        @blueprint.arguments(NoQuery, location="query", unknown=None)
        @blueprint.response(200, RECORDS[kind], headers=headers.of(200))
        def one(_query: dict[str, Any], record_id: str) -> Response:
            return answer(*self._disclosure.one(g.access.token, kind, record_id, g.access.proof))

    def _add_grant(self) -> None:
        blueprint = self._blueprint

        @blueprint.route("/grant", endpoint="grant")
        @documented(blueprint, "What this token may do, until when, why, and under what terms")
        @blueprint.arguments(NoQuery, location="query", unknown=None)
        @blueprint.response(200, Grant, headers=headers.of(200))
        def grant(_query: dict[str, Any]) -> Response:
            return answer(*self._granted.terms(g.access.token, g.access.proof))

    def _add_receipt(self) -> None:
        blueprint = self._blueprint

        @blueprint.route("/grant/receipt", endpoint="receipt")
        @documented(blueprint, "The signed receipt of the consent that this token is under", 404)
        @blueprint.arguments(NoQuery, location="query", unknown=None)
        @blueprint.response(200, Receipt, headers=headers.of(200))
        def receipt(_query: dict[str, Any]) -> Response:
            return answer(*self._granted.receipt(g.access.token, g.access.proof))

    def _read_token(self) -> None:
        """Look at the token before anything else: a stranger learns nothing of parameters."""
        g.access = presented(self._proofs)

    def _add_nonce(self, response: Response) -> Response:
        response.headers["DPoP-Nonce"] = self._proofs.nonces.current()
        return response
