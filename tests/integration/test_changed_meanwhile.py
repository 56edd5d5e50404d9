"""A consent is changed while another step of it is under way: nobody loses by the order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from tests.story import DAY, PASSPHRASE, Story, Vendor
from vault.composition import Services
from vault.crypto.credentials import CredentialKind
from vault.domain.compartments import Kind
from vault.domain.narrowing import Narrowing
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.errors import Conflict
from vault.services.access.presented import InvalidGrant
from vault.services.consents.amending import Amending
from vault.services.consents.backchannel import AwayRequests
from vault.services.consents.decisions import CODE_SECONDS
from vault.services.upkeep.sweeping import Sweeping
from vault.storage.schema import credentials, holders

NAME = frozenset({"name"})


@pytest.fixture
def story(services: Services) -> Iterator[Story]:
    """A customer with a purchase and an order; whatever happens, the vault verifies."""
    story = Story(services)
    story.add(name="Kettle")
    story.add(Kind.ORDER, orderNumber="O-1")
    yield story
    story.session = story.sessions.unlock(story.name, PASSPHRASE).token
    assert story.verification.verify(story.vault).problems == []


def amend(vendor: Vendor, terms: Terms) -> None:
    """Change the vendor's consent."""
    Amending(vendor.story.store).amend(vendor.story.vault, vendor.grant_id, terms)


def test_a_change_between_presenting_a_code_and_its_exchange_holds(story: Story) -> None:
    """The tokens are of the new terms, and the consent's record stays readable."""
    vendor = story.vendor()
    code = vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))

    def meanwhile(_: object) -> None:
        amend(vendor, story.terms(Kind.PURCHASE, fields=NAME, days=20))

    issued = story.redemption.redeem(code, vendor.client.client_id, meanwhile, None)
    vendor.token = issued.access_token
    [given] = story.consents.given(story.vault)
    assert given.terms.rules.keys() == {Kind.PURCHASE}
    assert issued.scope == "purchases:read"
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]
    story.add(name="Toaster")
    assert vendor.names() == {"Kettle", "Toaster"}


@dataclass(frozen=True)
class Meanwhile(Narrowing):
    """Asks for purchases; the customer makes a change while that is compared with the consent."""

    change: Callable[[], None] = lambda: None

    def of(self, terms: Terms, now: int) -> Terms:
        """Let the customer make the change, and the request pass."""
        self.change()
        return Narrowing(self.scope).of(terms, now)


def test_a_change_between_presenting_a_refresh_token_and_its_use_holds(story: Story) -> None:
    """The new refresh token lives as long as the consent does now, and the answer tells its terms.

    Else the sweep would end, for want of a token, what was just prolonged.
    """
    vendor = story.connect(story.terms(Kind.PURCHASE, Kind.ORDER, days=2))
    longer = story.terms(Kind.PURCHASE, fields=NAME)
    meanwhile = Meanwhile("purchases:read", change=lambda: amend(vendor, longer))
    issued = story.tokens.refresh(
        vendor.refresh_token, vendor.client.client_id, None, narrowing=meanwhile
    )
    assert issued.authorization_details[0]["fields"] == ["name"]
    vendor.refresh_token = issued.refresh_token or ""
    story.clock.ahead += 3 * DAY
    Sweeping(story.store).run()
    vendor.refresh()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_an_answer_moved_to_another_consent_is_refused(story: Story) -> None:
    """The grant of an `auth_req_id`'s row is bound by nothing but the package that it opens."""
    other, vendor = story.connect(story.terms(Kind.PURCHASE), "Other"), story.vendor()
    mine, terms = vendor.client.client_id, story.terms(Kind.PURCHASE)
    away = AwayRequests(story.store, story.redemption)
    auth_req_id = away.ask(mine, story.name, {"scope": terms.scope}, DAY)
    [asked] = story.pending.waiting(story.vault, None)
    request = Request(rules=terms.rules, purposes=terms.purposes)
    story.decisions.approve(story.vault, vendor.client, request, terms, asked)
    of_vendor = (
        credentials.c.kind == int(CredentialKind.AUTH_REQ_ID),
        credentials.c.client_id == mine,
    )
    moved = update(credentials).where(*of_vendor)
    with story.database.write() as conn:
        conn.execute(moved.values(grant_id=bytes.fromhex(other.grant_id)))
    with pytest.raises(InvalidGrant):
        away.poll(auth_req_id, mine, None)
    assert other.names() == {"Kettle"}


# --- while one authorization waits beside another ---


def test_no_key_is_given_to_an_authorization_that_has_ended(story: Story) -> None:
    """Allowed twice and then changed: who holds the second code gets the change."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    amend(vendor, story.terms(Kind.PURCHASE, fields=NAME))
    with story.database.read() as conn:
        ended = holders.c.ended_at.is_not(None), holders.c.package.is_not(None)
        assert conn.execute(select(holders.c.holder_id).where(*ended)).all() == []
    vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_what_its_vendor_let_lapse_is_not_changed(story: Story) -> None:
    """Allowed twice and never taken up: it has ended, though nobody has swept it yet."""
    vendor = story.vendor()
    vendor.allow(story.terms(Kind.PURCHASE))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    story.clock.ahead += CODE_SECONDS + 1
    with pytest.raises(Conflict):
        amend(vendor, story.terms(Kind.PURCHASE, fields=NAME))


def test_saved_as_it_is_what_waits_has_ended(story: Story) -> None:
    """The page has said: it sees what was chosen, and nothing else."""
    vendor = story.connect(story.terms(Kind.PURCHASE, fields=NAME))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    standing = Amending(story.store).find(story.vault, vendor.grant_id).terms
    amend(vendor, standing)
    with pytest.raises(InvalidGrant):
        vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]


def test_what_was_for_once_and_read_is_not_what_is_changed(story: Story) -> None:
    """The one that waits is, since nothing else leads anywhere."""
    vendor = story.connect(story.terms(Kind.PURCHASE, once=True))
    vendor.allow(story.terms(Kind.PURCHASE, Kind.ORDER))
    vendor.catch_up()
    shown = Amending(story.store).find(story.vault, vendor.grant_id)
    assert shown.terms.rules.keys() == {Kind.PURCHASE, Kind.ORDER}
    amend(vendor, story.terms(Kind.PURCHASE, fields=NAME))
    vendor.redeem()
    assert [item.keys() for item in vendor.items()] == [{"id", "name"}]
