"""`vault vendor`, as the operator runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import sqlite_only
from tests.vendor_client import ec_key, public
from vault.cli import main

URI = "https://vendor.example/callback"


@pytest.fixture
def jwks(tmp_path: Path) -> str:
    """A file with a vendor's public key."""
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [public(ec_key())]}))
    return str(path)


def vendor(environment: dict[str, str], *arguments: str) -> Result:
    """Run `vault vendor`."""
    return CliRunner().invoke(main, ["vendor", *arguments], env=environment)


@pytest.mark.usefixtures("settings")
def test_a_vendor_is_registered_listed_verified_and_removed(
    environment: dict[str, str], jwks: str
) -> None:
    """The whole life of a registration, in JSON with the names of RFC 7591."""
    registered = vendor(
        environment, "register", "--name", "CDW", "--redirect-uri", URI, "--jwks", jwks
    )
    assert registered.exit_code == 0, registered.output
    client = json.loads(registered.stdout)
    assert client["client_name"] == "CDW"
    assert client["redirect_uris"] == [URI]
    assert client["token_endpoint_auth_method"] == "private_key_jwt"
    assert "client_secret" not in client
    client_id = client["client_id"]
    verified = vendor(environment, "verify", client_id, "--seller", "cdw.com", "--json")
    assert json.loads(verified.stdout)["seller_identifiers"] == ["cdw.com"]
    [listed] = json.loads(vendor(environment, "list", "--json").stdout)
    assert listed["verified"] is True
    assert "cdw.com" in vendor(environment, "list").stdout
    assert vendor(environment, "remove", client_id).exit_code == 0
    assert json.loads(vendor(environment, "list", "--json").stdout) == []


@pytest.mark.usefixtures("settings")
def test_a_secret_is_printed_once(environment: dict[str, str]) -> None:
    """A client with a secret is of the profile `basic`, and the secret is not listed."""
    registered = vendor(
        environment, "register", "--name", "Old", "--redirect-uri", URI, "--client-secret"
    )
    client = json.loads(registered.stdout)
    assert client["profile"] == "basic"
    assert len(client["client_secret"]) == 64
    assert client["client_secret"] not in vendor(environment, "list", "--json").stdout


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--client-secret", "--profile", "fapi"],
        ["--client-secret", "--redirect-uri", "http://vendor.example/"],
        ["--jwks", "no-such-file"],
        ["--jwks", "/dev/null"],
    ],
)
def test_what_cannot_be_registered_is_one_line(
    environment: dict[str, str], arguments: list[str]
) -> None:
    """A wrong call ends with a message and registers nothing."""
    failed = vendor(environment, "register", "--name", "X", "--redirect-uri", URI, *arguments)
    assert failed.exit_code != 0
    assert failed.stdout == ""
    assert "Traceback" not in failed.output
    assert json.loads(vendor(environment, "list", "--json").stdout) == []


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("command", ["verify", "remove"])
def test_an_unknown_vendor_is_an_error(environment: dict[str, str], command: str) -> None:
    """Verifying or removing who is not there exits with a message."""
    failed = vendor(environment, command, "vendor-0")
    assert failed.exit_code == 1
    assert "There is no such vendor." in failed.output


@pytest.mark.usefixtures("settings")
@sqlite_only
def test_a_vendor_that_publishes_its_keys_is_updated(
    environment: dict[str, str], jwks: str
) -> None:
    """`--jwks-uri` in place of `--jwks`; an update takes the verification away."""
    address = "https://keys.vendor.example/jwks"
    registered = vendor(
        environment, "register", "--name", "CDW", "--redirect-uri", URI, "--jwks-uri", address
    )
    client = json.loads(registered.stdout)
    assert client["jwks_uri"] == address
    vendor(environment, "verify", client["client_id"], "--seller", "cdw.com")
    updated = vendor(environment, "update", client["client_id"], "--jwks", jwks, "--json")
    now = json.loads(updated.stdout)
    assert not now["verified"]
    assert now["seller_identifiers"] == []
    assert "jwks_uri" not in now
    assert (now["client_name"], now["redirect_uris"]) == ("CDW", [URI])
    assert len(now["jwks"]["keys"]) == 1
    both = ("update", client["client_id"], "--jwks", jwks, "--jwks-uri", address)
    assert vendor(environment, *both).exit_code == 2


@pytest.mark.usefixtures("settings")
@sqlite_only
def test_an_invitation_is_printed_and_nothing_else_of_it_kept(environment: dict[str, str]) -> None:
    """The token goes to the vendor; it is another each time."""
    made = [json.loads(vendor(environment, "invite", "--json").stdout) for _ in range(2)]
    assert all(one["initial_access_token"].startswith("vin_") for one in made)
    assert made[0]["initial_access_token"] != made[1]["initial_access_token"]
    assert made[0]["days"] == 7
    assert "vin_" in vendor(environment, "invite", "--days", "1").stdout.splitlines()[0]
    assert vendor(environment, "invite", "--days", "0").exit_code == 2
