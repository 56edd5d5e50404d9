"""Proof of possession at the authorization server: RFC 9449 sections 5, 8 and 10.

What a proof must contain is checked in `vault/services/access/proofs.py`, which the resource server
shares. Here it becomes OAuth's errors, and a nonce goes out with every answer.
"""

from flask import Response, request

from vault.consent.errors import InvalidDPoPProof, UseDPoPNonce, described
from vault.services.access.proofs import InvalidProof, NonceRequired, Proof, Proofs
from vault.services.access.replays import Replays


class ProofOfPossession:
    """Reads the DPoP header of the current request."""

    def __init__(self, proofs: Proofs, replays: Replays) -> None:
        """Each proof's `jti` is taken from `replays` once, across all processes."""
        self._proofs, self._replays = proofs, replays

    def checked(self) -> Proof | None:
        """Return the request's proof, not yet used; None if there is no DPoP header at all."""
        header = request.headers.getlist("DPoP")
        if not header:
            return None
        try:
            return self._proofs.check(header, request.method, request.path)
        except NonceRequired as error:
            raise UseDPoPNonce(described(error.message)) from error
        except InvalidProof as error:
            raise InvalidDPoPProof(described(error.message)) from error

    def use(self, proof: Proof | None) -> str | None:
        """Take the proof's `jti` and return its key's thumbprint. Raise for a replay."""
        if proof is None:
            return None
        if not self._replays.claim(proof.replay["jti"], proof.replay["expires_at"]):
            raise InvalidDPoPProof("The DPoP proof was used before.")
        return proof.jkt

    def add_nonce(self, response: Response) -> Response:
        """Send the current nonce along, whatever the answer is (section 8.2)."""
        response.headers["DPoP-Nonce"] = self._proofs.nonces.current()
        return response
