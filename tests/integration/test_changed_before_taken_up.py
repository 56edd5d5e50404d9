"""A consent is changed while its vendor is on the way to take it up: nobody loses by the order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import update

from tests.story import DAY, PASSPHRASE, Story, Vendor
from vault.composition import Services
from vault.crypto.credentials import CredentialKind
from vault.domain.compartments import Kind
from vault.domain.narrowing import Narrowing
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.services.amending import Amending
from vault.services.backchannel import AwayRequests
from vault.services.presented import InvalidGrant
from vault.services.sweeping import Sweeping
from vault.storage.schema import credentials

NAME = frozenset({"name"})


@pytest.fixture
def story(services: Services) -> Iterator[Story]:
    """A customer with a purchase and an order; whatever happens, the vault verifies."""
    story = Story(services)
    story.add(name="Kettle")
    story.add(Kind.ORDER, orderNumber="O-1")
    yield story
    story.session = story.customers.unlock(story.name, PASSPHRASE).token
    assert story.activity.verify(story.vault).problems == []


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
