"""How a token reaches the resource server: RFC 6750 section 2.1, RFC 9449 section 7.

Only in the `Authorization` header, once. Whether the token lives, and what it permits, is decided
where the data leaves (`vault/services/access/disclosure.py`).
"""

from dataclasses import dataclass, field

from flask import request

from vault.api.problems import TokenInAddress, Unauthorised
from vault.services.access.proofs import InvalidProof, Proof, Proofs


@dataclass(frozen=True)
class Access:
    """A token as presented; `proof` is None for a bearer token."""

    token: str = field(repr=False)
    proof: Proof | None


def presented(proofs: Proofs) -> Access:
    """Return the current request's token with its proof checked. Raise `Unauthorised`."""
    if "access_token" in request.args or "access_token" in request.form:
        raise TokenInAddress("An access token belongs into the Authorization header alone.")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    scheme, token = scheme.lower(), token.strip()
    if scheme not in ("dpop", "bearer") or not token:
        raise Unauthorised("An access token is needed.", "authentication_required")
    if scheme == "bearer":
        return Access(token, None)
    try:
        proof = proofs.check(request.headers.getlist("DPoP"), request.method, request.path, token)
    except InvalidProof as error:
        raise Unauthorised(error.message, error.code) from error
    return Access(token, proof)
