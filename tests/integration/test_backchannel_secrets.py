"""Asking a customer who is away: what a vendor may learn from it, and what a thief."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, update

from tests.asking import allow, asked, press, refusal, verified, waiting
from tests.attack import Attacker, Copy, parsed, steal
from tests.command import Command
from tests.conftest import sqlite_only
from tests.parallel import at_once
from tests.served import PASSPHRASE, Customer, Served, connected
from tests.vendor_client import VendorClient
from vault.crypto.credentials import CredentialKind
from vault.domain.compartments import Kind
from vault.errors import VaultError
from vault.services.access.issuing import Issued
from vault.services.upkeep.rotation import Rotation
from vault.storage import vaults
from vault.storage.engine import Database
from vault.storage.inbox import Origin
from vault.storage.schema import credentials, inbox, metadata, notices

MESSAGE = "About your order 302-5551212"
HIDDEN = "Zweifelstein-4711"


@pytest.fixture
def anna(server: Served) -> Customer:
    """A customer with a purchase."""
    customer = server.customer("anna")
    customer.keep(Kind.PURCHASE, {"name": "A book", "seller": {"name": "Amazon"}})
    return customer


@pytest.fixture
def shop(server: Served) -> VendorClient:
    """A vendor whom the operator has verified."""
    return verified(server)


@dataclass
class Watched:
    """Everything that can be seen of some calls, but for what is drawn at random."""

    server: Served
    answers: list[tuple[Any, ...]] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)

    def rows(self) -> dict[str, int]:
        """How many rows each table has, apart from the inbox and its notices."""
        with self.server.store.database.read() as conn:
            return {
                table.name: conn.scalar(select(func.count()).select_from(table)) or 0
                for table in metadata.sorted_tables
                if table not in (inbox, notices)
            }

    def story(self, shop: VendorClient, name: str) -> None:
        """Ask twice, poll for both, too fast and too late."""
        former = self._ask(shop, name)
        later = self._ask(shop, name)
        for auth_req_id in (former, later, later):
            self._poll(shop, auth_req_id)
        self.server.clock.ahead += 61
        self._poll(shop, later)
        self.server.clock.ahead -= 61

    def _ask(self, shop: VendorClient, name: str) -> str:
        response = shop.ask(name, requested_expiry="60", binding_message=MESSAGE)
        body = response.json()
        auth_req_id: str = body.pop("auth_req_id")
        self._note(response.status_code, response.headers, body, len(auth_req_id))
        return auth_req_id

    def _poll(self, shop: VendorClient, auth_req_id: str) -> None:
        response = shop.poll(auth_req_id)
        self._note(response.status_code, response.headers, response.json())

    def _note(self, status: int, headers: Any, *body: Any) -> None:
        drawn = ("dpop-nonce",)
        said = [(key, value) for key, value in headers.multi_items() if key not in drawn]
        self.answers.append((status, said, *body))


def watch(server: Served, shop: VendorClient, name: str) -> Watched:
    """Tell the story for one name under observation."""
    watched = Watched(server)
    before = watched.rows()

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        watched.statements.append(statement)

    engine = server.store.database.engine
    event.listen(engine, "before_cursor_execute", note)
    watched.story(shop, name)
    event.remove(engine, "before_cursor_execute", note)
    after = watched.rows()
    watched.answers.append(tuple((table, after[table] - before[table]) for table in after))
    return watched


@sqlite_only
def test_known_unknown_and_blocking_customers_are_alike(server: Served, anna: Customer) -> None:
    """Answers, headers, rows and statements are the same for all, and so is every poll after."""
    shop = verified(server)
    otto = server.customer("otto")
    client = server.services.vendors.get(shop.client_id)
    server.services.blocking.block(otto.vault(), client)
    asked(shop, "ruth")  # the first call of all takes the nonce
    refusal(shop.poll("nonsense"))
    known, unknown, blocking = (watch(server, shop, name) for name in ("anna", "nemo", "otto"))
    assert known.answers == unknown.answers == blocking.answers
    assert known.statements == unknown.statements == blocking.statements
    assert len(known.statements) > 30
    errors = [answer[2]["error"] for answer in known.answers[2:-1]]
    assert errors == ["access_denied", "authorization_pending", "slow_down", "expired_token"]
    with server.store.database.read() as conn:
        [owner] = set(conn.scalars(select(inbox.c.vault_id)))
    assert owner == anna.vault().vault_id


def test_the_name_stands_nowhere(
    server: Served, shop: VendorClient, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in a table nor in a log, nor does what was asked for or the vendor's message."""
    asked(shop, HIDDEN, binding_message=MESSAGE)
    refusal(shop.ask(HIDDEN, scope="openid"))
    with server.store.database.read() as conn:
        rows = [row for table in metadata.sorted_tables for row in conn.execute(select(table))]
    stored = "".join(
        value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )
    assert "bc-authorize" in caplog.text
    for word in (HIDDEN, MESSAGE, "purchases:read"):
        assert word not in stored + caplog.text


def test_the_requests_of_two_vendors_do_not_say_whom_they_share(
    server: Served, shop: VendorClient
) -> None:
    """Two vendors that ask for one name leave rows of which nothing tells so."""
    other = verified(server, "Other")
    for vendor in (shop, other):
        asked(vendor, "anna")
    with server.store.database.read() as conn:
        tags = list(conn.scalars(select(credentials.c.grant_id)))
    assert len(set(tags)) == 2


def _copy(server: Served) -> Copy:
    with server.store.database.read() as conn:
        return steal(conn)


@sqlite_only
def test_a_thief_of_all_but_the_auth_req_id_opens_nothing(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """Database and server key open no record, approved or not; the id opens what it was given."""
    auth_req_id = asked(shop)
    before = _copy(server)
    allow(anna)
    after = _copy(server)
    keys = server.services.server_keys
    assert Attacker(keys, before, after).attack().opened == []
    assert not Attacker(keys, before).attack(*parsed([auth_req_id])).compartments
    loot = Attacker(keys, before, after).attack(*parsed([auth_req_id]))
    assert loot.says("A book")
    assert loot.compartments == {1}


def test_an_answer_that_is_pointed_elsewhere_opens_nothing(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """Who writes to the database leads no `auth_req_id` to what another vendor was given."""
    connected(server, anna)
    auth_req_id = asked(shop)
    of_kind = credentials.c.kind
    with server.store.database.write() as conn:
        wanted = of_kind == int(CredentialKind.REFRESH_TOKEN)
        other = conn.execute(select(credentials).where(wanted)).one()
        place = {name: getattr(other, name) for name in ("vault_id", "holder_id", "grant_id")}
        mine = of_kind == int(CredentialKind.AUTH_REQ_ID)
        conn.execute(update(credentials).where(mine).values(place))
    assert refusal(shop.poll(auth_req_id)) == "invalid_grant"


def test_a_request_that_was_moved_is_not_shown(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """An item under another customer, or under another id, opens for nobody."""
    berta = server.customer("berta")
    asked(shop)
    with server.store.database.write() as conn:
        conn.execute(update(inbox).values(vault_id=berta.vault().vault_id))
    assert waiting(berta) == waiting(anna) == []
    asked(shop)
    assert len(waiting(anna)) == 1
    with server.store.database.write() as conn:
        conn.execute(update(inbox).values(origin_id=bytes(16)))
    assert waiting(anna) == []


@sqlite_only
def test_a_request_that_is_put_back_gets_no_second_answer(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """What was declined, and put back by who writes to the database, cannot be allowed."""
    auth_req_id = asked(shop)
    with server.store.database.read() as conn:
        item = dict(conn.execute(select(inbox)).one()._mapping)
    [url] = waiting(anna)
    assert press(anna, url, "decline").status_code == 303
    with server.store.database.write() as conn:
        conn.execute(insert(inbox).values(item))
    assert press(anna, url, "allow").status_code == 400
    assert refusal(shop.poll(auth_req_id)) == "access_denied"
    assert server.services.consents.given(anna.vault()) == []


@sqlite_only
def test_a_longer_life_is_not_to_be_had(server: Served, anna: Customer, shop: VendorClient) -> None:
    """Expiry is bound: a row that was given more time opens no longer, nor is its request shown."""
    auth_req_id = asked(shop, requested_expiry="60")
    with server.store.database.write() as conn:
        mine = credentials.c.kind == int(CredentialKind.AUTH_REQ_ID)
        later = credentials.c.expires_at + 86_400
        conn.execute(update(credentials).where(mine).values(expires_at=later))
    [url] = waiting(anna)
    assert press(anna, url, "allow").status_code == 303
    assert refusal(shop.poll(auth_req_id)) == "invalid_grant"
    asked(shop, requested_expiry="60")
    with server.store.database.write() as conn:
        conn.execute(update(inbox).values(expires_at=inbox.c.expires_at + 86_400))
    server.clock.ahead = 61
    assert waiting(anna) == []


def test_of_twenty_parallel_polls_one_gets_tokens(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """One conditional statement takes it; what the one has got stays good."""
    auth_req_id = asked(shop)
    allow(anna)
    away = server.services.backchannel
    results = at_once(20, lambda: away.poll(auth_req_id, shop.client_id, None))
    [issued] = [one for one in results if isinstance(one, Issued)]
    refused = [one.code for one in results if isinstance(one, VaultError)]
    assert len(refused) == 19
    assert set(refused) <= {"invalid_grant", "busy"}
    assert server.services.tokens.introspect(issued.access_token, shop.client_id)["active"]


def test_of_parallel_requests_one_waits(server: Served, anna: Customer, shop: VendorClient) -> None:
    """A vendor that asks eight times at once has asked once."""
    away = server.services.backchannel
    results = at_once(8, lambda: away.ask(shop.client_id, "anna", {"scope": "purchases:read"}, 60))
    assert all(isinstance(one, str) for one in results), results
    assert len(waiting(anna)) == 1
    with server.store.database.read() as conn:
        mine = credentials.c.kind == int(CredentialKind.AUTH_REQ_ID)
        ended = list(conn.scalars(select(credentials.c.end_reason).where(mine)))
    assert sorted(map(str, ended)) == ["None"] + ["replaced"] * 7


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_request_does_not_wait_for_a_customer_who_is_at_work(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """A vendor cannot tell by the wait that somebody of that name is storing something."""
    answered = threading.Event()

    def ask() -> None:
        asked(shop)
        answered.set()

    with server.store.database.write() as conn:
        vaults.lock(conn, anna.vault().vault_id)
        thread = threading.Thread(target=ask)
        thread.start()
        in_time = answered.wait(5)
    thread.join()
    assert in_time
    assert len(waiting(anna)) == 1


def test_a_new_server_key_loses_no_request(
    server: Served, anna: Customer, shop: VendorClient
) -> None:
    """What waits, and what was approved and not fetched, goes on under the new key alone."""
    other = verified(server, "Other")
    approved = asked(other)
    allow(anna)
    pending = asked(shop)
    rotation = Rotation(server.store)
    rotation.renew_key()
    for vault_id in rotation.waiting():
        assert rotation.rewrap(vault_id).unopenable == 0
    assert rotation.retire() == [1]
    assert other.poll(approved).status_code == 200
    assert refusal(shop.poll(pending)) == "authorization_pending"
    allow(anna)
    assert shop.poll(pending).status_code == 200
    assert server.services.verification.verify(anna.vault()).problems == []


@sqlite_only
def test_a_restore_drops_requests(
    server: Served,
    anna: Customer,
    shop: VendorClient,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """What was asked before a restore is asked again: it may have been answered since."""
    other = verified(server, "Other")
    asked(other)
    allow(anna)
    asked(shop)
    archive = tmp_path / "backup.vault"
    Command(environment).json("backup", archive)
    url = f"sqlite:///{tmp_path}/restored.db"
    Command({**environment, "VAULT_DATABASE_URL": url}).json("restore", archive)
    restored = Database(url)
    with restored.read() as conn:
        kinds = set(conn.scalars(select(credentials.c.kind)))
        requests = inbox.c.origin == int(Origin.REQUEST)
        assert conn.scalar(select(func.count()).select_from(inbox).where(requests)) == 0
    restored.close()
    assert int(CredentialKind.AUTH_REQ_ID) not in kinds
    assert server.services.sessions.unlock("anna", PASSPHRASE)
