"""Pending requests in the database: through every change of keys, and under a thief's hands."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.asked import begin_again, own_address, press, refused, waiting
from tests.conftest import sqlite_only
from tests.served import ISSUER, PASSPHRASE, Customer, Served
from tests.vendor_client import VendorClient
from vault.crypto.credentials import CredentialKind
from vault.domain.compartments import Kind
from vault.services.consents.pending import LIFETIME
from vault.services.upkeep.backup import Backups
from vault.services.upkeep.rotation import Rotation
from vault.services.upkeep.sweeping import Sweeping
from vault.storage import inbox as inbox_rows
from vault.storage.schema import credentials, inbox, metadata

NEW_PASSPHRASE = "another sample passphrase"

pytestmark = sqlite_only


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with one purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "Laptop", "seller": {"name": "CDW"}})
    return customer


@pytest.fixture
def vendor(server: Served) -> VendorClient:
    """A vendor that asks."""
    return server.vendor()


# --- the vault's keys change ---


def test_locking_changing_the_passphrase_and_recovering_lose_nothing(
    anna: Customer, vendor: VendorClient
) -> None:
    """The inbox's former key opens what was sealed to it, whatever came between."""
    services = anna.server.services
    url = vendor.begin()
    anna.open(url)
    services.sessions.lock(anna.vault())
    begin_again(anna)
    assert anna.open(url).status_code == 200
    changed = services.rekeying.change_passphrase(anna.vault(), PASSPHRASE, NEW_PASSPHRASE)
    begin_again(anna, NEW_PASSPHRASE)
    assert anna.open(own_address(url)).status_code == 200
    services.rekeying.recover("anna", changed.recovery_code, PASSPHRASE)
    begin_again(anna)
    assert vendor.exchange(anna.allow(url)).status_code == 200


def test_a_new_server_key_loses_nothing(anna: Customer, vendor: VendorClient) -> None:
    """Rotation seals the outer layer of what waits anew."""
    url = vendor.begin()
    anna.open(url)
    with anna.server.store.database.read() as conn:
        before = conn.scalars(select(inbox.c.sealed_key)).one()
    rotation = Rotation(anna.server.store)
    rotation.renew_key()
    for vault_id in rotation.waiting():
        rotation.rewrap(vault_id)
    with anna.server.store.database.read() as conn:
        assert conn.scalars(select(inbox.c.sealed_key)).one() != before
    assert vendor.exchange(anna.allow(url)).status_code == 200


def test_the_sweep_forgets_what_was_not_answered(anna: Customer, vendor: VendorClient) -> None:
    """Not before its hour is over."""
    anna.open(vendor.begin())
    sweeping = Sweeping(anna.server.store)
    anna.server.clock.ahead = LIFETIME - 2
    assert sweeping.run().inbox_items == 0
    anna.server.clock.ahead = LIFETIME
    assert sweeping.run().inbox_items == 1
    begin_again(anna)
    assert waiting(anna) == 0


def test_a_restore_forgets_what_waited(
    anna: Customer, vendor: VendorClient, tmp_path: Path
) -> None:
    """A request of the past is not to be answered twice."""
    url = vendor.begin()
    anna.open(url)
    backups = Backups(anna.server.store)
    with (tmp_path / "backup").open("wb") as out:
        backups.write(out, _unseen)
    backups.restore(tmp_path / "backup", _unseen, force=True)
    begin_again(anna)
    assert waiting(anna) == 0
    assert refused(anna.open(url))


# --- the database ---


def test_nothing_of_a_request_stands_in_clear(anna: Customer, vendor: VendorClient) -> None:
    """Neither what is asked nor where the answer goes nor the cookie, in any row."""
    url = vendor.begin(state="state-that-nobody-else-reads", scope="purchases:read orders:read")
    anna.open(url)
    asked = anna.browser.cookies["asked"]
    rows = everything(anna.server)
    assert vendor.client_id.encode() in rows
    for secret in ("state-that-nobody", "orders:read", "code_challenge", asked, "vrq_"):
        assert secret.encode() not in rows, secret


def test_no_row_in_clear_links_vendor_and_vault(anna: Customer, vendor: VendorClient) -> None:
    """The URI's row has a client and no vault, the item a vault and no client."""
    url = vendor.begin()
    anna.open(url)
    with anna.server.store.database.read() as conn:
        [item] = conn.execute(select(inbox)).all()
        kind = credentials.c.kind == int(CredentialKind.REQUEST_URI)
        [row] = conn.execute(select(credentials).where(kind)).all()
    assert (row.vault_id, row.wrap, row.end_reason) == (None, None, "shown")
    assert row.attributes == {}
    assert vendor.client_id.encode() not in repr(item).encode()
    assert bytes(item.origin_id) not in bytes(row.lookup)


@pytest.mark.parametrize(
    "change",
    [
        "payload = randomblob(200)",
        "sealed_key = randomblob(1300)",
        "ordinal = 0",
        "epoch = 7",
        "epoch = -1",
        "item_id = randomblob(16)",
        "origin_id = x'00000000000000000000000000000000'",
        "vault_id = (SELECT vault_id FROM vaults WHERE name = 'bert')",
    ],
)
def test_an_item_altered_or_moved_is_refused(
    server: Served, anna: Customer, vendor: VendorClient, change: str
) -> None:
    """The page says that there is no such request, and the list goes on without it."""
    bert = server.customer("bert")
    url, whole = vendor.begin(), vendor.begin()
    anna.open(url)
    with server.store.database.write() as conn:
        conn.execute(text(f"UPDATE inbox SET {change}"))
    anna.open(whole)
    for customer in (anna, bert):
        customer.browser.cookies.set("asked", anna.browser.cookies["asked"], domain="127.0.0.1")
        for address in (url, own_address(url), f"{ISSUER}/requests/{'0' * 32}"):
            assert refused(customer.open(address))
    assert (waiting(anna), waiting(bert)) == (1, 0)


def test_a_planted_item_is_refused(anna: Customer, vendor: VendorClient) -> None:
    """A copy beside the request makes neither of them count; without it the request does."""
    url = vendor.begin()
    anna.open(url)
    with anna.server.store.database.write() as conn:
        [item] = conn.execute(select(inbox)).mappings().all()
        conn.execute(inbox.insert().values({**item, "item_id": b"p" * 16}))
    assert refused(anna.open(url))
    assert refused(press(anna, own_address(url)))
    assert waiting(anna) == 1
    with anna.server.store.database.write() as conn:
        inbox_rows.drop_items(conn, anna.vault().vault_id, [b"p" * 16])
    assert anna.allow(url)


def test_a_longer_life_cannot_be_written_into_the_row(anna: Customer, vendor: VendorClient) -> None:
    """Its end is sealed; what stands in clear serves the sweep alone."""
    url = vendor.begin()
    anna.open(url)
    with anna.server.store.database.write() as conn:
        conn.execute(inbox.update().values(expires_at=2**40))
    anna.server.clock.ahead = LIFETIME
    begin_again(anna)
    assert refused(anna.open(url))
    assert waiting(anna) == 0


def test_an_altered_row_of_a_uri_is_refused(anna: Customer, vendor: VendorClient) -> None:
    """Before the first display too, locked or not, and nothing is stored."""
    url, pushed = vendor.begin(), [credentials.c.kind == int(CredentialKind.REQUEST_URI)]
    with anna.server.store.database.write() as conn:
        conn.execute(credentials.update().values(wrap=b"x" * 90).where(*pushed))
    assert refused(anna.open(url))
    assert refused(anna.server.connection().get(url))
    assert waiting(anna) == 0


def _unseen(_rows: int) -> AbstractContextManager[Callable[[int], None]]:
    """A progress that nobody watches."""
    return nullcontext(lambda _: None)


def everything(server: Served) -> bytes:
    """Every cell of every table."""
    cells: list[object] = []
    with server.store.database.read() as conn:
        for table in metadata.sorted_tables:
            cells += [cell for row in conn.execute(select(table)) for cell in row]
    return b"\n".join(one if isinstance(one, bytes) else str(one).encode() for one in cells)
