"""The sweep of vendors: invitations that expired, and registrations that nobody used."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from tests.served import Customer, Served
from tests.vendor_client import REDIRECT_URI, VendorClient, ec_key, public
from vault.services.upkeep.sweeping import Sweeping
from vault.services.vendors.registrations import Registrations
from vault.services.vendors.vendors import Registration
from vault.settings import Admission, Settings
from vault.storage.client_upkeep import UNUSED_SECONDS
from vault.storage.schema import vendor_invitations

DAY = 86_400


@pytest.fixture
def server(settings: Settings) -> Iterator[Served]:
    """A server at which any vendor may register, whose clock can be moved."""
    server = Served(replace(settings, registration=Admission.OPEN))
    yield server
    server.close()


def swept(server: Served) -> tuple[int, int]:
    """How many invitations and clients one sweep forgets."""
    done = Sweeping(server.store).run()
    assert done.failures == 0
    return done.invitations, done.clients


def itself(server: Served, name: str) -> VendorClient:
    """A vendor that has registered itself."""
    key = ec_key()
    registration = Registration(name, (REDIRECT_URI,), jwks={"keys": [public(key)]})
    made = registrations(server).register(None, registration)
    return VendorClient(server.http, "http://127.0.0.1:8000", made.client.client_id, key)


def registrations(server: Served, admission: Admission = Admission.OPEN) -> Registrations:
    """The use cases of registration, by the server's clock."""
    return Registrations(server.store.database, admission, server.clock)


def known(server: Served) -> set[str]:
    """The names of the vendors that are registered."""
    return {client.name for client in server.services.vendors.list()}


def test_an_expired_invitation_is_forgotten(server: Served) -> None:
    """Not a day earlier, and no other with it."""
    inviting = registrations(server, Admission.INVITE)
    inviting.invite(days=7)
    inviting.invite(days=30)
    server.clock.ahead = 6 * DAY
    assert swept(server) == (0, 0)
    server.clock.ahead = 8 * DAY
    assert swept(server) == (1, 0)
    with server.store.database.read() as conn:
        assert conn.scalar(select(func.count()).select_from(vendor_invitations)) == 1


def test_a_registration_that_nobody_used_is_forgotten(server: Served) -> None:
    """After ninety days, and not before; its token manages nothing any more."""
    itself(server, "Never used")
    server.clock.ahead = UNUSED_SECONDS - DAY
    assert swept(server) == (0, 0)
    server.clock.ahead = UNUSED_SECONDS + DAY
    assert swept(server) == (0, 1)
    assert known(server) == set()


def test_what_is_used_verified_or_the_operators_stays(server: Served) -> None:
    """A consent keeps its vendor, ended or not; so does an operator's word or hand."""
    anna: Customer = server.customer("anna")
    used = itself(server, "Used")
    used.exchange(anna.allow(used.begin()))
    ended = itself(server, "Ended")
    ended.exchange(anna.allow(ended.begin()))
    ended.revoke(ended.refresh_token)
    server.services.vendors.verify(itself(server, "Verified").client_id, ())
    server.vendor("The operator's")
    itself(server, "Unused")
    server.clock.ahead = UNUSED_SECONDS + 300 * DAY
    assert swept(server) == (0, 1)
    assert known(server) == {"Used", "Ended", "Verified", "The operator's"}


def test_a_registration_with_a_live_request_stays(server: Served) -> None:
    """It may be late to find its first customer, but it is looking."""
    vendor = itself(server, "Late")
    server.clock.ahead = UNUSED_SECONDS + DAY
    assert vendor.push().status_code == 201
    assert swept(server) == (0, 0)
    server.clock.ahead += DAY
    assert swept(server) == (0, 1)
