"""Tokens that carry less than their consent: what they read, and what they leave as it was."""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from tests.conftest import sqlite_only
from tests.integration import test_disclosure as reading
from tests.story import Story, Vendor, sellers
from vault.composition import Services
from vault.domain.compartments import Kind
from vault.domain.narrowing import Narrowing
from vault.domain.requested import InvalidAuthorizationDetails, InvalidScope
from vault.domain.terms import Terms
from vault.services.access.bearers import InsufficientScope, InvalidToken
from vault.services.access.disclosure import DisclosedPage
from vault.services.access.issuing import Issued
from vault.services.upkeep.sweeping import Sweeping

NAMES = Narrowing(details=[{"datatypes": ["purchases"], "fields": ["name"]}])
OF_AMAZON = Narrowing(details=[{"datatypes": ["purchases"], "sellers": ["Amazon"]}])


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with four purchases of two sellers, and an order."""
    story = Story(services)
    for number, seller in enumerate(("Amazon", "CDW", "Amazon", "CDW")):
        story.add(name=f"P{number}", seller={"name": seller}, price="1.00")
    story.add(Kind.ORDER, orderNumber="1")
    return story


@pytest.fixture
def vendor(story: Story) -> Vendor:
    """A vendor that may read all purchases and orders."""
    return story.connect(story.terms(Kind.PURCHASE, Kind.ORDER))


def narrowed(vendor: Vendor, narrowing: Narrowing) -> Issued:
    """An access token for less; the refresh token stays."""
    mine = vendor.client.client_id
    tokens = vendor.story.tokens
    return tokens.refresh(vendor.refresh_token, mine, None, rotates=False, narrowing=narrowing)


def page_of(
    vendor: Vendor,
    token: str,
    cursor: str | None = None,
    limit: int = 100,
    kind: Kind = Kind.PURCHASE,
) -> DisclosedPage:
    """A page read with any of a vendor's tokens."""
    return vendor.story.disclosure.page(token, kind, cursor, limit, None)


def redeemed(vendor: Vendor, narrowing: Narrowing) -> Issued:
    """Exchange the code for an access token that carries less."""
    mine = vendor.client.client_id
    redemption = vendor.story.redemption
    return redemption.redeem(vendor.code, mine, lambda _: None, None, narrowing)


def test_a_narrowed_token_reads_its_part_and_everything_says_so(vendor: Vendor) -> None:
    """The response, introspection, the grant, the page and the customer's ledger."""
    story = vendor.story
    issued = narrowed(vendor, NAMES)
    token = issued.access_token
    assert issued.scope == "purchases:read"
    [detail] = issued.authorization_details
    assert detail["fields"] == ["name"]
    introspected = story.tokens.introspect(token, vendor.client.client_id)
    grant, _ = story.granted.terms(token, None)
    for described in (introspected, grant):
        assert described["scope"] == issued.scope
        assert described["authorization_details"] == issued.authorization_details
    items = page_of(vendor, token).items
    assert [sorted(item) for item in items] == [["id", "name"]] * 4
    assert story.events("disclosure")[0].details["fields"] == ["name"]
    with pytest.raises(InsufficientScope):
        page_of(vendor, token, kind=Kind.ORDER)
    assert story.events("refusal")[0].details["reason"] == "not_carried"


def test_the_refresh_token_and_the_consent_stay_as_they_were(vendor: Vendor) -> None:
    """RFC 6749 section 6: the next token without a narrowing carries everything again."""
    narrowed(vendor, NAMES)
    mine = vendor.client.client_id
    described = vendor.story.tokens.introspect(vendor.refresh_token, mine)
    assert described["scope"] == "purchases:read orders:read"
    assert vendor.refresh().scope == "purchases:read orders:read"
    assert {"price", "seller"} <= vendor.items()[0].keys()
    assert reading.terms_of(vendor)[0].scope == "purchases:read orders:read"


def test_a_code_gives_a_narrowed_token_and_a_whole_refresh_token(story: Story) -> None:
    """The same at the first exchange."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    issued = redeemed(vendor, Narrowing("purchases:read"))
    assert issued.scope == "purchases:read"
    vendor.refresh_token = issued.refresh_token or ""
    assert vendor.refresh().scope == "purchases:read orders:read"


@pytest.mark.parametrize(
    ("asked", "refusal"),
    [
        (Narrowing("invoices:read"), InvalidScope),
        (Narrowing("purchases:read gifts:read"), InvalidScope),
        (Narrowing(details=[{"datatypes": ["invoices"]}]), InvalidAuthorizationDetails),
    ],
    ids=["kind", "gifts", "details"],
)
def test_a_refused_narrowing_consumes_nothing(
    story: Story, asked: Narrowing, refusal: type[Exception]
) -> None:
    """The code is still good, and the refresh token too: nothing was rotated."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE))
    with pytest.raises(refusal):
        redeemed(vendor, asked)
    vendor.redeem()
    old = vendor.refresh_token
    with pytest.raises(refusal):
        story.tokens.refresh(old, vendor.client.client_id, None, narrowing=asked)
    live = story.tokens.introspect(old, vendor.client.client_id)
    assert live["active"]
    assert vendor.refresh().refresh_token != old
    assert len(vendor.items()) == 4


def test_a_retry_may_narrow_otherwise(vendor: Vendor) -> None:
    """The successor is the same; the access token of the lost answer ends."""
    mine, old = vendor.client.client_id, vendor.refresh_token
    lost = vendor.story.tokens.refresh(old, mine, None)
    again = vendor.story.tokens.refresh(old, mine, None, narrowing=NAMES)
    assert again.refresh_token == lost.refresh_token
    assert page_of(vendor, again.access_token).items[0].keys() == {"id", "name"}
    with pytest.raises(InvalidToken):
        page_of(vendor, lost.access_token)


def test_an_amendment_is_never_undone_by_a_token_from_before(vendor: Vendor) -> None:
    """What the consent loses the token loses, and what the consent gains the token does not."""
    story = vendor.story
    token = narrowed(vendor, OF_AMAZON).access_token
    assert len(page_of(vendor, token).items) == 2
    reading.amend(vendor, story.terms(Kind.PURCHASE, fields=frozenset({"name"})))
    assert [sorted(item) for item in page_of(vendor, token).items] == [["id", "name"]] * 2
    reading.amend(vendor, story.terms(Kind.PURCHASE, Kind.INVOICE, gifts=True))
    story.add(name="Ring", seller={"name": "Amazon"}, isGift=True)
    assert {item["name"] for item in page_of(vendor, token).items} == {"P0", "P2"}
    with pytest.raises(InsufficientScope):
        page_of(vendor, token, kind=Kind.INVOICE)
    reading.amend(vendor, story.terms(Kind.PURCHASE, sellers=sellers("CDW")))
    assert page_of(vendor, token).items == []
    reading.amend(vendor, story.terms(Kind.ORDER))
    with pytest.raises(InsufficientScope):
        page_of(vendor, token)
    assert story.tokens.introspect(token, vendor.client.client_id)["scope"] == ""


def test_no_pass_goes_on_with_another_tokens_cursor(vendor: Vendor) -> None:
    """Wide after narrow, narrow after wide, one part after another: from the start, and said so."""
    tokens = {
        "wide": vendor.token,
        "names": narrowed(vendor, NAMES).access_token,
        "amazon": narrowed(vendor, OF_AMAZON).access_token,
    }
    cursors = {name: page_of(vendor, token, limit=1).next_cursor for name, token in tokens.items()}
    assert {len(cursor) for cursor in cursors.values()} == {68}
    for name, token in tokens.items():
        for other, cursor in cursors.items():
            page = page_of(vendor, token, cursor)
            assert page.reset is (name != other)
            whole = 2 if name == "amazon" else 4
            assert len(page.items) == (whole if page.reset else whole - 1)


def test_a_token_narrowed_alike_goes_on_with_the_pass(vendor: Vendor) -> None:
    """An access token lives ten minutes, a pass may be longer; asking for all is no narrowing."""
    first = page_of(vendor, narrowed(vendor, NAMES).access_token, limit=1)
    page = page_of(vendor, narrowed(vendor, NAMES).access_token, first.next_cursor)
    assert not page.reset
    assert len(page.items) == 3
    wide = vendor.page(limit=1)
    everything = narrowed(vendor, Narrowing("purchases:read orders:read")).access_token
    assert not page_of(vendor, everything, wide.next_cursor).reset


def test_a_narrowed_pass_that_is_over_begins_anew(vendor: Vendor) -> None:
    """Such a token is told of nothing that went: what it held is dropped instead."""
    story = vendor.story
    token = narrowed(vendor, OF_AMAZON).access_token
    first = page_of(vendor, token)
    ids = story.ids()
    story.records.delete(story.vault, Kind.PURCHASE, [ids["P0"], ids["P1"]])
    again = page_of(vendor, token, first.next_cursor)
    assert again.reset
    assert [item["name"] for item in again.items] == ["P2"]


def test_a_narrowed_read_tells_the_wide_pass_nothing(vendor: Vendor) -> None:
    """What only a narrowed token has passed over was not delivered, and is not said to be gone."""
    story = vendor.story
    vendor.follow(limit=1)
    page_of(vendor, narrowed(vendor, OF_AMAZON).access_token)
    story.mark(story.ids()["P3"])
    gone = []
    while True:
        page = vendor.follow(limit=1)
        gone += [item for item in page.items if item.get("deleted")]
        if not page.has_more:
            break
    assert gone == []
    assert {one["name"] for one in vendor.mirror[Kind.PURCHASE].values()} == {"P0", "P1", "P2"}


def state(vendor: Vendor) -> str:
    """How the consent stands."""
    [given] = vendor.story.consents.given(vendor.story.vault)
    return given.state.name


def test_a_part_of_a_consent_for_once_ends_its_token_and_then_the_consent(story: Story) -> None:
    """It was not read as a whole; but nobody can use it any more, and so the sweep ends it."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER, once=True))
    issued = redeemed(vendor, Narrowing("purchases:read"))
    assert issued.refresh_token is None
    assert len(page_of(vendor, issued.access_token).items) == 4
    with pytest.raises(InvalidToken):
        page_of(vendor, issued.access_token)
    assert state(vendor) == "GIVEN"
    Sweeping(story.store).run()
    assert state(vendor) == "EXPIRED"


def test_a_token_for_once_leaves_the_consent(vendor: Vendor) -> None:
    """It ends when what it carries has been read; the next refresh reads again."""
    once = Narrowing(details=[{"datatypes": ["purchases", "orders"], "once": True}])
    token = narrowed(vendor, once).access_token
    page_of(vendor, token)
    page_of(vendor, token, kind=Kind.ORDER)
    with pytest.raises(InvalidToken):
        page_of(vendor, token)
    assert state(vendor) == "GIVEN"
    vendor.refresh()
    assert len(vendor.items()) == 4


@sqlite_only
def test_nothing_of_a_narrowing_stands_in_clear(vendor: Vendor) -> None:
    """Neither sellers nor fields: a thief of the database reads as little as before."""
    secret = Narrowing(details=[{"datatypes": ["purchases"], "sellers": ["Very secret shop"]}])
    token = narrowed(vendor, secret).access_token
    page_of(vendor, token)
    with vendor.story.database.read() as conn:
        rows = conn.exec_driver_sql("SELECT attributes FROM credentials").all()
    assert not any("purchase" in str(row) or "secret" in str(row).lower() for row in rows)


PARTS = (
    Narrowing("purchases:read orders:read"),
    Narrowing(details=[{"datatypes": ["purchases"], "sellers": ["Amazon"], "fields": ["name"]}]),
)


@dataclass
class Part:
    """A narrowed token of a vendor, with the mirror of what it has read."""

    vendor: Vendor
    narrowing: Narrowing
    token: str = ""
    terms: Terms | None = None
    stems_from: str = ""
    held: dict[Kind, dict[str, Any]] = field(default_factory=dict)
    cursors: dict[Kind, str | None] = field(default_factory=dict)

    def renew(self) -> bool:
        """Narrow again where a later authorization has ended the token; False if it is refused."""
        if self.stems_from != self.vendor.refresh_token:
            self.stems_from, self.token = self.vendor.refresh_token, ""
            terms = reading.terms_of(self.vendor)[0]
            with suppress(InvalidAuthorizationDetails, InvalidScope):
                self.terms = self.narrowing.of(terms, self.vendor.story.clock())
                self.token = narrowed(self.vendor, self.narrowing).access_token
        return bool(self.token)

    def effective(self) -> Terms:
        """What the token carries under the terms of now."""
        assert self.terms is not None
        return reading.terms_of(self.vendor)[0].narrow(self.terms)

    def follow(self, kind: Kind, limit: int) -> DisclosedPage:
        """Read a page into the mirror."""
        held = self.held.setdefault(kind, {})
        page = page_of(self.vendor, self.token, self.cursors.get(kind), limit, kind)
        if page.reset:
            held.clear()
        assert not any(item.get("deleted") for item in page.items)
        held.update({item["id"]: item for item in page.items})
        self.cursors[kind] = page.next_cursor
        return page


class NarrowedReading(reading.Reading):
    """The same customer, and each vendor with two tokens more that carry less."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[Part] = []

    def teardown(self) -> None:
        """A pass that begins now ends in exactly what policy and narrowing allow."""
        for part in self.parts:
            for kind in part.effective().rules if part.renew() else ():
                for _pass in ("the one under way", "the one that begins now"):
                    while part.follow(kind, 2).has_more:
                        pass
                assert part.held[kind] == released(part.vendor, part.effective(), kind)
        super().teardown()

    @initialize()
    def connect(self) -> None:
        """Two narrowed tokens for each of the vendors."""
        super().connect()
        self.parts = [Part(vendor, part) for vendor in self.vendors for part in PARTS]
        assert all(part.renew() for part in self.parts)

    @rule(which=st.integers(0, 5), limit=st.integers(1, 3))
    def read_narrowed(self, which: int, limit: int) -> None:
        """Read a page with a narrowed token, amid all the rest."""
        part = self.parts[which]
        if part.renew():
            assert len(part.follow(Kind.PURCHASE, limit).items) <= limit

    @rule(which=st.integers(0, 5), limit=st.integers(1, 3))
    def read_on_widely(self, which: int, limit: int) -> None:
        """A wide token that is given a narrowed one's cursor begins its pass anew."""
        part = self.parts[which]
        if cursor := part.cursors.get(Kind.PURCHASE):
            part.vendor.cursors[Kind.PURCHASE] = cursor
            assert part.vendor.follow(Kind.PURCHASE, limit).reset


def released(vendor: Vendor, effective: Terms, kind: Kind) -> dict[str, dict[str, Any]]:
    """What policy and narrowing release now, worked out from the export."""
    _, wire = reading.terms_of(vendor)
    hidden = vendor.story.hidden()
    found = {}
    for record in vendor.story.export()[kind.plural]:
        record_id = bytes.fromhex(record.pop("id"))
        gift = record_id in hidden
        if effective.allows(kind, record, gift=gift):
            wire_id = wire.wire_id(record_id).hex()
            found[wire_id] = {**effective.rules[kind].project(record, gift=gift), "id": wire_id}
    return found


@pytest.mark.timeout(300)
def test_a_narrowed_mirror_is_what_policy_and_narrowing_allow(sqlite_template: Path) -> None:
    """Random edits, gifts and amendments between pages of wide and of narrowed tokens."""
    NarrowedReading.template = sqlite_template
    run_state_machine_as_test(
        NarrowedReading,
        settings=settings(
            max_examples=7,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
