"""Invitations: where the operator asks for one, a vault is made with it and with nothing else."""

import pytest

from tests.conftest import sqlite_only
from vault.composition import Services
from vault.errors import Conflict, Refused

PASSPHRASE = "a sample passphrase"


def test_an_invitation_makes_one_vault(services: Services) -> None:
    """The second vault with the same invitation is refused."""
    invitation = services.customers.invite()
    services.customers.create("anna", PASSPHRASE, invitation)
    with pytest.raises(Refused):
        services.customers.create("ben", PASSPHRASE, invitation)


def test_a_taken_name_does_not_cost_the_invitation(services: Services) -> None:
    """Nothing is used up by a sign-up that fails."""
    invitation = services.customers.invite()
    services.customers.create("anna", PASSPHRASE)
    with pytest.raises(Conflict):
        services.customers.create("anna", PASSPHRASE, invitation)
    services.customers.create("ben", PASSPHRASE, invitation)


@sqlite_only
@pytest.mark.parametrize("text", ["", "vin_", "vin_" + "A" * 43, "vat_" + "A" * 43])
def test_what_is_no_invitation_is_refused(services: Services, text: str) -> None:
    """A made-up one, another kind of credential and nothing at all make no vault."""
    with pytest.raises(Refused):
        services.customers.create("anna", PASSPHRASE, text)


@sqlite_only
def test_an_invitation_expires(services: Services) -> None:
    """One made for no day at all is over."""
    with pytest.raises(Refused):
        services.customers.create("anna", PASSPHRASE, services.customers.invite(days=0))
