"""The server's public keys as a JWK Set: RFC 7517 section 5, RFC 8037 section 2.

They sign the ledger's entries and the consent receipts; earlier ones stay, so that what they
signed can be checked for ever.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any


def jwks(public_keys: Mapping[int, bytes]) -> dict[str, Any]:
    """Return the raw Ed25519 keys, by number, as a JWK Set; `kid` is the number."""
    return {"keys": [_jwk(number, raw) for number, raw in sorted(public_keys.items())]}


def _jwk(number: int, raw: bytes) -> dict[str, str]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "x": urlsafe_b64encode(raw).rstrip(b"=").decode(),
        "use": "sig",
        "alg": "EdDSA",
        "kid": str(number),
    }
