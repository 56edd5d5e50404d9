"""Clients that nobody here wrote, against a running server."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.e2e.live import LiveVault, live_vault
from tests.e2e.live_customer import LiveCustomer

REDIRECT_URI = "http://localhost:9/callback"
NODE = Path(__file__).parents[1] / "clients" / "node"
_SECONDS = 60


@pytest.fixture(scope="module")
def node_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script of the Node client, with what its lock file names beside it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm on this machine (make test installs it)")
    folder = tmp_path_factory.mktemp("node") / "client"
    shutil.copytree(NODE, folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(
        [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm could not install openid-client: {done.stderr.strip()[-200:]}")
    return folder / "client.mjs"


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[LiveVault]:
    """A running vault for all of these clients."""
    home = tmp_path_factory.mktemp("live") / "home"
    home.mkdir()
    shutil.copyfile(sqlite_template, home / "vault.db")
    with live_vault(home, f"sqlite:///{home}/vault.db") as running:
        yield running


@pytest.fixture(scope="module")
def anna(vault: LiveVault, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCustomer]:
    """A customer with some purchases."""
    with httpx.Client(timeout=30) as browser:
        customer = LiveCustomer(vault, browser)
        customer.move_in(tmp_path_factory.mktemp("anna"))
        yield customer


def basic(vault: LiveVault) -> tuple[str, str]:
    """Register a client of the profile `basic`; its id and secret."""
    done = vault.run(
        "vendor",
        "register",
        "--name",
        "Old shop",
        "--redirect-uri",
        REDIRECT_URI,
        "--client-secret",
    )
    assert done.returncode == 0, done.stderr
    client = json.loads(done.stdout)
    return client["client_id"], client["client_secret"]


@pytest.mark.parametrize("alg", ["ES256", "EdDSA", "PS256"])
def test_openid_client(vault: LiveVault, anna: LiveCustomer, node_client: Path, alg: str) -> None:
    """openid-client 6: discovery, registration, PAR, DPoP, a private key, refresh, revocation.

    And jose 6: it verifies the receipts of consent given and ended, by the published keys.
    """
    invited = json.loads(vault.run("vendor", "invite", "--json").stdout)
    orders = {
        "issuer": vault.url,
        "redirect_uri": REDIRECT_URI,
        "alg": alg,
        "initial_access_token": invited["initial_access_token"],
    }
    with subprocess.Popen(
        [shutil.which("node") or "node", str(node_client)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            print(json.dumps(orders), file=process.stdin, flush=True)
            begun = process.stdout.readline()
            assert begun, process.stderr.read()
            came_back = anna.allow(json.loads(begun)["authorize"])
            written, complaints = process.communicate(f"{came_back}\n", timeout=_SECONDS)
        finally:
            process.kill()
    assert written, complaints
    result = json.loads(written)
    assert result["token_type"].lower() == "dpop"
    assert result["scope"] == "purchases:read"
    assert len(result["names"]) == result["again"] == 4
    assert "Sample Chair" in result["names"]
    assert result["active"] is True
    assert result["bound"] is True
    assert result["after"] == 401
    receipt = {"typ": "consent-receipt+jwt", "event": "given", "iss": vault.url, "previous": None}
    assert result["given"] == receipt
    assert result["same"] is True
    assert result["end"] == {"typ": receipt["typ"], "event": "revoked", "follows": True}


def test_authlibs_client(
    vault: LiveVault, anna: LiveCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Authlib's client, profile `basic`: PKCE, a secret, rotation, introspection, revocation."""
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    client_id, secret = basic(vault)
    with AuthlibSession(
        client_id,
        secret,
        token_endpoint_auth_method="client_secret_basic",
        redirect_uri=REDIRECT_URI,
        scope="purchases:read",
        code_challenge_method="S256",
    ) as client:
        verifier = "v" * 64
        url, state = client.create_authorization_url(
            f"{vault.url}/oauth/authorize", code_verifier=verifier
        )
        token_endpoint = f"{vault.url}/oauth/token"
        first = client.fetch_token(
            token_endpoint,
            authorization_response=anna.allow(url),
            state=state,
            code_verifier=verifier,
        )
        assert first["token_type"] == "Bearer"
        assert len(client.get(f"{vault.url}/api/v1/purchases").json()["items"]) == 4
        second = client.refresh_token(token_endpoint, refresh_token=first["refresh_token"])
        assert second["refresh_token"] != first["refresh_token"]
        assert client.get(f"{vault.url}/api/v1/purchases").status_code == 200
        token = second["access_token"]
        known = client.introspect_token(f"{vault.url}/oauth/introspect", token=token)
        assert known.json()["active"] is True
        gone = client.revoke_token(f"{vault.url}/oauth/revoke", token=second["refresh_token"])
        assert gone.status_code == 200
        assert client.get(f"{vault.url}/api/v1/purchases").status_code == 401


def test_requests_oauthlib(
    vault: LiveVault, anna: LiveCustomer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests-oauthlib, profile `basic`: PKCE, a secret, rotation."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    client_id, secret = basic(vault)
    auth = HTTPBasicAuth(client_id, secret)
    with OAuth2Session(
        client_id, redirect_uri=REDIRECT_URI, scope=["purchases:read"], pkce="S256"
    ) as client:
        url, _ = client.authorization_url(f"{vault.url}/oauth/authorize")
        first = client.fetch_token(
            f"{vault.url}/oauth/token", authorization_response=anna.allow(url), auth=auth
        )
        assert len(client.get(f"{vault.url}/api/v1/purchases").json()["items"]) == 4
        second = client.refresh_token(
            f"{vault.url}/oauth/token", refresh_token=first["refresh_token"], auth=auth
        )
        assert second["access_token"] != first["access_token"]
        assert client.get(f"{vault.url}/api/v1/purchases").status_code == 200
