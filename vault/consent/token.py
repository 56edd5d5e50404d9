"""The token endpoint: RFC 6749 sections 4.1.3, 5 and 6, RFC 9449 section 5, RFC 9396 section 7.

Authlib's traps worked round here: its authorization code grant looks a code up and deletes it
later, so that of two parallel exchanges both succeed, and its token mixins store secrets in clear.
So only its `BaseGrant` is used: the service takes a code by one conditional statement and keeps
look-up values alone. The proof of possession is checked before anything is consumed.
"""

import hmac
from collections.abc import Mapping
from typing import Any

from authlib.consts import default_json_headers
from authlib.oauth2.rfc6749 import (
    InvalidGrantError,
    InvalidRequestError,
    TokenEndpointMixin,
)
from authlib.oauth2.rfc6749.grants import BaseGrant

from vault.consent import authorization_details, pkce
from vault.consent.dpop import ProofOfPossession
from vault.consent.errors import InvalidDPoPProof
from vault.domain.narrowing import Narrowing
from vault.services.access.issuing import Issued
from vault.services.access.redemption import Redemption
from vault.services.access.tokens import Tokens
from vault.storage.clients import Client


class TokenGrant(BaseGrant, TokenEndpointMixin):
    """What all grant types share: who asks, with which key, and for how much of the consent."""

    redemption: Redemption
    tokens: Tokens
    possession: ProofOfPossession

    def validate_token_request(self) -> None:
        """Check the proof, then the client, then that the proof is new."""
        proof = self.possession.checked()
        client: Client = self.server.authenticate_client(self.request)
        if proof is None and client.sender_constrained:
            raise InvalidDPoPProof("A DPoP proof is required.")
        self.jkt = self.possession.use(proof)

    def narrowing(self) -> Narrowing | None:
        """Return what the access token shall carry; None for all that was granted.

        RFC 6749 section 6, RFC 9396 section 6. Raise `InvalidAuthorizationDetails`.
        """
        scope = self.request.form.get("scope", "")
        details = self.request.form.get("authorization_details")
        if not scope and details is None:
            return None
        read = authorization_details.parse(details, authorization_details.Narrowed)
        return Narrowing(scope, read, self.client.sellers)

    def parameter(self, name: str) -> str:
        """Return a required parameter. Raise `InvalidRequestError`."""
        value: str | None = self.request.form.get(name)
        if value is None:
            raise InvalidRequestError(f"The parameter {name} is missing.")
        return value

    def answer(self, issued: Issued) -> tuple[int, Any, Any]:
        """Return the token response; what is granted is always explicit."""
        body = {
            "access_token": issued.access_token,
            "token_type": "Bearer" if self.jkt is None else "DPoP",
            "expires_in": issued.expires_in,
            "scope": issued.scope,
            "authorization_details": issued.authorization_details,
            "grant_id": issued.grant_id,
            "sub": issued.sub,
        }
        if issued.refresh_token is not None:
            body["refresh_token"] = issued.refresh_token
        return 200, body, default_json_headers


class AuthorizationCodeGrant(TokenGrant):
    """RFC 6749 section 4.1.3: a code, once, by the client and for the request it belongs to."""

    GRANT_TYPE = "authorization_code"

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Exchange the code. Raise `InvalidGrantError` for one that does not belong here."""
        code, uri = self.parameter("code"), self.parameter("redirect_uri")
        verifier = self.request.form.get("code_verifier")

        def check(binding: Mapping[str, Any]) -> None:
            if not hmac.compare_digest(uri.encode(), binding["redirect_uri"].encode()):
                raise InvalidGrantError("The redirect_uri is not that of the request.")
            pkce.verify(verifier, binding["code_challenge"])
            if binding.get("dpop_jkt") not in (None, self.jkt):
                raise InvalidGrantError("The code is bound to another key.")

        issued = self.redemption.redeem(
            code, self.client.client_id, check, self.jkt, self.narrowing()
        )
        return self.answer(issued)


class RefreshTokenGrant(TokenGrant):
    """RFC 6749 section 6: a new access token for a consent that still holds."""

    GRANT_TYPE = "refresh_token"

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Issue an access token bound to this request's key. Raise `InvalidGrantError`."""
        issued = self.tokens.refresh(
            self.parameter("refresh_token"),
            self.client.client_id,
            self.jkt,
            rotates=not self.client.sender_constrained,
            narrowing=self.narrowing(),
        )
        return self.answer(issued)


def grants(
    redemption: Redemption, tokens: Tokens, possession: ProofOfPossession
) -> list[type[TokenGrant]]:
    """Return the grant types with their services; Authlib makes an instance for each request."""
    services = {"redemption": redemption, "tokens": tokens, "possession": possession}
    return [
        type(grant.__name__, (grant,), services)
        for grant in (AuthorizationCodeGrant, RefreshTokenGrant)
    ]
