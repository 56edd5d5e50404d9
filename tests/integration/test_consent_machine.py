"""The life of consents, codes and tokens over HTTP, against a model: no sequence yields more.

Random requests of three vendors and decisions of two customers; after each the answer is what
`tests/integration/consent_model.py` says, and every page has exactly the records and fields that
it allows. `CONSENT_MACHINE=10 pytest …` takes ten times as many steps, at random.
"""

import json
import os
import uuid
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, TypeVar

import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import sqlite_only
from tests.integration.consent_model import (
    ACCESS_SECONDS,
    CODE_SECONDS,
    FIELDS,
    HAVE_GIFTS,
    REQUEST_SECONDS,
    RETRY_SECONDS,
    Access,
    Asked,
    Authorization,
    Consent,
    Model,
    Record,
    Refresh,
    Terms,
)
from tests.served import ISSUER, PASSPHRASE, Customer, Served
from tests.vendor_client import VendorClient, answer, ec_key
from vault.domain.compartments import SHAREABLE
from vault.settings import Settings

TIMES = int(os.environ.get("CONSENT_MACHINE", "1"))
EXAMPLES, STEPS = 7, 30
DAY = 86_400
EDGE = 5
"""Seconds around an end within which nothing is asked: the answer would depend on the machine."""
ONCE = 0
"""In the place of a number of days: to be read once, within thirty days."""
MOVES = (30, 30, 61, 300, 591, 601, 3_601, DAY)
KINDS = {kind.plural: kind for kind in SHAREABLE}
WHOLE = Terms({kind: frozenset(names) for kind, names in FIELDS.items()}, gifts=True)
BASIC = 1
"""Which of the vendors has the profile `basic`."""

pick = st.integers(0, 10**6)
vendors, customers = st.integers(0, 2), st.integers(0, 1)
kinds = st.sampled_from(sorted(FIELDS))
lasting = st.sampled_from((1, 30, ONCE))
some_terms = st.builds(
    Terms,
    st.fixed_dictionaries(
        {},
        optional={
            kind: st.sampled_from([frozenset(names), *(frozenset({one}) for one in names)])
            for kind, names in FIELDS.items()
        },
    ).filter(bool),
    st.booleans(),
)

T = TypeVar("T")


class Addressed(Served):
    """A server whose visitors come from an address of their own with each step (the throttle)."""

    def __init__(self, settings: Settings) -> None:
        self._steps = 0
        super().__init__(settings)

    def connection(self) -> httpx.Client:
        """A connection from the address of this step."""
        if not hasattr(self, "_transport"):
            self._transport = httpx.WSGITransport(app=self.app)
        return httpx.Client(transport=self._transport)

    def step(self) -> None:
        """Go on to the next address."""
        self._steps += 1
        high, low = divmod(self._steps, 250)
        self._transport.remote_addr = f"10.{high // 250}.{high % 250}.{low + 1}"


class Life(RuleBasedStateMachine):
    """Three vendors, two customers, and everything that they do to one another."""

    server: ClassVar[Addressed]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.vendors: list[VendorClient] = []
        self.customers: list[Customer] = []
        self.mirrors: dict[tuple[Consent, str], dict[str, Any]] = {}
        self.cursors: dict[tuple[Consent, str], str] = {}
        self._looked = 0

    @initialize()
    def begin(self) -> None:
        """Two vendors of the profile `fapi` and one of `basic`; two customers with records.

        Two of the vendors may see all of it already, gifts too.
        """
        self.server.clock.ahead = 0
        self.vendors = [self.server.vendor(), self.server.basic_vendor(), self.server.vendor()]
        self.customers = [self.server.customer(f"c-{uuid.uuid4().hex[:12]}") for _ in range(2)]
        for customer in range(2):
            self.model.records[customer] = []
            for kind in FIELDS:
                self._add(customer, kind)
        for vendor, customer in ((0, 0), (BASIC, 0), (BASIC, 1)):
            self._connect(vendor, customer, WHOLE, WHOLE, 30)

    @invariant()
    def look(self) -> None:
        """After each step one of the tokens is tried; not the first use of one, which counts."""
        clock = self.server.clock()
        settled = [one for one in self.model.access if not (one.follows and one.live(clock))]
        live = [one for one in settled if one.live(clock)]
        if settled:
            self._looked += 1
            access = chosen(live or settled if self._looked % 2 else settled, self._looked // 2)
            kind = sorted(FIELDS)[self._looked % len(FIELDS)]
            self._read(access, kind, onwards=self._looked // 3 % 2 == 0)

    def teardown(self) -> None:
        """Every token that was ever issued is tried once more; both vaults verify, receipts too."""
        for number, access in enumerate(self.model.access):
            self._read(access, sorted(FIELDS)[number % len(FIELDS)])
        for token in self.model.refresh:
            self._introspect(token)
        services = self.server.services
        for customer in self.customers:
            vault = services.sessions.open(
                services.sessions.unlock(customer.name, PASSPHRASE).token
            )
            assert services.verification.verify(vault).problems == []

    def now(self) -> int:
        """The vault's clock, never just where something ends."""
        self.server.step()
        clock = self.server.clock
        edges = list(self.model.edges())
        while any(abs(edge - clock()) <= EDGE for edge in edges):
            clock.ahead += 2 * EDGE + 1
        return clock()

    # --- what customers keep ---

    @rule(customer=customers, kind=kinds)
    def add(self, customer: int, kind: str) -> None:
        """A customer files a record."""
        self._add(customer, kind)

    def _add(self, customer: int, kind: str) -> None:
        number = len(self.model.records[customer])
        data = {name: f"{kind} {number} {name}" for name in FIELDS[kind]}
        if kind == "purchases":
            data["price"] = f"{number}.00"
        [record_id] = self.customers[customer].keep(KINDS[kind], data)
        self.model.records[customer].append(Record(kind, data, record_id))

    @rule(customer=customers, which=pick, gift=st.booleans())
    def mark(self, customer: int, which: int, *, gift: bool) -> None:
        """A customer says that a purchase is a gift, or is none."""
        found = [one for one in self.model.records[customer] if one.kind == "purchases"]
        record = chosen(found, which)
        gifts, vault = self.server.services.gifts, self.customers[customer].vault()
        (gifts.mark if gift else gifts.unmark)(vault, [record.record_id.hex()])
        record.gift = gift

    # --- requests and decisions ---

    @rule(vendor=vendors, terms=some_terms, whole=st.booleans())
    def push(self, vendor: int, terms: Terms, *, whole: bool) -> None:
        """A vendor asks: by scope for all fields of some kinds, or by details for some fields."""
        self._push(vendor, terms, whole=whole)

    def _push(self, vendor: int, terms: Terms, *, whole: bool) -> Asked:
        now, client = self.now(), self.vendors[vendor]
        if whole:
            terms = Terms({kind: frozenset(FIELDS[kind]) for kind, _ in terms}, terms.gifts)
        terms = terms.narrowed(terms)
        if whole:
            url = client.begin(scope=" ".join(sorted(terms.scope)))
        else:
            url = client.begin(scope=None, authorization_details=json.dumps(details(terms)))
        asked = Asked(vendor, terms, url, client.verifier, now + REQUEST_SECONDS)
        self.model.asked.append(asked)
        return asked

    @precondition(lambda self: self.model.asked)
    @rule(customer=customers, which=pick, foreign=st.booleans())
    def open(self, customer: int, which: int, *, foreign: bool) -> None:
        """A customer opens a request's address, perhaps with another vendor's name on it."""
        asked = chosen(self.model.asked, which)
        url = asked.url
        if foreign:
            other = self.vendors[(asked.vendor + 1) % 3].client_id
            url = url.replace(self.vendors[asked.vendor].client_id, other)
        self._open(customer, asked, url)

    def _open(self, customer: int, asked: Asked, url: str) -> httpx.Response | None:
        """Open a request; its page, or None where there is none."""
        now = self.now()
        page = self.customers[customer].open(url)
        if url != asked.url or not asked.shows(customer, now):
            assert page.status_code == 400, page.text
            return None
        assert page.status_code == 200, page.text
        asked.display(customer, now)
        return page

    @precondition(lambda self: self.model.asked)
    @rule(customer=customers, which=pick, choice=some_terms, days=lasting)
    def allow(self, customer: int, which: int, choice: Terms, days: int) -> None:
        """A customer allows a request, narrowed to a choice that may name more than was asked."""
        self._allow(customer, chosen(self.model.asked[-3:], which), choice, days)

    def _allow(self, customer: int, asked: Asked, choice: Terms, days: int) -> Authorization | None:
        page = self._open(customer, asked, asked.url)
        if page is None:
            return None
        once, days = ["yes"] * (days == ONCE), days or 30
        days += self.server.clock.ahead // DAY  # the page counts from the real day
        now, ticked = self.now(), [f"{kind}.{name}" for kind, names in choice for name in names]
        gifts = ["yes"] if choice.gifts else []
        pressed = self.customers[customer].press(
            page,
            asked.url,
            "allow",
            fields=ticked,
            gifts=gifts,
            sellers=["*"],
            days=str(days),
            once=once,
        )
        granted = asked.terms.narrowed(choice)
        if not granted.fields:
            assert pressed.status_code == 422, pressed.text
            return None
        assert pressed.status_code == 303, pressed.text
        code = answer(pressed.headers["Location"])["code"]
        until = now - self.server.clock.ahead + days * DAY
        authorization = self.model.allow(asked, granted, code, now, until)
        authorization.once = bool(once)
        return authorization

    @precondition(lambda self: self.model.asked)
    @rule(customer=customers, which=pick)
    def decline(self, customer: int, which: int) -> None:
        """A customer declines a request."""
        asked = chosen(self.model.asked[-3:], which)
        page = self._open(customer, asked, asked.url)
        if page is not None:
            pressed = self.customers[customer].press(page, asked.url, "decline")
            assert answer(pressed.headers["Location"])["error"] == "access_denied"
            asked.decided = True

    @precondition(lambda self: self.model.consents)
    @rule(which=pick)
    def withdraw(self, which: int) -> None:
        """A customer withdraws what a vendor has, if it has anything still."""
        consent = chosen(self.model.consents, which)
        vendor, customer = consent.vendor, consent.customer
        now, browser = self.now(), self.customers[customer]
        standing = self.model.standing(vendor, customer, now)
        mine = self.vendors[vendor].client_id
        given = [
            one.grant_id
            for one in self.server.services.consents.given(browser.vault())
            if one.client_id == mine and one.state.name == "GIVEN"
        ]
        assert len(given) == (standing is not None)
        if standing is not None:
            browser.open(f"{ISSUER}/consents")
            form = {"csrf_token": browser.csrf_token}
            withdrawn = browser.browser.post(f"{ISSUER}/consents/{given[0]}/withdraw", data=form)
            assert withdrawn.is_redirect, withdrawn.text
            standing.ended = True

    # --- codes and tokens ---

    @rule(
        vendor=vendors,
        customer=customers,
        terms=some_terms,
        choice=some_terms,
        days=lasting,
    )
    def connect(self, vendor: int, customer: int, terms: Terms, choice: Terms, days: int) -> None:
        """The whole way at once."""
        self._connect(vendor, customer, terms, choice, days)

    @precondition(lambda self: self.model.consents)
    @rule(
        which=pick,
        terms=some_terms,
        choice=some_terms,
        days=lasting,
        then=st.sampled_from(("taken up", "left", "repeated", "late")),
    )
    def amend(self, which: int, terms: Terms, choice: Terms, days: int, then: str) -> None:
        """The whole way for a vendor that has, or had, a consent; or all but the exchange.

        Or twice but for the exchange, and then the earlier code is tried: the last word counts. Or
        the exchange comes late.
        """
        consent = chosen(self.model.consents, which)
        vendor, customer = consent.vendor, consent.customer
        authorization = self._authorize(vendor, customer, terms, choice, days)
        if then == "repeated":
            self._authorize(vendor, customer, terms, choice, 30)
        if then == "late":
            self.server.clock.ahead += CODE_SECONDS
        if authorization is not None and then != "left":
            self._exchange(authorization, "right")

    def _connect(self, vendor: int, customer: int, terms: Terms, choice: Terms, days: int) -> None:
        authorization = self._authorize(vendor, customer, terms, choice, days)
        if authorization is not None:
            self._exchange(authorization, "right")

    def _authorize(
        self, vendor: int, customer: int, terms: Terms, choice: Terms, days: int
    ) -> Authorization | None:
        asked = self._push(vendor, terms, whole=True)
        return self._allow(customer, asked, choice, days)

    @precondition(lambda self: any(not one.used for one in self.model.authorizations))
    @rule(which=pick, how=st.sampled_from(("right", "right", "verifier", "client")))
    def exchange(self, which: int, how: str) -> None:
        """A vendor exchanges a code, with the right or a wrong verifier, or another vendor does."""
        unused = [one for one in self.model.authorizations if not one.used]
        self._exchange(chosen(unused[-3:], which), how)

    @precondition(lambda self: self.model.refresh)
    @rule(which=pick, how=st.sampled_from(("right", "verifier", "client", "client", "client")))
    def exchange_again(self, which: int, how: str) -> None:
        """Somebody uses a code a second time; if that is its vendor, it costs it the tokens."""
        used = [one for one in self.model.authorizations if one.used]
        self._exchange(chosen(used, which), how)

    def _exchange(self, authorization: Authorization, how: str) -> None:
        now, vendor = self.now(), authorization.consent.vendor
        client = self.vendors[(vendor + 1) % 3 if how == "client" else vendor]
        client.verifier = "wrong" * 10 if how == "verifier" else authorization.verifier
        response = client.exchange(authorization.code)
        if how == "right" and authorization.redeemable(now):
            self._redeemed(authorization, response, now)
            return
        refused(response, "invalid_grant")
        if authorization.used and how != "client":
            authorization.reused()

    def _redeemed(self, authorization: Authorization, response: httpx.Response, now: int) -> None:
        assert response.status_code == 200, response.text
        consent, token = authorization.consent, response.json()
        authorization.take_up()
        assert token["grant_id"] == (consent.grant_id or token["grant_id"])
        consent.grant_id = token["grant_id"]
        self._issued(token, authorization, authorization.terms, now)
        assert ("refresh_token" in token) is not authorization.once
        if not authorization.once:
            self.model.refresh.append(Refresh(token["refresh_token"], authorization))

    def _issued(
        self, token: dict[str, Any], authorization: Authorization, terms: Terms, now: int
    ) -> Access:
        """An access token came; what it says of itself is what it carries."""
        assert frozenset(token["scope"].split()) == terms.scope
        said = {one["datatypes"][0]: one["fields"] for one in token["authorization_details"]}
        assert said == {kind: sorted(names) for kind, names in terms}
        until = min(now + ACCESS_SECONDS, authorization.until)
        access = Access(token["access_token"], authorization, terms, until)
        self.model.access.append(access)
        return access

    @precondition(lambda self: self.model.refresh)
    @rule(which=pick, narrow=st.none() | st.frozensets(kinds, min_size=1), gifts=st.booleans())
    def refresh(self, which: int, narrow: frozenset[str] | None, *, gifts: bool) -> None:
        """A vendor uses a refresh token, an old one perhaps, for all or for some of its kinds."""
        self._refresh(chosen(self.model.refresh[-4:], which), narrow, gifts=gifts)

    @precondition(lambda self: self.renewable())
    @rule(which=pick, kind=pick, gifts=st.booleans())
    def narrow(self, which: int, kind: int, *, gifts: bool) -> None:
        """A vendor renews for one of the kinds that it has, and tries all with what comes."""
        token = chosen(self.renewable(), which)
        wanted = chosen(sorted(token.of.terms.fields), kind)
        gifts = gifts and token.of.terms.gifts and wanted in HAVE_GIFTS
        self._refresh(token, frozenset({wanted}), gifts=gifts)
        for each in FIELDS:
            self._read(self.model.access[-1], each)

    @precondition(lambda self: self.renewable(BASIC))
    @rule(
        which=pick,
        retries=st.integers(0, 2),
        then=st.sampled_from(("", "read", "renew", "wait")),
        late=st.booleans(),
    )
    def rotate(self, which: int, retries: int, then: str, *, late: bool) -> None:
        """A vendor of `basic` renews and perhaps retries, and goes on; then a late use comes."""
        token = chosen(self.renewable(BASIC), which)
        for _ in range(1 + retries):
            self._refresh(token, None, gifts=False)
        if then == "read":
            self._read(self.model.access[-1], chosen(sorted(token.of.terms.fields), which))
        elif then == "renew":
            self._refresh(self.model.refresh[-1], None, gifts=False)
        elif then == "wait":
            self.server.clock.ahead += RETRY_SECONDS
        if late:
            self._refresh(token, None, gifts=False)

    def renewable(self, *of: int) -> list[Refresh]:
        """The live refresh tokens, of some vendors or of all."""
        clock = self.server.clock()
        tokens = (one for one in self.model.refresh if one.of.consent.vendor in (of or range(3)))
        return [one for one in tokens if one.live(clock)]

    def _refresh(self, token: Refresh, narrow: frozenset[str] | None, *, gifts: bool) -> None:
        now, client = self.now(), self.vendors[token.of.consent.vendor]
        scope, carried = None, token.of.terms if narrow is None else None
        if narrow is not None:
            words = sorted(f"{kind}:read" for kind in narrow) + ["gifts:read"] * gifts
            scope, carried = " ".join(words), token.of.terms.of(narrow, gifts=gifts)
        response = client.refresh(refresh_token=token.text, scope=scope)
        if not (token.live(now) or token.retriable(now)):
            refused(response, "invalid_grant")
            if token.successor is not None:
                token.of.reused()
        elif carried is None:
            refused(response, "invalid_scope")
        else:
            assert response.status_code == 200, response.text
            self._renewed(token, response.json(), carried, now)

    def _renewed(self, token: Refresh, came: dict[str, Any], carried: Terms, now: int) -> None:
        access = self._issued(came, token.of, carried, now)
        if token.of.consent.vendor != BASIC:
            assert came.get("refresh_token", token.text) == token.text
            return
        access.follows = token
        if token.successor is None:
            token.settle()
            token.successor = Refresh(came["refresh_token"], token.of, follows=token)
            token.retry_until = now + RETRY_SECONDS
            assert token.successor.text != token.text
            self.model.refresh.append(token.successor)
        else:
            assert token.issued_with is not None
            assert came["refresh_token"] == token.successor.text
            token.issued_with.ended = True
        token.issued_with = access

    @precondition(lambda self: self.model.refresh)
    @rule(which=pick)
    def refresh_by_another(self, which: int) -> None:
        """Another vendor has a refresh token and can do nothing with it."""
        self.now()
        token = chosen(self.model.refresh, which)
        client = self.vendors[(token.of.consent.vendor + 1) % 3]
        refused(client.refresh(refresh_token=token.text), "invalid_grant")

    @precondition(lambda self: self.model.refresh)
    @rule(which=pick, foreign=st.booleans(), access=st.sampled_from((True, True, False)))
    def revoke(self, which: int, *, foreign: bool, access: bool) -> None:
        """A vendor gives a token back; what is another's stays as it was (RFC 7009)."""
        self.now()
        tokens: Sequence[Access | Refresh] = self.model.access if access else self.model.refresh
        token = chosen(tokens, which)
        client = self.vendors[(token.of.consent.vendor + foreign) % 3]
        assert client.revoke(token.text).status_code == 200
        if foreign:
            return
        if isinstance(token, Access):
            token.ended = True
        else:
            token.of.reused()

    @precondition(lambda self: self.model.access)
    @rule(which=pick, foreign=st.sampled_from((True, True, False)))
    def give_back(self, which: int, *, foreign: bool) -> None:
        """A vendor deletes a grant, its own or another's, without any token."""
        self.now()
        consent = chosen(self.model.access, which).of.consent
        client = self.vendors[(consent.vendor + foreign) % 3]
        bearer = {} if client.secret else {"Authorization": f"Bearer {client.assertion()}"}
        request = client.http.build_request(
            "DELETE", f"{ISSUER}/oauth/grants/{consent.grant_id}", headers=bearer
        )
        auth = httpx.BasicAuth(client.client_id, client.secret) if client.secret else None
        deleted = client.http.send(request, auth=auth)
        assert deleted.status_code == (404 if foreign else 204), deleted.text
        consent.ended = consent.ended or not foreign

    @precondition(lambda self: self.model.refresh)
    @rule(which=pick, foreign=st.booleans())
    def introspect(self, which: int, *, foreign: bool) -> None:
        """A vendor asks what a token still permits, its own or another's."""
        tokens: list[Access | Refresh] = [*self.model.access, *self.model.refresh]
        token = chosen(tokens, which)
        self._introspect(token, foreign=foreign)

    def _introspect(self, token: Access | Refresh, *, foreign: bool = False) -> None:
        now, client = self.now(), self.vendors[(token.of.consent.vendor + foreign) % 3]
        said = client.post("/oauth/introspect", {"token": token.text}).json()
        if foreign or not token.live(now):
            assert said == {"active": False}
            return
        terms = token.terms if isinstance(token, Access) else token.of.terms
        assert said["active"] is True
        assert frozenset(said["scope"].split()) == terms.scope

    # --- reading ---

    @precondition(lambda self: self.model.access)
    @rule(which=pick, kind=kinds, onwards=st.booleans())
    def read(self, which: int, kind: str, *, onwards: bool) -> None:
        """A vendor reads with a token of any age, from the start or from where it had got to."""
        self._read(chosen(self.model.access, which), kind, onwards=onwards)

    @precondition(lambda self: self.model.access)
    @rule(which=pick, kind=kinds)
    def read_newest(self, which: int, kind: str) -> None:
        """A vendor reads with one of the newest tokens, on from where it had got to."""
        self._read(chosen(self.model.access[-3:], which), kind, onwards=True)

    def _read(self, access: Access, kind: str, *, onwards: bool = False) -> None:
        now, consent = self.now(), access.of.consent
        client = self.vendors[consent.vendor]
        client.access_token = access.text
        place = (consent, kind)
        query = {"cursor": self.cursors[place]} if onwards and place in self.cursors else {}
        response = client.get(f"/api/v1/{kind}", **query)
        if not access.live(now):
            assert response.status_code == 401, response.text
        elif kind not in access.terms.fields:
            assert response.status_code == 403, response.text
        else:
            assert response.status_code == 200, response.text
            access.use(kind, now)
            self._mirror(place, response.json(), anew=not query)
            assert in_order(self.mirrors[place].values()) == in_order(
                self.model.shown(access, kind)
            )

    def _mirror(self, place: tuple[Consent, str], page: dict[str, Any], *, anew: bool) -> None:
        """Bring what the vendor holds up to date."""
        held = {} if anew or page.get("reset") else self.mirrors[place]
        for item in page["items"]:
            item_id = item.pop("id")
            if item.pop("deleted", False):
                del held[item_id]
            else:
                held[item_id] = item
        self.mirrors[place], self.cursors[place] = held, page["next_cursor"]
        assert page["has_more"] is False

    @precondition(lambda self: self.model.access)
    @rule(which=pick, kind=kinds)
    def read_as_a_thief(self, which: int, kind: str) -> None:
        """Who has stolen a bound token, and not its key, reads nothing."""
        access = chosen(self.model.access, which)
        if access.of.consent.vendor == BASIC:
            return
        self.now()
        client = self.vendors[access.of.consent.vendor]
        client.access_token, key, client.dpop_key = access.text, client.dpop_key, ec_key()
        assert client.get(f"/api/v1/{kind}").status_code == 401
        client.dpop_key = key

    # --- time ---

    @rule(seconds=st.sampled_from(MOVES))
    def wait(self, seconds: int) -> None:
        """Time goes by; the customers unlock their vaults again."""
        self.server.clock.ahead += seconds
        self.now()
        for customer in self.customers:
            customer.session = self.server.services.sessions.unlock(customer.name, PASSPHRASE).token
            customer.browser.cookies.set("vault", customer.session, domain="127.0.0.1")


def chosen(some: Sequence[T], which: int) -> T:
    """One of some, by a number that Hypothesis chose."""
    return some[which % len(some)]


def refused(response: httpx.Response, error: str) -> None:
    """The token endpoint says no, and why."""
    assert response.status_code == 400, response.text
    assert response.json()["error"] == error


def details(terms: Terms) -> list[dict[str, Any]]:
    """Terms as authorization details (RFC 9396)."""
    return [
        {
            "type": "vrm_records",
            "datatypes": [kind],
            "fields": sorted(names),
            "gifts": terms.gifts,
        }
        for kind, names in terms
    ]


def in_order(items: Any) -> list[dict[str, Any]]:
    """Items in an order of their own."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


@pytest.fixture
def server(settings: Settings) -> Iterator[Addressed]:
    """A server of this test's own."""
    server = Addressed(settings)
    yield server
    server.close()


@sqlite_only
@pytest.mark.timeout(300 * TIMES)
def test_no_sequence_of_requests_yields_what_the_model_does_not_allow(server: Addressed) -> None:
    """And what the model allows is delivered; every token is tried again at the end."""
    Life.server = server
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS * TIMES,
            derandomize=TIMES == 1,
            database=None,
            deadline=None,
            phases=[Phase.generate] if TIMES == 1 else [Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
