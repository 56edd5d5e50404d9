"""Two server processes on one database: what one has decided holds at the other at once.

Both call themselves by the same address, as processes behind a load balancer do; a connection
leads to one of them. A third, which listens nowhere, registers vendors and files records.
"""

import re
import shutil
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from threading import Event

import httpx
import pytest

from tests.e2e.live import Process, Route, live_processes
from tests.served import ISSUER, PASSPHRASE, Customer, Served
from tests.vendor_client import VendorClient, answer
from vault.domain.compartments import Kind
from vault.settings import Settings

PURCHASES = "/api/v1/purchases"
AT_ONCE = 20
THINGS = tuple(f"Thing {number}" for number in range(5))


class Pair(Served):
    """Two server processes, and the one in here that sets the scene for them."""

    def __init__(self, settings: Settings, processes: Sequence[Process]) -> None:
        self.processes = processes
        super().__init__(settings)

    def connection(self) -> httpx.Client:
        """A connection to the first process."""
        return self.to(0)

    def to(self, which: int) -> httpx.Client:
        """A connection to one of the processes."""
        return httpx.Client(transport=Route(self.processes[which]), timeout=60)

    def anna(self) -> Customer:
        """A new customer with five purchases, whose browser is at the first process."""
        customer = self.customer(f"anna-{uuid.uuid4().hex[:8]}")
        customer.keep(Kind.PURCHASE, *({"name": name} for name in THINGS))
        return customer

    def move(self, customer: Customer, which: int) -> None:
        """Lead a customer's browser to one of the processes, with all its cookies."""
        cookies = customer.browser.cookies
        customer.browser = self.to(which)
        customer.browser.cookies = cookies

    def twin(self, vendor: VendorClient, which: int) -> VendorClient:
        """Another server of the same vendor: its keys and tokens, at one of the processes."""
        return VendorClient(
            self.to(which),
            ISSUER,
            vendor.client_id,
            vendor.key,
            secret=vendor.secret,
            dpop_key=vendor.dpop_key,
            nonce=vendor.nonce,
            verifier=vendor.verifier,
            access_token=vendor.access_token,
            refresh_token=vendor.refresh_token,
        )

    def twins(self, vendor: VendorClient, count: int = AT_ONCE) -> list[VendorClient]:
        """Servers of the same vendor, half of them at each process."""
        return [self.twin(vendor, which) for which in islice(cycle((0, 1)), count)]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Two running processes on a database of their own; once for each kind of database."""
    home = tmp_path_factory.mktemp("pair") / "home"
    home.mkdir(mode=0o700)
    with _database(request, home) as url, live_processes(home, url, ISSUER, 2) as processes:
        environment = {"VAULT_HOME": str(home), "VAULT_DATABASE_URL": url}
        pair = Pair(Settings.from_environment(environment), processes)
        yield pair
        pair.close()


@contextmanager
def _database(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    if request.param == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), home / "vault.db")
        yield f"sqlite:///{home}/vault.db"
    else:
        server = request.getfixturevalue("postgresql_server")
        template = request.getfixturevalue("postgresql_template")
        with server.fresh(template, f"pair_{uuid.uuid4().hex}") as url:
            yield url


Call = Callable[[VendorClient], httpx.Response]


def at_once(work: Call, vendors: Sequence[VendorClient]) -> list[httpx.Response]:
    """Have all vendors do the same at once; the answers in their order."""
    with ThreadPoolExecutor(len(vendors)) as pool:
        return list(pool.map(work, vendors))


def connected(vendor: VendorClient, customer: Customer) -> VendorClient:
    """A vendor that has gone through the whole flow, and knows the nonce."""
    response = vendor.exchange(customer.allow(vendor.begin()))
    assert response.status_code == 200, response.text
    return vendor


def read_purchases(vendor: VendorClient) -> httpx.Response:
    """Read the first page."""
    return vendor.get(PURCHASES)


def assert_dead(pair: Pair, *vendors: VendorClient) -> None:
    """No token of these works any more, at either process."""
    for which in (0, 1):
        moved = [pair.twin(vendor, which) for vendor in vendors]
        assert {each.status_code for each in at_once(read_purchases, moved)} == {401}
        renewed = at_once(VendorClient.refresh, moved)
        assert {each.json()["error"] for each in renewed} == {"invalid_grant"}


# --- codes and tokens ---


def test_of_twenty_parallel_exchanges_at_two_processes_one_succeeds(pair: Pair) -> None:
    """One code, half of the tries at each process; the reuse ends what the one had brought."""
    vendor = pair.vendor()
    code = pair.anna().allow(vendor.begin())
    vendor.exchange("vac_unknown")  # learn the nonce
    vendors = pair.twins(vendor)
    answers = at_once(lambda each: each.exchange(code), vendors)
    refused = [each for each in answers if each.status_code != 200]
    assert len(refused) == AT_ONCE - 1
    assert {each.json()["error"] for each in refused} == {"invalid_grant"}
    [winner] = [each for each in vendors if each.access_token]
    assert_dead(pair, winner)


def test_a_code_used_at_one_process_is_spent_at_the_other(pair: Pair) -> None:
    """The second use comes a moment later, elsewhere, and ends the first one's tokens."""
    vendor = pair.vendor()
    code = pair.anna().allow(vendor.begin())
    assert vendor.exchange(code).status_code == 200
    elsewhere = pair.twin(vendor, 1)
    assert elsewhere.get(PURCHASES).status_code == 200
    assert elsewhere.exchange(code).json()["error"] == "invalid_grant"
    assert_dead(pair, vendor)


def test_parallel_refreshes_at_two_processes_agree_on_one_successor(pair: Pair) -> None:
    """Profile `basic`: each is a retry of the first, and one access token is left alive.

    After its use the old refresh token ends the family, at whichever process.
    """
    vendor = connected(pair.basic_vendor(), pair.anna())
    vendors = pair.twins(vendor)
    answers = at_once(VendorClient.refresh, vendors)
    assert {each.status_code for each in answers} == {200}
    [successor] = {each.refresh_token for each in vendors}
    assert successor != vendor.refresh_token
    read = at_once(read_purchases, vendors)
    assert sorted(each.status_code for each in read) == [200] + [401] * (AT_ONCE - 1)
    late = pair.twin(vendor, 1)
    assert late.refresh().json()["error"] == "invalid_grant"
    [alive] = [vendors[at] for at, each in enumerate(read) if each.status_code == 200]
    assert_dead(pair, alive)


def test_parallel_refreshes_of_a_bound_client_all_succeed(pair: Pair) -> None:
    """Profile `fapi`: the refresh token stays; what one process issued reads at the other."""
    vendor = connected(pair.vendor(), pair.anna())
    vendors = pair.twins(vendor)
    answers = at_once(VendorClient.refresh, vendors)
    assert {each.status_code for each in answers} == {200}
    assert {each.refresh_token for each in vendors} == {vendor.refresh_token}
    assert len({each.access_token for each in vendors}) == AT_ONCE
    crossed = [pair.twin(each, 1 - at % 2) for at, each in enumerate(vendors)]
    assert {each.status_code for each in at_once(read_purchases, crossed)} == {200}


# --- what counts once ---


def test_a_proof_used_at_one_process_is_refused_at_the_other(pair: Pair) -> None:
    """A DPoP proof's `jti` counts once, at the resource server and at the token endpoint."""
    vendor = connected(pair.vendor(), pair.anna())
    read = proved(vendor)
    assert read(pair.to(0)).status_code == 200
    again = read(pair.to(1))
    assert (again.status_code, again.json()["code"]) == (401, "invalid_dpop_proof")
    headers = {"DPoP": vendor.proof("POST", "/oauth/token")}
    form = {"grant_type": "refresh_token", "refresh_token": vendor.refresh_token}
    assert vendor.post("/oauth/token", form, headers=headers).status_code == 200
    again = pair.twin(vendor, 1).post("/oauth/token", form, headers=headers)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_dpop_proof")


def test_of_one_proof_used_in_parallel_at_two_processes_one_reads(pair: Pair) -> None:
    """Who races the vendor with its own proof gets nothing beside it."""
    read = proved(connected(pair.vendor(), pair.anna()))
    connections = [pair.to(which) for which in (0, 1) * 4]
    with ThreadPoolExecutor(len(connections)) as pool:
        answers = list(pool.map(read, connections))
    assert sorted(each.status_code for each in answers) == [200] + [401] * 7


def test_an_assertion_used_at_one_process_is_refused_at_the_other(pair: Pair) -> None:
    """A client assertion's `jti` counts once, one after the other and all together."""
    vendor = pair.vendor()
    parameters, first, second = vendor.request_parameters(), vendor.assertion(), vendor.assertion()

    def push(each: VendorClient, assertion: str) -> int:
        return each.post("/oauth/par", parameters, assertion=assertion).status_code

    assert push(vendor, first) == 201
    assert push(pair.twin(vendor, 1), first) == 401
    vendors = pair.twins(vendor, 8)
    with ThreadPoolExecutor(len(vendors)) as pool:
        answers = list(pool.map(lambda each: push(each, second), vendors))
    assert sorted(answers) == [201] + [401] * 7


def proved(vendor: VendorClient) -> Callable[[httpx.Client], httpx.Response]:
    """A read with one proof, the same wherever it is sent."""
    headers = {
        "Authorization": f"DPoP {vendor.access_token}",
        "DPoP": vendor.proof("GET", PURCHASES, vendor.access_token),
    }
    return lambda http: http.get(ISSUER + PURCHASES, headers=headers)


# --- the customer's word, under readers ---


@dataclass
class Reading:
    """One read as its vendor saw it; `began` is before anything of it was sent."""

    began: float
    status: int
    text: str


@dataclass
class Reader:
    """A server of a vendor that reads without a pause."""

    vendor: VendorClient
    seen: list[Reading] = field(default_factory=list)

    def run(self, done: Event) -> None:
        """Read until all is done."""
        while not done.is_set():
            began = time.monotonic()
            response = self.vendor.get(PURCHASES)
            self.seen.append(Reading(began, response.status_code, response.text))


@contextmanager
def reading(vendors: Sequence[VendorClient]) -> Iterator[list[Reader]]:
    """Have all vendors read for as long as the block does."""
    readers, done = [Reader(vendor) for vendor in vendors], Event()
    with ThreadPoolExecutor(len(readers)) as pool:
        running = [pool.submit(reader.run, done) for reader in readers]
        try:
            wait_for_reads(readers)
            yield readers
        finally:
            done.set()
    for one in running:
        one.result()


def wait_for_reads(readers: Sequence[Reader]) -> float:
    """Wait until each has begun and ended a read from now on; the moment it was called."""
    now = time.monotonic()
    while not all(reader.seen and reader.seen[-1].began > now for reader in readers):
        assert time.monotonic() < now + 30, "the readers do not read"
        time.sleep(0.02)
    return now


def test_no_read_begun_after_a_withdrawals_confirmation_succeeds(pair: Pair) -> None:
    """Twenty readers at two processes: 401 from the confirmation on, with every token."""
    customer = pair.anna()
    vendors = pair.twins(connected(pair.vendor(), customer))
    at_once(VendorClient.refresh, vendors)
    with reading(vendors) as readers:
        assert withdraw(customer).is_redirect
        confirmed = wait_for_reads(readers)
    seen = [one for reader in readers for one in reader.seen]
    before = [one.status for one in seen if one.began < confirmed]
    after = [one.status for one in seen if one.began > confirmed]
    assert before.count(200) >= AT_ONCE
    assert set(before) <= {200, 401}
    assert len(after) >= AT_ONCE
    assert set(after) == {401}
    assert_dead(pair, *vendors[:2])
    assert f"{before.count(200):,} reads on " in page_of_consent(customer)


def test_a_gift_is_gone_from_every_page_begun_after_it_was_marked(pair: Pair) -> None:
    """Readers at both processes, while the customer marks one purchase after the other."""
    customer = pair.customer("berta")
    ids = customer.keep(Kind.PURCHASE, *({"name": name} for name in THINGS))
    vendors = pair.twins(connected(pair.vendor(), customer), 4)
    marked: dict[str, float] = {}
    with reading(vendors) as readers:
        for number, record_id in enumerate(ids):
            pair.move(customer, number % 2)
            assert mark(customer, record_id).is_redirect
            marked[THINGS[number]] = wait_for_reads(readers)
    pages = [one for reader in readers for one in reader.seen]
    assert {one.status for one in pages} == {200}
    for name, confirmed in marked.items():
        assert any(name in one.text for one in pages if one.began < confirmed)
        assert not any(name in one.text for one in pages if one.began > confirmed)


def test_a_gift_marked_at_one_process_is_gone_from_the_next_page_of_the_other(pair: Pair) -> None:
    """From a page from the start, and a mirror is told; unmarked, it is back."""
    customer = pair.customer("clara")
    _, watch = customer.keep(Kind.PURCHASE, {"name": "Kettle"}, {"name": "Watch"})
    vendor = connected(pair.vendor(), customer)
    page = vendor.get(PURCHASES).json()
    [gone] = [item["id"] for item in page["items"] if item["name"] == "Watch"]
    for process, other in ((0, pair.twin(vendor, 1)), (1, vendor)):
        pair.move(customer, process)
        assert mark(customer, watch).is_redirect
        assert [item["name"] for item in other.get(PURCHASES).json()["items"]] == ["Kettle"]
        page = other.get(PURCHASES, cursor=page["next_cursor"]).json()
        assert page["items"] == [{"id": gone, "deleted": True}]
        assert mark(customer, watch, gift="no").is_redirect
        page = other.get(PURCHASES, cursor=page["next_cursor"]).json()
        assert [item["name"] for item in page["items"]] == ["Watch"]


def withdraw(customer: Customer) -> httpx.Response:
    """Withdraw the customer's one consent on the page of consents."""
    page = customer.open(f"{ISSUER}/consents")
    [path] = re.findall(r'action="(/consents/[0-9a-f]+/withdraw)"', page.text)
    return customer.browser.post(ISSUER + path, data={"csrf_token": customer.csrf_token})


def page_of_consent(customer: Customer) -> str:
    """The page of the customer's one consent: it tells how often its vendor has read."""
    [path] = set(
        re.findall(r'href="(/consents/[0-9a-f]{32})"', customer.open(f"{ISSUER}/consents").text)
    )
    return customer.open(ISSUER + path).text


def mark(customer: Customer, record_id: bytes, gift: str = "yes") -> httpx.Response:
    """Mark a purchase as a gift, or no longer, on the page of purchases."""
    customer.open(f"{ISSUER}/purchases")
    form = {"ids": record_id.hex(), "gift": gift, "csrf_token": customer.csrf_token}
    return customer.browser.post(f"{ISSUER}/purchases/gifts", data=form)


# --- restarts ---


class Restarts:
    """The server as one sees it from outside, ended and started anew between two steps.

    The process that served a step is ended; the next step goes to the other one, which was
    started after its own last step. So no process remembers anything of what went before.
    """

    def __init__(self, pair: Pair, vendor: VendorClient, customer: Customer) -> None:
        self._pair, self._vendor, self._customer = pair, vendor, customer
        self._serving = 0
        self._signals = cycle((signal.SIGTERM, signal.SIGKILL))

    def between(self) -> None:
        """End the process that served the last step, by SIGTERM and SIGKILL in turn."""
        ending = self._pair.processes[self._serving]
        ending.stop(next(self._signals))
        self._serving = 1 - self._serving
        self._pair.processes[self._serving].ready()
        ending.start()
        self._vendor.http = self._pair.to(self._serving)
        self._pair.move(self._customer, self._serving)

    def end(self) -> None:
        """Wait until both processes serve again."""
        for process in self._pair.processes:
            process.ready()


@pytest.mark.parametrize("pair", ["sqlite"], indirect=True)  # A process forgets alike on both.
def test_the_flow_goes_on_over_a_restart_between_each_two_steps(pair: Pair) -> None:
    """Nothing of it is kept in a process: no request, no session, no form, no nonce."""
    customer, vendor = pair.anna(), pair.vendor()
    customer.browser.cookies.clear()
    restarts = Restarts(pair, vendor, customer)
    url = vendor.begin()
    restarts.between()
    locked = follow(customer, url)
    assert locked.url.path == "/unlock"
    restarts.between()
    asked = follow(customer, unlock(customer, locked))
    assert "What they will see" in asked.text
    restarts.between()
    came_back = customer.press(asked, url, "allow")
    assert came_back.status_code == 303, came_back.text
    restarts.between()
    assert vendor.exchange(answer(came_back.headers["Location"])["code"]).status_code == 200
    restarts.between()
    assert vendor.get(PURCHASES).status_code == 200
    restarts.between()
    assert vendor.refresh().status_code == 200
    restarts.between()
    page = vendor.get(PURCHASES)
    assert [item["name"] for item in page.json()["items"]] == list(THINGS)
    restarts.between()
    assert withdraw(customer).is_redirect
    restarts.between()
    assert vendor.get(PURCHASES).status_code == 401
    restarts.end()
    assert_dead(pair, vendor)


def follow(customer: Customer, url: str) -> httpx.Response:
    """Open an address and go wherever that leads within the vault."""
    while (page := customer.open(url)).is_redirect:
        url = ISSUER + page.headers["Location"]
    assert page.status_code == 200, page.text
    return page


def unlock(customer: Customer, page: httpx.Response) -> str:
    """Fill in the form that asks for the passphrase; where it leads."""
    form = {"username": customer.name, "passphrase": PASSPHRASE, "csrf_token": customer.csrf_token}
    unlocked = customer.browser.post(page.url, data=form)
    assert unlocked.is_redirect, unlocked.text
    return ISSUER + unlocked.headers["Location"]
