"""A vault in memory, with the services' methods: pages are developed and tested against it."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, BinaryIO

from vault.domain import addresses
from vault.domain.compartments import Kind
from vault.domain.listing import describe
from vault.domain.owing import is_settled
from vault.errors import Conflict, Locked, NotFound, Refused, WrongPassphrase
from vault.services import rosters
from vault.services.activity import (
    ActivityPage,
    Event,
    OpenedEntry,
)
from vault.services.activity_search import EVERYTHING, Wanted
from vault.services.blocking import BlockedVendor
from vault.services.consents import GivenConsent
from vault.services.gifts import Marked
from vault.services.known_sellers import Question
from vault.services.lists import Query, Summary
from vault.services.named_records import NamedRecord
from vault.services.notices import Notice
from vault.services.overview import Owed, Standing
from vault.services.pending import PendingRequest
from vault.services.reckoning import Reckoning
from vault.services.records import Line, Page
from vault.services.same_sellers import Answer
from vault.services.verification import Verified
from vault.storage.clients import Client
from vault.storage.grants import GrantState


@dataclass
class FakeVault:
    """An open vault."""

    name: str
    vault_id: bytes = bytes(16)
    session: bytes = b""
    language: str | None = None


@dataclass
class Opened:
    """A session, or a recovered one."""

    token: str = ""
    expires_at: int = 0
    recovery_code: str = ""
    session: Any = None


class FakeCustomers:
    """Vaults by name, and what opens them; a session's token is `vse_` and the name."""

    CODE = "VRC1-7K2M-QX4T-9HBD-W3NC-5PZR-E6YJ-8F"

    def __init__(self) -> None:
        """Nobody has signed up yet."""
        self.passphrases: dict[str, str] = {}
        self.locked: set[str] = set()
        self.languages: dict[str, str] = {}

    def create(self, name: str, passphrase: str, invitation: str | None = None) -> str:
        """Sign up."""
        if invitation not in (None, "vin_good"):
            raise Refused("This invitation was used already.")
        if name in self.passphrases:
            raise Conflict("that name is taken")
        self.passphrases[name] = passphrase
        return self.CODE

    def unlock(self, name: str, passphrase: str) -> Opened:
        """Open."""
        if self.passphrases.get(name) != passphrase:
            raise WrongPassphrase("no")
        self.locked.discard(name)
        return Opened(token=f"vse_{name}")

    def open(self, token: str) -> FakeVault:
        """Open by a session."""
        name = token.removeprefix("vse_")
        if name not in self.passphrases or name in self.locked:
            raise Locked("locked")
        return FakeVault(name, language=self.languages.get(name))

    def choose_language(self, vault: FakeVault, language: str) -> None:
        """Keep what the customer reads."""
        self.languages[vault.name] = language

    def lock(self, vault: FakeVault) -> None:
        """End the session."""
        self.locked.add(vault.name)

    def confirm_passphrase(self, vault: FakeVault, passphrase: str) -> None:
        """Ask again."""
        if self.passphrases.get(vault.name) != passphrase:
            raise WrongPassphrase("no")

    def change_passphrase(self, vault: FakeVault, old: str, new: str) -> Opened:
        """Replace the passphrase."""
        self.confirm_passphrase(vault, old)
        self.passphrases[vault.name] = new
        return Opened(recovery_code=self.CODE, session=Opened(token=f"vse_{vault.name}"))

    def recover(self, name: str, recovery_code: str, new: str) -> Opened:
        """Open by the recovery code."""
        if recovery_code != self.CODE or name not in self.passphrases:
            raise WrongPassphrase("no")
        self.passphrases[name] = new
        return Opened(recovery_code=self.CODE, session=Opened(token=f"vse_{name}"))

    def erase(self, vault: FakeVault, passphrase: str) -> None:
        """Erase."""
        self.confirm_passphrase(vault, passphrase)
        del self.passphrases[vault.name]


class FakeRecords:
    """Records by kind and id."""

    def __init__(self) -> None:
        """Nothing is kept yet."""
        self.kept: dict[Kind, dict[str, dict[str, Any]]] = {kind: {} for kind in Kind}
        self.vendors = 0
        self.stray = 0
        self.asked: list[Any] = []

    def page(self, _vault: FakeVault, kind: Kind, query: Query) -> Page:
        """The lines that fit the search."""
        self.asked.append(query)
        lines = [self._line(kind, key, data) for key, data in self.kept[kind].items()]
        lines = [line for line in lines if query.search.casefold() in str(line).casefold()]
        lines.sort(key=lambda line: line.date, reverse=True)
        sums: dict[str, Decimal] = {}
        for line in lines:
            if line.amount:
                sums[line.currency] = sums.get(line.currency, Decimal(0)) + Decimal(line.amount)
        names = {line.seller for line in lines if line.seller}
        summary = Summary(len(lines), sums, names)
        return Page(lines[: query.limit], None, summary)

    def _line(self, kind: Kind, key: str, data: dict[str, Any]) -> Line:
        gift = bool(data.get("isGift"))
        return Line(key, gift, 0 if gift else self.vendors, **describe(kind, data)._asdict())

    def get(self, _vault: FakeVault, kind: Kind, record_id: str) -> dict[str, Any]:
        """One record."""
        try:
            return {"id": record_id, **self.kept[kind][record_id]}
        except KeyError:
            raise NotFound("It may have been deleted.") from None

    def add(self, _vault: FakeVault, kind: Kind, data: dict[str, Any]) -> str:
        """Keep a record."""
        record_id = f"{sum(map(len, self.kept.values())) + 1:032x}"
        self.kept[kind][record_id] = dict(data)
        return record_id

    def edit(self, _vault: FakeVault, kind: Kind, record_id: str, data: dict[str, Any]) -> None:
        """Replace a record."""
        self.kept[kind][record_id] = dict(data)

    def choose(
        self, _vault: FakeVault, kind: Kind, record_id: str, field: str, value: object
    ) -> None:
        """Settle a conflict."""
        kept = self.kept[kind][record_id]
        left = [one for one in kept["conflicts"] if one["field"] != field]
        self.kept[kind][record_id] = {**kept, field: value, "conflicts": left}

    def delete(self, _vault: FakeVault, kind: Kind, ids: list[str]) -> None:
        """Erase records."""
        for record_id in ids:
            del self.kept[kind][record_id]

    def choices(self, _vault: FakeVault, kind: Kind) -> dict[str, list[str]]:
        """What a list can be narrowed to."""
        names = {(data.get("seller") or {}).get("name", "") for data in self.kept[kind].values()}
        return {"sellers": sorted(names - {""}), "categories": [], "places": []}

    def stray_keys(self, _vault: FakeVault) -> int:
        """How many keys have no license."""
        return self.stray

    def license_keys(self, _vault: FakeVault, _record_id: str) -> list[str]:
        """The keys of a license."""
        return ["XKJ3-PQ9V-77MD-20LA"]


class FakePayments:
    """What is paid, as a test says."""

    def __init__(self) -> None:
        """Nothing is."""
        self.reckoned = Reckoning()
        self.decided: list[tuple[str, str, str | None]] = []

    def reckoning(self, _vault: FakeVault) -> Reckoning:
        """What is paid now."""
        return self.reckoned

    def decide(self, _vault: FakeVault, payment: str, invoice: str, decision: str | None) -> None:
        """Note what the customer says."""
        self.decided.append((payment, invoice, decision))


@dataclass
class FakeGifts:
    """Marks purchases."""

    records: FakeRecords

    def _set(self, ids: list[str], *, gift: bool) -> None:
        for record_id in ids:
            data = self.records.kept[Kind.PURCHASE][record_id]
            data.pop("isGift", None)
            if gift:
                data["isGift"] = True

    def mark(self, vault: FakeVault, ids: list[str]) -> Marked:
        """Make gifts of them."""
        vendors = self.consequence(vault, ids)
        self._set(ids, gift=True)
        return Marked(len(ids), vendors)

    def unmark(self, _vault: FakeVault, ids: list[str]) -> Marked:
        """Make them gifts no longer."""
        self._set(ids, gift=False)
        return Marked(len(ids), self.records.vendors)

    def consequence(self, _vault: FakeVault, ids: list[str]) -> int:
        """How many vendors see any of them."""
        kept = self.records.kept[Kind.PURCHASE]
        seen = any(not kept.get(record_id, {}).get("isGift") for record_id in ids)
        return self.records.vendors if seen else 0


@dataclass
class FilePreview:
    """What one file holds."""

    filename: str
    connector: str | None
    recognised: bool
    refusal: str | None = None
    counts: dict[str, int] = field(default_factory=dict)
    new: int = 0
    known: int = 0
    changed: int = 0
    unreadable: list[tuple[int, str]] = field(default_factory=list)
    sample: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    unexplained: bool = False
    held: str = ""
    place: int = 0


@dataclass
class Preview:
    """What an import would bring."""

    import_id: str
    files: list[FilePreview]
    outcome: "Outcome | None" = None


@dataclass
class Outcome:
    """What an import brought."""

    added: int
    changed: int = 0
    unchanged: int = 0
    gifts: int = 0


@dataclass
class ImportEntry:
    """An earlier import."""

    import_id: str
    filenames: list[str]
    imported_at: int
    added: int
    undone: bool = False


@dataclass
class FakeImports:
    """Reads `amazon*.csv`, refuses all else."""

    records: FakeRecords
    previews: dict[str, Preview] = field(default_factory=dict)
    done: list[ImportEntry] = field(default_factory=list)

    def stage(self, _vault: FakeVault, files: list[tuple[str, Any]]) -> Preview:
        """Read files."""
        import_id = f"{len(self.previews) + 0xA0:032x}"
        preview = Preview(import_id, [self._read(name) for name, _ in files])
        self.previews[import_id] = preview
        return preview

    def begin(self, vault: FakeVault) -> str:
        """Wait for files."""
        return self.stage(vault, []).import_id

    def add(
        self, vault: FakeVault, import_id: str, files: list[tuple[str, Any]]
    ) -> list[FilePreview]:
        """Read more files."""
        added = [self._read(name) for name, _ in files]
        self.preview(vault, import_id).files += added
        return added

    @staticmethod
    def _read(name: str) -> FilePreview:
        if not name.startswith("amazon"):
            refusal = "It is not a file that any reader here knows: it begins like a picture."
            return FilePreview(name, None, recognised=False, refusal=refusal)
        data = {
            "name": "Moka pot, 6 cups",
            "seller": {"name": "Amazon.de"},
            "orderDate": "2026-11-02",
            "lineTotal": "34.90",
            "priceCurrency": "EUR",
        }
        gift = {**data, "name": "Wooden train set", "isGift": True, "lineTotal": "59.00"}
        return FilePreview(
            name,
            "amazon",
            recognised=True,
            counts={"purchase": 412, "order": 268},
            new=648,
            known=32,
            unreadable=[(17, "The order date “n/a” is not a date."), (208, "It ends in mid-row.")],
            sample=[("purchase", data), ("purchase", gift)],
        )

    def preview(self, _vault: FakeVault, import_id: str) -> Preview:
        """Show again."""
        if import_id not in self.previews:
            raise NotFound("This preview was thrown away after an hour. Choose the file again.")
        return self.previews[import_id]

    def foresee(self, vault: FakeVault, import_id: str) -> Preview:
        """Show again, with the outcome of the whole."""
        return self.preview(vault, import_id)

    def confirm(self, vault: FakeVault, import_id: str) -> Outcome:
        """File."""
        preview = self.previews.pop(import_id)
        for file in preview.files:
            for kind, data in file.sample:
                self.records.add(vault, Kind(kind), data)
        names = [file.filename for file in preview.files]
        self.done.append(ImportEntry(import_id, names, 1_795_000_000, 648))
        return Outcome(648, unchanged=32, gifts=1)

    def finish(self, _vault: FakeVault) -> int:
        """Nothing was cut off."""
        return 0

    def discard(self, _vault: FakeVault, import_id: str) -> None:
        """Drop."""
        self.previews.pop(import_id, None)

    def undo(self, _vault: FakeVault, import_id: str) -> Outcome:
        """Take back."""
        for entry in self.done:
            if entry.import_id == import_id:
                entry.undone = True
        return Outcome(0)

    def history(self, _vault: FakeVault) -> list[ImportEntry]:
        """Latest first."""
        return self.done[::-1]


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


class FakeColumnMaps:
    """Keeps none."""

    def kept(self, _vault: FakeVault) -> list[object]:
        """No map."""
        return []


class FakeExports:
    """Writes little."""

    def write(self, _vault: FakeVault, format: str, out: BinaryIO) -> None:  # noqa: A002
        """Everything, or what stands for it."""
        out.write(f'{{"format": "{format}"}}'.encode())


@dataclass
class FakeOverview:
    """Home."""

    services: "FakeServices"

    def standing(self, _vault: FakeVault) -> Standing:
        """All in one look."""
        records = self.services.records
        lines = {
            kind: sorted(
                (records._line(kind, key, data) for key, data in records.kept[kind].items()),
                key=lambda line: line.date,
                reverse=True,
            )
            for kind in Kind
        }
        due = sorted(
            (line for line in lines[Kind.INVOICE] if not is_settled(line.status)),
            key=lambda line: line.until,
        )
        today = dt.datetime.now(dt.UTC).date().isoformat()
        owed = Owed(vendors=len({line.seller for line in due}))
        for line in due:
            amount = Decimal(line.amount)
            owed.sums[line.currency] = owed.sums.get(line.currency, Decimal(0)) + amount
            if line.until < today:
                owed.overdue[line.currency] = owed.overdue.get(line.currency, Decimal(0)) + amount
        return Standing(
            empty=not any(lines.values()),
            owed=owed,
            purchases=len(lines[Kind.PURCHASE]),
            due=due[:5],
            running_out=lines[Kind.LICENSE][:3],
            bought=lines[Kind.PURCHASE][:5],
            consents=[one for one in self.services.consents.all if one.state is GrantState.GIVEN],
            reads=[e for e in self.services.activity.entries if e.what == "disclosure"][:3],
        )


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


class FakeServices:
    """All services, over one customer's records."""

    def __init__(self) -> None:
        """Empty."""
        self.customers = self.sessions = self.rekeying = FakeCustomers()
        self.records = FakeRecords()
        self.gifts = FakeGifts(self.records)
        self.payments = FakePayments()
        self.imports = FakeImports(self.records)
        self.consents = FakeConsents()
        self.notices = FakeNotices()
        self.contacts = FakeContacts()
        self.roster = rosters.load("http://localhost")
        self.pending = FakePending()
        self.blocking = FakeBlocking()
        self.vendors = FakeVendors()
        self.sellers = FakeSellers(self.records)
        self.same_sellers = FakeSameSellers()
        self.activity = self.verification = FakeActivity()
        self.exports = FakeExports()
        self.column_maps = FakeColumnMaps()
        self.overview = FakeOverview(self)
