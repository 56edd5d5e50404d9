"""The activity, notices and exports."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from tests.fakes.vaults import FakeVault
from vault.domain import addresses
from vault.errors import NotFound
from vault.services.activity.activity import (
    ActivityPage,
    Event,
    OpenedEntry,
)
from vault.services.activity.named_records import NamedRecord
from vault.services.activity.search import EVERYTHING, Wanted
from vault.services.activity.verification import Verified
from vault.services.consents.notices import Notice


class FakeActivity:
    """What happened."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.entries: list[Event] = []
        self.problems: list[str] = []
        self.standing: dict[str, NamedRecord] = {}
        self.searched_to: int | None = None

    def page(
        self,
        _vault: FakeVault,
        before: int | None = None,  # noqa: ARG002
        limit: int = 50,
        wanted: Wanted = EVERYTHING,
    ) -> ActivityPage:
        """Latest first."""
        head = "9f3c1d7a40be62f85510c9e2a7d84b6633e1f05c8a927d4be0613fc5a8d2907e"
        found = [
            one
            for one in self.entries
            if wanted.client_id in ("", one.client_id)
            and (not wanted.events or one.what in wanted.events)
        ]
        stopped_at = self.searched_to if wanted != EVERYTHING else None
        return ActivityPage(found[:limit], head, 7 if stopped_at else None, stopped_at)

    def of_consent(self, _vault: FakeVault, grant_id: str, limit: int) -> list[Event]:
        """About one consent."""
        return [one for one in self.entries if one.details.get("grant") == grant_id][:limit]

    def entry(self, _vault: FakeVault, number: int, after: int = 0) -> OpenedEntry:
        """Open to what `standing` says of its records."""
        for event in self.entries:
            if event.number == number:
                seen = [self.standing.get(one, NamedRecord(one)) for one in event.records]
                more = len(seen) > after + 50
                return OpenedEntry(event, seen[after : after + 50], after + 50 if more else None)
        raise NotFound("There is no such entry.")

    def everything(self, _vault: FakeVault) -> Iterator[Event]:
        """Oldest first."""
        yield from reversed(self.entries)

    def verify(self, _vault: FakeVault, head: str | None = None) -> Verified:
        """Check the chain."""
        problems = self.problems + (["The number you kept is not in here."] if head else [])
        return Verified(len(self.entries), "9f3c", problems=problems)


class FakeExports:
    """Writes little."""

    def write(self, _vault: FakeVault, format: str, out: BinaryIO) -> None:  # noqa: A002
        """Everything, or what stands for it."""
        out.write(f'{{"format": "{format}"}}'.encode())


class FakeNotices:
    """What waits to be noted."""

    def __init__(self) -> None:
        """Nothing."""
        self.all: list[Notice] = []

    def unseen(self, _vault: FakeVault) -> list[Notice]:
        """Newest first."""
        return self.all

    def note(self, _vault: FakeVault, notice_ids: Iterable[str]) -> None:
        """Take some away."""
        noted = set(notice_ids)
        self.all = [one for one in self.all if one.notice_id not in noted]


class FakeContacts:
    """Where notices go: nowhere, unless a test says so."""

    def __init__(self) -> None:
        """No mail is sent."""
        self.offered = False
        self.address: str | None = None

    def of(self, _vault: FakeVault) -> str | None:
        """The address."""
        return self.address

    def put(self, _vault: FakeVault, address: str) -> None:
        """Keep another."""
        self.address = addresses.check(address) if address else None
