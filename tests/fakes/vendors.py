"""What vendors ask, what they may see, and whom a customer bought from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.fakes.records import FakeRecords
from tests.fakes.vaults import FakeVault
from vault.domain.compartments import Kind
from vault.errors import NotFound
from vault.services.consents.blocking import BlockedVendor
from vault.services.consents.consents import GivenConsent
from vault.services.consents.pending import PendingRequest
from vault.services.importing.known_sellers import Question
from vault.services.importing.same_sellers import Answer
from vault.storage.clients import Client
from vault.storage.grants import GrantState


class FakeConsents:
    """Consents that were given."""

    def __init__(self) -> None:
        """None yet."""
        self.all: list[GivenConsent] = []

    def given(self, _vault: FakeVault) -> list[GivenConsent]:
        """Active and ended."""
        return self.all

    def one(self, _vault: FakeVault, grant_id: str) -> GivenConsent:
        """One of them."""
        for consent in self.all:
            if consent.grant_id == grant_id:
                return consent
        raise NotFound("There is no such consent.")

    def resume(self, _vault: FakeVault, grant_id: str) -> None:
        """Let one go on."""
        self.all = [
            replace(one, state=GrantState.GIVEN) if one.grant_id == grant_id else one
            for one in self.all
        ]

    def withdraw(self, _vault: FakeVault, grant_id: str) -> None:
        """End one."""
        for number, consent in enumerate(self.all):
            if consent.grant_id == grant_id:
                self.all[number] = replace(
                    consent, state=GrantState.WITHDRAWN, ended_at=1_795_300_000
                )
                return
        raise NotFound("This consent has ended already.")


class FakeBlocking:
    """Who may not ask."""

    def __init__(self) -> None:
        """Everybody may."""
        self.all: list[BlockedVendor] = []

    def blocked(self, _vault: FakeVault) -> list[BlockedVendor]:
        """Those that may not."""
        return self.all

    def block(self, _vault: FakeVault, client: Client) -> None:
        """One more."""
        self.all.append(BlockedVendor(client.client_id, client.name, 1_795_300_000))

    def unblock(self, _vault: FakeVault, client_id: str) -> None:
        """One less."""
        self.all = [one for one in self.all if one.client_id != client_id]


class FakeVendors:
    """Who is registered."""

    def __init__(self) -> None:
        """Nobody."""
        self.all: dict[str, Client] = {}

    def find(self, client_id: str) -> Client | None:
        """One of them."""
        return self.all.get(client_id)

    def get(self, client_id: str) -> Client:
        """One that is there."""
        return self.all[client_id]


class FakePending:
    """What waits for an answer."""

    def __init__(self) -> None:
        """Nobody asks."""
        self.all: list[PendingRequest] = []

    def waiting(self, _vault: FakeVault, browser: bytes | None) -> list[PendingRequest]:
        """Those of a browser."""
        return [one for one in self.all if one.is_for(browser)]


@dataclass
class FakeSellers:
    """From whom the customer has bought."""

    records: FakeRecords

    def of(self, _vault: FakeVault, kinds: Iterable[Kind]) -> list[str]:
        """Their names."""
        return sorted(
            {
                data["seller"]["name"]
                for kind in kinds
                for data in self.records.kept[kind].values()
                if "seller" in data
            }
        )


class FakeSameSellers:
    """Asks what a test says."""

    def __init__(self) -> None:
        """Nothing is asked."""
        self.asked: list[Question] = []
        self.answered: list[Answer] = []

    def asks(self, _vault: FakeVault) -> bool:
        """Whether anything is."""
        return bool(self.asked)

    def proposals(self, _vault: FakeVault) -> list[Question]:
        """The questions."""
        return self.asked

    def answers(self, _vault: FakeVault) -> list[Answer]:
        """The answers."""
        return self.answered

    def join(self, _vault: FakeVault, one: str, other: str) -> int:
        """They are one."""
        self._answer(one, other, same=True)
        return 2

    def keep_apart(self, _vault: FakeVault, one: str, other: str) -> None:
        """They are two."""
        self._answer(one, other, same=False)

    def separate(self, _vault: FakeVault, link_id: str) -> int:
        """They are two after all."""
        self.answered = [one for one in self.answered if one.link_id != link_id]
        return 0

    def _answer(self, one: str, other: str, *, same: bool) -> None:
        self.asked = []
        self.answered = [Answer("a" * 32, (one, other), (one, other), same)]
