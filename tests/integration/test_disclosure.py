"""A vendor's pages: whatever the customer does meanwhile, its mirror ends as the policy allows."""

import shutil
import tempfile
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.conftest import CHEAP, sqlite_only
from tests.story import Story, Vendor, line, sellers
from vault.composition import Services, compose
from vault.crypto.wire import WireKey
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.terms import Terms
from vault.errors import InvalidInput, NotFound
from vault.services import renewal
from vault.services.recording import Recording
from vault.settings import Settings
from vault.storage import grants

KINDS = (Kind.PURCHASE, Kind.ORDER, Kind.INVOICE, Kind.LICENSE)
SELLERS = ("Amazon", "CDW")
NUMBERS = ("1", "2", "3")
DAYS = ("2024-05-05", "2025-05-05")

some_kind = st.sampled_from(KINDS)
number = st.sampled_from(NUMBERS)
seller = st.sampled_from(SELLERS)
day = st.sampled_from(DAYS)
pick = st.integers(0, 10**6)


def amend(vendor: Vendor, terms: Terms) -> None:
    """Give a consent other terms, as an amendment does: the next version of consent and package."""
    story = vendor.story
    vault = story.vault
    with story.database.write() as conn:
        ring = renewal.renew(conn, story.store, vault)
        recording = Recording(conn, story.store, vault.vault_id)
        [consent] = [
            one
            for one in grants.live(conn, ring, story.clock())
            if one.grant_id.hex() == vendor.grant_id
        ]
        amended = grants.replace_consent(conn, ring, consent.amended(terms))
        renewal.seal_packages(conn, story.store, ring, amended)
        recording.write(LedgerEvent.CONSENT_GIVEN)


def terms_of(vendor: Vendor) -> tuple[Terms, WireKey]:
    """A consent's terms as they are now, and the key of its ids."""
    story = vendor.story
    with story.database.read() as conn:
        [consent] = [
            one
            for one in grants.live(conn, story.vault.ring, story.clock())
            if one.grant_id.hex() == vendor.grant_id
        ]
    return consent.terms, WireKey(consent.wire_key)


def allowed(vendor: Vendor, kind: Kind) -> dict[str, dict[str, Any]]:
    """What the policy releases now: worked out from the export, not from the vendor's way."""
    terms, wire = terms_of(vendor)
    hidden = vendor.story.hidden()
    found = {}
    for record in vendor.story.export()[kind.plural]:
        record_id = bytes.fromhex(record.pop("id"))
        gift = record_id in hidden
        if terms.allows(kind, record, gift=gift):
            wire_id = wire.wire_id(record_id).hex()
            found[wire_id] = {**terms.rules[kind].project(record, gift=gift), "id": wire_id}
    return found


class Reading(RuleBasedStateMachine):
    """A customer who changes things, and vendors that page through them."""

    template: ClassVar[Path]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "vault.db")
        environment = {
            "VAULT_HOME": str(self.folder),
            "VAULT_DATABASE_URL": f"sqlite:///{self.folder}/vault.db",
        }
        self.services = compose(Settings.from_environment(environment), CHEAP)
        self.story = Story(self.services)
        self.vendors: list[Vendor] = []
        self.waiting: set[int] = set()
        self.imported: list[str] = []
        self.cursor_length = 0

    def teardown(self) -> None:
        """Every mirror, read to its end, is exactly what the policy allows."""
        for vendor in self.vendors:
            for kind in terms_of(vendor)[0].rules:
                assert vendor.catch_up(kind, limit=2) == allowed(vendor, kind)
        assert self.story.verification.verify(self.story.vault).problems == []
        self.services.store.database.close()
        shutil.rmtree(self.folder)

    @initialize()
    def connect(self) -> None:
        """Three vendors: one for all but gifts, one for gifts too, one narrowed."""
        story = self.story
        self.vendors = [
            story.connect(story.terms(*KINDS), "All"),
            story.connect(story.terms(*KINDS, gifts=True), "Gifts"),
            story.connect(
                story.terms(*KINDS, sellers=sellers("Amazon"), from_date="2025-01-01"), "Some"
            ),
        ]

    def chosen(self, kind: Kind, which: int) -> str | None:
        """One of the records of a kind."""
        ids = sorted(record["id"] for record in self.story.export()[kind.plural])
        return str(ids[which % len(ids)]) if ids else None

    @rule(number=number, seller=seller, day=day, gift=st.booleans())
    def add_purchase(self, number: str, seller: str, day: str, *, gift: bool) -> None:
        """Write a purchase by hand."""
        data: dict[str, Any] = {"isGift": True} if gift else {}
        party = {"name": seller}
        self.story.add(name=f"P{number}", orderNumber=number, seller=party, orderDate=day, **data)

    @rule(kind=some_kind, number=number, seller=seller, day=day)
    def add_other(self, kind: Kind, number: str, seller: str, day: str) -> None:
        """Write something by hand that may name a gift."""
        self.story.add(kind, **other(kind, number, seller, day))

    @rule(
        which=st.lists(st.tuples(number, seller, day, st.booleans()), min_size=1, max_size=4),
        orders=st.lists(st.tuples(number, seller, day), max_size=2),
    )
    def bring(
        self, which: list[tuple[str, str, str, bool]], orders: list[tuple[str, str, str]]
    ) -> None:
        """Import a file; some of it may be known, and changed."""
        lines = []
        for number, seller, day, gift in which:
            data: dict[str, Any] = {"name": f"I{number}", "orderDate": day, "orderNumber": number}
            data |= {"seller": {"name": seller}} | ({"isGift": True} if gift else {})
            lines.append(line(Kind.PURCHASE, number, (f"o{number}",), **data))
        for number, seller, day in orders:
            data = other(Kind.ORDER, number, seller, day)
            lines.append(line(Kind.ORDER, f"o{number}", **data))
        staged = self.story.stage(*lines)
        self.story.imports.confirm(self.story.vault, staged)
        self.imported.append(staged)

    @precondition(lambda self: self.imported)
    @rule()
    def undo(self) -> None:
        """Take the last import back."""
        self.story.imports.undo(self.story.vault, self.imported.pop())

    @rule(which=pick, seller=seller, day=day)
    def edit(self, which: int, seller: str, day: str) -> None:
        """Correct a purchase: who may see it changes with it."""
        if record_id := self.chosen(Kind.PURCHASE, which):
            form = {"name": "Edited", "seller": {"name": seller}, "orderDate": day}
            self.story.records.edit(self.story.vault, Kind.PURCHASE, record_id, form)

    @rule(which=pick, kind=some_kind)
    def delete(self, which: int, kind: Kind) -> None:
        """Delete a record."""
        if record_id := self.chosen(kind, which):
            self.story.records.delete(self.story.vault, kind, [record_id])

    @rule(which=pick)
    def mark(self, which: int) -> None:
        """Mark a purchase as a gift."""
        if record_id := self.chosen(Kind.PURCHASE, which):
            self.story.mark(record_id)

    @rule(which=pick)
    def unmark(self, which: int) -> None:
        """Say that a purchase is no gift."""
        if record_id := self.chosen(Kind.PURCHASE, which):
            self.story.unmark(record_id)

    @rule(which=st.integers(0, 2), kind=some_kind, limit=st.integers(1, 5))
    def read(self, which: int, kind: Kind, limit: int) -> None:
        """Read one page; nothing on it stands in a gift twin, unless gifts were granted."""
        vendor = self.vendors[which]
        page = vendor.follow(kind, limit)
        assert len(page.items) <= limit
        terms, wire = terms_of(vendor)
        if not terms.rules[kind].gifts:
            hidden = {wire.wire_id(record_id).hex() for record_id in self.story.hidden()}
            assert hidden.isdisjoint(i["id"] for i in page.items if not i.get("deleted"))
            assert not any("isGift" in item for item in page.items)
        self.cursor_length = self.cursor_length or len(page.next_cursor)
        assert len(page.next_cursor) == self.cursor_length

    @rule(which=st.integers(0, 2), gifts=st.booleans(), some=st.booleans())
    def amend(self, which: int, *, gifts: bool, some: bool) -> None:
        """Amend a consent."""
        limits: dict[str, Any] = {"sellers": sellers("CDW")} if some else {}
        amend(self.vendors[which], self.story.terms(*KINDS, gifts=gifts, **limits))

    @rule(which=st.integers(0, 2), gifts=st.booleans(), some=st.booleans())
    def authorize(self, which: int, *, gifts: bool, some: bool) -> None:
        """Allow a vendor something else; until it takes that up, what it had holds."""
        limits: dict[str, Any] = {"sellers": sellers("CDW")} if some else {}
        self.vendors[which].allow(self.story.terms(*KINDS, gifts=gifts, **limits))
        self.waiting.add(which)

    @precondition(lambda self: self.waiting)
    @rule()
    def take_up(self) -> None:
        """Redeem a code that waits."""
        self.vendors[self.waiting.pop()].redeem()


def other(kind: Kind, number: str, seller: str, day: str) -> dict[str, Any]:
    """A record of a kind, with an order number that may be a gift's."""
    party = {"name": seller}
    if kind is Kind.INVOICE:
        return {
            "invoiceNumber": f"I{number}",
            "provider": party,
            "issueDate": day,
            "referencesOrder": [number],
        }
    data = {"orderNumber": number, "seller": party}
    dated = {"ownedFrom": day} if kind is Kind.LICENSE else {"orderDate": day}
    return {**data, **dated, **({} if kind is Kind.ORDER else {"name": f"L{number}"})}


@pytest.mark.timeout(300)
def test_a_mirror_is_what_the_policy_allows(sqlite_template: Path) -> None:
    """Random edits, gifts, deletions, imports, undos and amendments, between random pages."""
    Reading.template = sqlite_template
    run_state_machine_as_test(
        Reading,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def story(services: Services) -> Story:
    """A customer with five purchases."""
    story = Story(services)
    for number in range(5):
        story.add(name=f"P{number}")
    return story


def test_what_was_never_delivered_is_never_told_to_be_gone(story: Story) -> None:
    """Marked between two pages of a first pass, before its own page came: not a word of it."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.follow(limit=2)
    ids = story.ids()
    story.mark(ids["P0"], ids["P3"])
    story.records.delete(story.vault, Kind.PURCHASE, [ids["P4"]])
    gone = []
    while vendor.follow(limit=1).has_more:
        gone += [item["id"] for item in vendor.pages[-1].items if item.get("deleted")]
    gone += [item["id"] for item in vendor.pages[-1].items if item.get("deleted")]
    assert len(gone) == 1
    assert gone[0] in {item["id"] for item in vendor.pages[0].items}
    assert {one["name"] for one in vendor.mirror[Kind.PURCHASE].values()} == {"P1", "P2"}


@sqlite_only
def test_no_page_is_shorter_for_what_was_never_delivered(story: Story) -> None:
    """Nor does its length tell: while there is more, a first pass fills its pages."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    for number in range(5, 10):
        story.add(name=f"P{number}")
    vendor.follow(limit=2)
    ids = story.ids()
    story.mark(ids["P3"], ids["P4"], ids["P5"])
    story.records.edit(story.vault, Kind.PURCHASE, ids["P6"], {"name": "Edited"})
    while vendor.follow(limit=2).has_more:
        assert len(vendor.pages[-1].items) == 2
    assert sum(len(page.items) for page in vendor.pages) == 7


@sqlite_only
def test_what_changed_twice_unread_and_then_went_is_told(story: Story) -> None:
    """The vendor holds its first version; the versions in between were in nobody's page."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    vendor.catch_up()
    ids = story.ids()
    for name in ("P0 once", "P0 twice"):
        story.records.edit(story.vault, Kind.PURCHASE, ids["P0"], {"name": name})
        story.records.edit(story.vault, Kind.PURCHASE, ids["P1"], {"name": f"{name}, too"})
    story.mark(ids["P0"])
    assert {one["name"] for one in vendor.catch_up(limit=1).values()} == {
        "P0 twice, too",
        "P2",
        "P3",
        "P4",
    }


@sqlite_only
def test_no_gift_is_fetched_by_its_id(story: Story) -> None:
    """An id that was known before the gift was marked answers as one that never was."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    wire_ids = {item["name"]: item["id"] for item in vendor.items()}
    one = story.disclosure.one
    assert one(vendor.token, Kind.PURCHASE, wire_ids["P0"], None)[0]["name"] == "P0"
    story.mark(story.ids()["P0"])
    messages = set()
    for wire_id in (wire_ids["P0"], "00" * 16, "zz", ""):
        with pytest.raises(NotFound) as refused:
            one(vendor.token, Kind.PURCHASE, wire_id, None)
        messages.add(refused.value.message)
    assert len(messages) == 1


@sqlite_only
def test_another_vendors_cursor_and_an_altered_one_are_refused(story: Story) -> None:
    """A cursor opens under the consent that it was issued for, for its own kind, as it was."""
    vendor, other = (story.connect(story.terms(Kind.PURCHASE, Kind.ORDER), n) for n in ("A", "B"))
    cursor = vendor.page(limit=1).next_cursor
    flipped = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    with pytest.raises(InvalidInput):
        other.page(cursor=cursor)
    with pytest.raises(InvalidInput):
        vendor.page(Kind.ORDER, cursor)
    for bad in (flipped, cursor[1:], cursor + "A", "", "é"):
        with pytest.raises(InvalidInput):
            vendor.page(cursor=bad)
    for limit in (0, -1, 1_001):
        with pytest.raises(InvalidInput):
            vendor.page(limit=limit)


@sqlite_only
def test_an_amendment_begins_a_new_pass(story: Story) -> None:
    """A cursor of older terms answers from the start and says so; ids and subject stay."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    before = {one["name"]: one["id"] for one in vendor.catch_up().values()}
    amend(vendor, story.terms(Kind.PURCHASE, fields=frozenset({"name"})))
    page = vendor.follow()
    assert page.reset
    assert {item["name"]: item["id"] for item in page.items} == before
    assert not vendor.follow().reset


@sqlite_only
def test_a_page_that_a_gift_overtakes_is_read_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Marked while a page was being made: the page that goes out is without it."""
    vendor = story.connect(story.terms(Kind.PURCHASE))
    real = story.disclosure._confirm
    ids = [story.ids()["P0"]]

    def confirm(*args: object, **named: object) -> object:
        while ids:
            story.mark(ids.pop())
        return real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(story.disclosure, "_confirm", confirm)
    assert vendor.names() == {"P1", "P2", "P3", "P4"}
    assert [event.details["count"] for event in story.events("disclosure")] == [4]


@sqlite_only
def test_what_is_glimpsed_is_what_is_released(story: Story) -> None:
    """*What they will see* shows the very records and fields that the vendor then reads."""
    story.add(name="Ring", isGift=True)
    terms = story.terms(Kind.PURCHASE, fields=frozenset({"name"}))
    shown = story.glimpses.of(story.vault, terms)[Kind.PURCHASE]
    vendor = story.connect(terms)
    read = vendor.items()
    assert (shown.count, shown.withheld) == (len(read), 1)
    for one in (*shown.items, *read):
        del one["id"]
    assert shown.items == read


def test_every_read_is_in_the_ledger_with_what_it_saw(story: Story) -> None:
    """Who, for what, which records and which fields."""
    vendor = story.connect(story.terms(Kind.PURCHASE, fields=frozenset({"name"})))
    page = vendor.page(limit=2)
    assert page.ledger_head == story.activity.page(story.vault).head
    [event] = story.events("disclosure")
    assert event.details["grant"] == vendor.grant_id
    assert event.details["fields"] == ["name"]
    assert len(event.records) == event.details["count"] == 2
    assert set(event.records) <= set(story.ids().values())
