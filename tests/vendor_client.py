"""A vendor's OAuth client with real keys, written from the RFCs and not from the server.

PAR, PKCE S256, private_key_jwt, DPoP with the server's nonces, over httpx. Each step can be told to
do one thing wrongly, so that the refusals can be tested by name.
"""

import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
from joserfc import jws
from joserfc._rfc7515.model import JWSAlgModel
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CIBA = "urn:openid:params:grant-type:ciba"
REDIRECT_URI = "http://localhost:9000/callback"
Change = Callable[[dict[str, Any], dict[str, Any]], None]
"""Alters the header and the claims of a token before it is signed."""


def base64url(data: bytes) -> str:
    """Encode as all of JOSE does."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def ec_key() -> Key:
    """A new P-256 key."""
    return ECKey.generate_key("P-256")


def ed_key() -> Key:
    """A new Ed25519 key."""
    return OKPKey.generate_key("Ed25519")


def rsa_key(bits: int = 2048) -> Key:
    """A new RSA key."""
    return RSAKey.generate_key(bits)


ALGORITHMS: dict[str, Callable[[], Key]] = {
    "ES256": ec_key,
    "EdDSA": ed_key,
    "Ed25519": ed_key,
    "PS256": rsa_key,
}


class _Registry(jws.JWSRegistry):
    max_header_length = 8192

    def get_alg(self, name: str) -> JWSAlgModel:
        """Whatever is asked for: a hostile client signs with anything."""
        return self.algorithms[name]


def sign(key: Key, header: dict[str, Any], claims: bytes) -> str:
    """Sign a JWT with whatever algorithm its header names."""
    registry = _Registry({}, algorithms=[header["alg"]], strict_check_header=False)
    return jws.serialize_compact(header, claims, key, registry=registry)


def public(key: Key) -> dict[str, Any]:
    """The public part of a key as a JWK."""
    return dict(key.as_dict(private=False))


def keep(_header: dict[str, Any], _claims: dict[str, Any]) -> None:
    """Change nothing."""


@dataclass
class VendorClient:
    """One registered client, talking to one vault; `secret` makes it one of profile `basic`."""

    http: httpx.Client
    issuer: str
    client_id: str
    key: Key | None = None
    alg: str = "ES256"
    secret: str | None = None
    redirect_uri: str = REDIRECT_URI
    dpop_key: Key = field(default_factory=ec_key)
    dpop_alg: str = "ES256"
    nonce: str | None = None
    verifier: str = ""
    access_token: str = ""
    refresh_token: str = ""

    # --- what is signed ---

    def assertion(self, change: Change = keep, *, key: Key | None = None) -> str:
        """A client assertion (RFC 7523 section 3)."""
        now = time.time()
        header: dict[str, Any] = {"alg": self.alg, "typ": "JWT"}
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 60,
        }
        change(header, claims)
        return sign(key or self._key(), header, httpx.Response(200, json=claims).content)

    def proof(self, method: str, path: str, token: str | None = None, change: Change = keep) -> str:
        """A DPoP proof (RFC 9449 section 4.2)."""
        header: dict[str, Any] = {
            "alg": self.dpop_alg,
            "typ": "dpop+jwt",
            "jwk": public(self.dpop_key),
        }
        claims: dict[str, Any] = {
            "jti": secrets.token_urlsafe(16),
            "htm": method,
            "htu": self.issuer + path,
            "iat": int(time.time()),
        }
        if token is not None:
            claims["ath"] = base64url(sha256(token.encode()).digest())
        if self.nonce is not None:
            claims["nonce"] = self.nonce
        change(header, claims)
        return sign(self.dpop_key, header, httpx.Response(200, json=claims).content)

    def _key(self) -> Key:
        assert self.key is not None
        return self.key

    # --- the flow ---

    def post(
        self,
        path: str,
        parameters: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        assertion: str | None = None,
    ) -> httpx.Response:
        """POST a form with client authentication."""
        form = dict(parameters)
        auth: httpx.Auth | None = None
        if self.secret is not None:
            auth = httpx.BasicAuth(self.client_id, self.secret)
        else:
            form |= {
                "client_assertion_type": ASSERTION_TYPE,
                "client_assertion": assertion or self.assertion(),
            }
        request = self.http.build_request(
            "POST", self.issuer + path, data=form, headers=dict(headers or {})
        )
        response = self.http.send(request, auth=auth)
        self._remember(response)
        return response

    def request_parameters(self, **changes: str | None) -> dict[str, str]:
        """The parameters of an authorization request; a change to None leaves one out."""
        self.verifier = secrets.token_urlsafe(48)
        parameters: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "purchases:read",
            "state": "state-of-the-vendor",
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        parameters |= changes
        return {name: value for name, value in parameters.items() if value is not None}

    def push(self, **changes: str | None) -> httpx.Response:
        """Push an authorization request (RFC 9126)."""
        return self.post("/oauth/par", self.request_parameters(**changes))

    def authorize_url(self, request_uri: str, **more: str) -> str:
        """Where to send the customer's browser."""
        query = {"client_id": self.client_id, "request_uri": request_uri, **more}
        return f"{self.issuer}/oauth/authorize?{urlencode(query)}"

    def begin(self, **changes: str | None) -> str:
        """Push a request and return where to send the customer's browser."""
        response = self.push(**changes)
        assert response.status_code == 201, response.text
        return self.authorize_url(response.json()["request_uri"])

    def exchange(self, code: str, /, **changes: str | None) -> httpx.Response:
        """Exchange a code; a challenge for a nonce is answered once, as any client does."""
        return self.token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.redirect_uri,
                "code_verifier": self.verifier,
            }
            | changes
        )

    def ask(self, login_hint: str | None, **changes: str | None) -> httpx.Response:
        """Ask a customer who is away (OpenID CIBA Core section 7.1)."""
        parameters = {"login_hint": login_hint, "scope": "purchases:read"} | changes
        form = {name: value for name, value in parameters.items() if value is not None}
        return self.post("/oauth/bc-authorize", form)

    def poll(self, auth_req_id: str, **changes: str | None) -> httpx.Response:
        """Come for the answer (section 10.1)."""
        return self.token({"grant_type": CIBA, "auth_req_id": auth_req_id} | changes)

    def refresh(self, **changes: str | None) -> httpx.Response:
        """Ask for a new access token."""
        return self.token(
            {"grant_type": "refresh_token", "refresh_token": self.refresh_token} | changes
        )

    def token(self, parameters: Mapping[str, str | None]) -> httpx.Response:
        """Call the token endpoint and keep what it gives."""
        form = {name: value for name, value in parameters.items() if value is not None}
        response = self._token_once(form)
        if response.status_code == 400 and response.json()["error"] == "use_dpop_nonce":
            response = self._token_once(form)
        if response.status_code == 200:
            self.access_token = response.json()["access_token"]
            self.refresh_token = response.json().get("refresh_token", self.refresh_token)
        return response

    def _token_once(self, form: Mapping[str, str]) -> httpx.Response:
        headers = {} if self.secret else {"DPoP": self.proof("POST", "/oauth/token")}
        return self.post("/oauth/token", form, headers=headers)

    def get(self, path: str, **query: str) -> httpx.Response:
        """Read from the resource server with the access token; answers one nonce challenge."""
        response = self._get_once(path, query)
        if response.status_code == 401 and 'error="use_dpop_nonce"' in response.headers.get(
            "WWW-Authenticate", ""
        ):
            response = self._get_once(path, query)
        return response

    def _get_once(self, path: str, query: Mapping[str, str]) -> httpx.Response:
        if self.secret is not None:
            headers = {"Authorization": f"Bearer {self.access_token}"}
        else:
            headers = {
                "Authorization": f"DPoP {self.access_token}",
                "DPoP": self.proof("GET", path, self.access_token),
            }
        response = self.http.get(self.issuer + path, params=dict(query), headers=headers)
        self._remember(response)
        return response

    def revoke(self, token: str) -> httpx.Response:
        """Give a token back (RFC 7009)."""
        return self.post("/oauth/revoke", {"token": token})

    def _remember(self, response: httpx.Response) -> None:
        self.nonce = response.headers.get("DPoP-Nonce", self.nonce)


def answer(location: str) -> dict[str, str]:
    """The parameters of an authorization response, each once."""
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}
