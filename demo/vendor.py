"""A vendor's application: a whole OAuth client of the vault in one file, to read and to copy.

FAPI 2.0 Security Profile: the request is pushed (RFC 9126) with PKCE S256 (RFC 7636), the client
signs for itself (private_key_jwt, RFC 7523), each token is bound to a key by DPoP with the server's
nonces (RFC 9449), the answer names its issuer (RFC 9207). docs/vendors.md says the same in words.
"""

import json
import secrets
import sys
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from flask import Flask, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

NAME = "Fernhill Repairs"
ASKED = {
    "purchases": "name seller channel orderNumber orderDate serialNumbers lineTotal priceCurrency",
    "invoices": "invoiceNumber provider issueDate totalPaymentDue priceCurrency",
}
COMMON = {"type": "vrm_records", "purpose": ["https://w3id.org/dpv#CustomerCare"]}
DETAILS = [
    COMMON | {"datatypes": [kind], "fields": fields.split(), "duration": "P6M"}
    for kind, fields in ASKED.items()
]
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Ended(Exception):
    """The consent was withdrawn, has expired or was given back: nothing more comes."""


class VaultClient:
    """Speaks to one vault for one customer, and keeps what it was given in `folder`."""

    def __init__(self, vault: str, folder: Path, redirect_uri: str) -> None:
        self.vault, self.http = vault, httpx.Client(timeout=30)
        self.server = self.http.get(f"{vault}/.well-known/oauth-authorization-server").json()
        if self.server["issuer"] != vault:  # RFC 8414 section 3.3
            raise SystemExit(f"{vault} says that it is {self.server['issuer']}.")
        self.client_id = json.loads((folder / "client.json").read_text())["client_id"]
        self.key = ECKey.import_key(json.loads((folder / "key.json").read_text()))
        self.redirect_uri = redirect_uri
        self.dpop_key = ECKey.generate_key("P-256")  # tokens follow it at the next refresh
        self.nonce: dict[str, str] = {}
        self.access_token = ""
        self.verifiers: dict[str, str] = {}
        self.sent: list[tuple[str, str, int]] = []
        self._file = folder / "received.json"
        self.kept = json.loads(self._file.read_text()) if self._file.exists() else {}

    def keep(self, **changes: Any) -> None:
        """Write down what is held; an application in earnest encrypts it."""
        self.kept |= changes
        self._file.touch(mode=0o600)
        self._file.write_text(json.dumps(self.kept))

    def begin(self) -> tuple[str, str]:
        """Push a request: where to send the customer, and the state to keep in the browser."""
        state, verifier = secrets.token_urlsafe(16), secrets.token_urlsafe(48)
        pushed = self._post(
            "pushed_authorization_request_endpoint",
            response_type="code",
            redirect_uri=self.redirect_uri,
            state=state,
            code_challenge=_hashed(verifier),
            code_challenge_method="S256",
            authorization_details=json.dumps(DETAILS),
        ).raise_for_status()
        self.verifiers[state] = verifier
        query = {"client_id": self.client_id, "request_uri": pushed.json()["request_uri"]}
        return f"{self.server['authorization_endpoint']}?{urlencode(query)}", state

    def finish(self, answer: dict[str, str], state: str | None) -> bool:
        """Take the customer's answer and exchange its code; False where nothing was allowed."""
        verifier = self.verifiers.pop(answer.get("state", ""), "")
        ours = answer.get("state") == state and answer.get("iss") == self.vault
        if not ours or not verifier or "code" not in answer:  # RFC 9207 section 2.4
            return False
        here = {"redirect_uri": self.redirect_uri, "code_verifier": verifier}
        self._take_tokens("authorization_code", code=answer["code"], **here)
        self.keep(held={kind: {} for kind in ASKED}, cursors={}, ended=False)
        return True

    def look(self) -> None:
        """Read what has changed of each kind. Raise `Ended` where nothing may be read any more."""
        new, gone = [], []
        for kind, held in self.kept["held"].items():
            more, cursor = True, self.kept["cursors"].get(kind)
            while more:
                page = self.get(f"/api/v1/{kind}", {"cursor": cursor} if cursor else {})
                if page.get("reset"):  # other terms, or away for too long: a pass from the start
                    held.clear()
                for item in page["items"]:
                    if not item.get("deleted"):
                        held[item["id"]] = item
                        new.append(item)
                    elif item["id"] in held:
                        gone.append(held.pop(item["id"]))
                cursor, more = page["next_cursor"], page["has_more"]
            self.kept["cursors"][kind] = cursor
        self.keep(new=new, gone=gone, looked_at=time.strftime("%H:%M:%S"))

    def get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """Read; an access token that has run out, after ten minutes, is renewed once."""
        for _ in range(2):
            if not self.access_token:
                self._take_tokens("refresh_token", refresh_token=self.kept["refresh_token"])
            response = self._send("GET", self.vault + path, self.access_token, params=query)
            if response.status_code != httpx.codes.UNAUTHORIZED:
                return dict(response.raise_for_status().json())
            self.access_token = ""
        raise Ended

    def _take_tokens(self, grant_type: str, **form: str) -> None:
        response = self._post("token_endpoint", grant_type=grant_type, **form)
        if response.status_code == httpx.codes.BAD_REQUEST:  # invalid_grant, RFC 6749 section 5.2
            raise Ended
        given = response.raise_for_status().json()
        self.access_token = given.pop("access_token")
        self.keep(**given)

    def _post(self, endpoint: str, **form: str) -> httpx.Response:
        form |= {"client_id": self.client_id, "client_assertion_type": ASSERTION_TYPE}
        return self._send("POST", self.server[endpoint], data=form)

    def _send(self, method: str, url: str, token: str = "", **what: Any) -> httpx.Response:
        """Send with a new proof; once more where the server names the nonce to use."""
        bound = {"ath": _hashed(token)} if token else {}
        headers = {"Authorization": f"DPoP {token}"} if token else {}
        about = {"typ": "dpop+jwt", "jwk": self.dpop_key.as_dict(private=False)}
        for _ in range(2):
            if "data" in what:
                who = {"iss": self.client_id, "sub": self.client_id, "aud": self.vault}
                what["data"]["client_assertion"] = _signed(self.key, {}, who, lives=60)
            proof = {"htm": method, "htu": url, **bound, **self.nonce}
            headers["DPoP"] = _signed(self.dpop_key, about, proof)
            response = self.http.request(method, url, headers=headers, **what)
            self.sent.append((method, httpx.URL(url).path, response.status_code))
            if "DPoP-Nonce" in response.headers:
                self.nonce = {"nonce": response.headers["DPoP-Nonce"]}
            if response.is_success or "use_dpop_nonce" not in response.text:
                break
        return response


def _hashed(text: str) -> str:
    return urlsafe_b64encode(sha256(text.encode()).digest()).rstrip(b"=").decode()


def _signed(key: ECKey, header: dict[str, Any], claims: dict[str, Any], lives: int = 0) -> str:
    fresh = {"iat": int(time.time()), "jti": secrets.token_urlsafe(16)}
    fresh |= {"exp": int(time.time()) + lives} if lives else {}
    return jwt.encode({"alg": "ES256", **header}, claims | fresh, key)


def pages(client: VaultClient) -> Flask:
    """The vendor's own pages: one, with a button, and the address to come back to."""
    app = Flask("vendor", root_path=str(Path(__file__).parent))
    app.secret_key = secrets.token_bytes(32)

    @app.get("/")
    def home() -> str:
        return render_template("vendor.html", name=NAME, sent=client.sent[-9:], **client.kept)

    @app.post("/connect")
    def connect() -> ResponseReturnValue:
        where, session["state"] = client.begin()
        return redirect(where)

    @app.get("/callback")
    def callback() -> ResponseReturnValue:
        allowed = client.finish(request.args.to_dict(), session.pop("state", None))
        return look() if allowed else redirect("/?declined")

    @app.post("/look")
    def look() -> ResponseReturnValue:
        try:
            client.look()
        except Ended:
            client.keep(ended=True)
        return redirect("/")

    return app


if __name__ == "__main__":
    port = int(sys.argv[3])
    known = VaultClient(sys.argv[1], Path(sys.argv[2]), f"http://localhost:{port}/callback")
    make_server("localhost", port, pages(known), threaded=True).serve_forever()
