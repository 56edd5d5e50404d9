"""A customer and vendors at the level of the use cases: no HTTP, and no parser's child process."""

import hashlib
import io
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.conftest import CHEAP
from vault.composition import Services
from vault.domain.column_maps import ColumnMap
from vault.domain.compartments import Kind
from vault.domain.proposals import Proposal
from vault.domain.records import RowError
from vault.domain.requested import Request
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms
from vault.errors import UnsupportedDocument
from vault.services.access.disclosure import DisclosedPage, Disclosure
from vault.services.access.granted import Granted
from vault.services.access.issuing import Issued
from vault.services.access.redemption import Redemption
from vault.services.access.tokens import Tokens
from vault.services.activity.activity import Activity, Event
from vault.services.activity.verification import Verification
from vault.services.consents.consents import Consents
from vault.services.consents.decisions import Decisions
from vault.services.consents.glimpses import Glimpses
from vault.services.consents.pending import PendingRequests
from vault.services.consents.requests import Requests
from vault.services.customers.customers import Customers
from vault.services.customers.passphrases import Passphrases
from vault.services.customers.rekeying import Rekeying
from vault.services.customers.sessions import Sessions
from vault.services.importing.filing import Outcome
from vault.services.importing.imports import Imports
from vault.services.importing.parsing import Content
from vault.services.open_vault import OpenVault
from vault.services.receipts import Receipts
from vault.services.records.exports import Exports
from vault.services.records.gifts import Gifts
from vault.services.records.records import Records
from vault.storage import clients
from vault.storage.clients import FAPI, Client

PASSPHRASE = "a sample passphrase"
PURPOSE = "https://w3id.org/dpv#CustomerCare"
DAY = 86_400
AMAZON = {"name": "Amazon"}
BROWSER = b"b" * 32
"""What a customer's requests are bound to."""


@dataclass
class Clock:
    """The vault's clock; `ahead` moves it."""

    ahead: int = 0

    def __call__(self) -> int:
        """Whole seconds since the epoch."""
        return int(time.time()) + self.ahead


@dataclass
class LinesRun:
    """A document that is its own parsed lines (`vault.services.importing.parsing.ParseRun`)."""

    content: bytes
    filename: str = ""
    archive: str = ""
    connector: str | None = "lines"
    digest: str = ""
    errors: list[RowError] = field(default_factory=list)
    unreadable: int = 0
    notices: list[str] = field(default_factory=list)
    applied: int | None = None
    proposal: Proposal | None = None
    refusal: str | None = None

    def __post_init__(self) -> None:
        """A file may name the connector that it is for."""
        stem, _, ending = self.filename.rpartition(".")
        if ending == "lines":
            self.connector = stem

    def __iter__(self) -> Iterator[list[bytes]]:
        """Yield every line, in batches of a hundred."""
        self.digest = hashlib.sha256(self.content).hexdigest()
        lines = self.content.split(b"\n")
        for start in range(0, len(lines), 100):
            if b"refuse" in lines[start]:
                raise UnsupportedDocument("this document is refused half way")
            yield lines[start : start + 100]


class LinesParser:
    """Reads documents that are lines already."""

    def documents(
        self,
        filename: str,
        content: Content,
        connector: str | None = None,  # noqa: ARG002 (the protocol's)
        maps: Sequence[ColumnMap] = (),  # noqa: ARG002 (likewise)
    ) -> Iterator[LinesRun]:
        """Yield the file, or the parts of one whose parts a form feed keeps apart."""
        assert isinstance(content, bytes)
        parts = content.split(b"\f")
        archive = filename if len(parts) > 1 else ""
        for number, part in enumerate(parts, 1):
            yield LinesRun(part, f"{filename}/{number}" if archive else filename, archive)

    def parse(
        self,
        filename: str,
        content: Content,
        connector: str | None = None,  # noqa: ARG002 (the protocol's)
        maps: Sequence[ColumnMap] = (),  # noqa: ARG002 (likewise)
    ) -> LinesRun:
        """Begin to read."""
        assert isinstance(content, bytes)
        return LinesRun(content, filename)


def line(kind: Kind, source_id: str, refs: tuple[str, ...] = (), **data: Any) -> bytes:
    """One record as a connector's child writes it."""
    return orjson.dumps({"kind": kind, "sourceId": source_id, "refs": refs, "data": data})


def document(*lines: bytes) -> bytes:
    """A file for `LinesParser`."""
    return b"\n".join(lines)


def rule(kind: Kind, **limits: Any) -> Rule:
    """All of a kind, less the limits given."""
    whole: dict[str, Any] = {
        "fields": shareable_fields(kind),
        "sellers": frozenset({ANY}),
        "categories": frozenset({ANY}),
    }
    return Rule(**{**whole, **limits})


def sellers(*names: str) -> frozenset[str]:
    """The comparison keys of some sellers."""
    return frozenset[str]().union(*map(keys_for, names))


class Story:
    """One customer with a vault of its own on the services' database."""

    def __init__(self, services: Services, name: str = "anna", clock: Clock | None = None) -> None:
        self.name = name
        self.clock = clock or Clock()
        store = replace(services.store, clock=self.clock)
        self.store = store
        self.database = store.database
        passphrases = Passphrases(CHEAP)
        self.sessions = Sessions(store, passphrases)
        self.customers = Customers(store, passphrases, self.sessions)
        self.rekeying = Rekeying(store, passphrases, self.sessions)
        self.imports = Imports(store, LinesParser())
        self.records = Records(store)
        self.gifts = Gifts(store)
        self.consents = Consents(store)
        self.receipts = Receipts(store)
        self.decisions = Decisions(store)
        self.glimpses = Glimpses(store)
        self.requests = Requests(store)
        self.pending = PendingRequests(store)
        self.redemption = Redemption(store)
        self.tokens = Tokens(store)
        self.disclosure = Disclosure(store)
        self.granted = Granted(store)
        self.activity = Activity(store)
        self.verification = Verification(store)
        self.exports = Exports(store)
        self.recovery_code = self.customers.create(name, PASSPHRASE)
        self.session = self.sessions.unlock(name, PASSPHRASE).token

    @property
    def vault(self) -> OpenVault:
        """The open vault, as a new request has it."""
        return self.sessions.open(self.session)

    def stage(self, *lines: bytes) -> str:
        """Stage one file; the import's id."""
        return self.imports.stage(self.vault, [("file.csv", document(*lines))]).import_id

    def stage_from(self, connector: str, *lines: bytes) -> str:
        """Stage one file of some connector's; the import's id."""
        files = [(f"{connector}.lines", document(*lines))]
        return self.imports.stage(self.vault, files).import_id

    def bring_from(self, connector: str, *lines: bytes) -> str:
        """Stage and confirm one file of some connector's; the import's id."""
        staged = self.stage_from(connector, *lines)
        self.imports.confirm(self.vault, staged)
        return staged

    def bring(self, *lines: bytes) -> Outcome:
        """Stage and confirm one file."""
        return self.imports.confirm(self.vault, self.stage(*lines))

    def add(self, kind: Kind = Kind.PURCHASE, **data: Any) -> str:
        """Add a record by hand; its id."""
        return self.records.add(self.vault, kind, data)

    def mark(self, *ids: str) -> None:
        """Mark purchases as gifts."""
        self.gifts.mark(self.vault, ids)

    def unmark(self, *ids: str) -> None:
        """Say that purchases are no gifts."""
        self.gifts.unmark(self.vault, ids)

    def export(self) -> dict[str, Any]:
        """Everything, as the JSON export has it."""
        out = io.BytesIO()
        self.exports.write(self.vault, "json", out)
        exported: dict[str, Any] = orjson.loads(out.getvalue())
        return exported

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """The export's records in an order of their own, less the ledger's head."""
        exported = self.export()
        del exported["ledgerHead"]
        return {
            kind: sorted(found, key=lambda one: str(one["id"])) for kind, found in exported.items()
        }

    def ids(self, kind: Kind = Kind.PURCHASE) -> dict[str, str]:
        """The ids of a kind's records by their name, number or subject."""
        names = {
            Kind.PURCHASE: "name",
            Kind.ORDER: "orderNumber",
            Kind.INVOICE: "invoiceNumber",
            Kind.LICENSE: "name",
            Kind.PREFERENCE: "subject",
        }
        return {one[names[kind]]: one["id"] for one in self.export()[kind.plural]}

    def hidden(self) -> set[bytes]:
        """The ids of the records that stand in gift twins."""
        with self.database.read() as conn:
            rows = conn.exec_driver_sql(
                "SELECT record_id FROM records WHERE valid_to IS NULL AND compartment BETWEEN 11"
                " AND 15"
            ).all()
        return {bytes(row[0]) for row in rows}

    def terms(self, *kinds: Kind, gifts: bool = False, **limits: Any) -> Terms:
        """Terms over whole kinds, less the limits given, for thirty days."""
        once = bool(limits.pop("once", False))
        days = int(limits.pop("days", 30))
        return Terms(
            rules={kind: rule(kind, gifts=gifts, **limits) for kind in kinds},
            purposes=(PURPOSE,),
            expires_at=self.clock() + days * DAY,
            once=once,
        )

    def connect(self, terms: Terms, name: str = "Shop") -> "Vendor":
        """A vendor that was given a consent and has redeemed its code."""
        vendor = self.vendor(name)
        vendor.allow(terms)
        vendor.redeem()
        return vendor

    def vendor(self, name: str = "Shop") -> "Vendor":
        """A registered vendor without a consent."""
        client = Client(
            client_id=f"vendor-{os.urandom(12).hex()}",
            name=name,
            profile=FAPI,
            redirect_uris=("https://vendor.example/cb",),
            jwks={"keys": []},
            secret_hash=None,
            verified_at=None,
            seller_identifiers=(),
            policy_uri=None,
            created_at=self.clock(),
        )
        with self.database.write() as conn:
            clients.insert(conn, client)
        return Vendor(self, client)

    def events(self, what: str) -> list[Event]:
        """The ledger's entries of one name, newest first."""
        page = self.activity.page(self.vault, limit=1_000)
        return [event for event in page.entries if event.what == what]


@dataclass
class Vendor:
    """A vendor, with the mirror that it keeps of what it has read."""

    story: Story
    client: Client
    code: str = ""
    grant_id: str = ""
    token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    sub: str = ""
    mirror: dict[Kind, dict[str, dict[str, Any]]] = field(default_factory=dict)
    cursors: dict[Kind, str | None] = field(default_factory=dict)
    pages: list[DisclosedPage] = field(default_factory=list)

    def allow(self, terms: Terms) -> str:
        """Have the customer allow exactly these terms; the code."""
        story = self.story
        request = Request(rules=terms.rules, purposes=terms.purposes, once=terms.once)
        request_id = self.ask({"scope": terms.scope})
        self.code = story.decisions.allow(story.vault, self.client, request, terms, {}, request_id)
        mine = self.client.client_id
        given = story.consents.given(story.vault)
        self.grant_id = next(one.grant_id for one in given if one.client_id == mine)
        return self.code

    def ask(self, parameters: Mapping[str, str]) -> bytes:
        """Push a request, and have the customer look at it; its id."""
        story, mine = self.story, self.client.client_id
        uri, _ = story.requests.push(mine, parameters)
        return story.pending.show(story.vault, uri, mine, BROWSER).request_id

    def redeem(self) -> Issued:
        """Exchange the code."""
        issued = self.story.redemption.redeem(
            self.code, self.client.client_id, lambda _: None, None
        )
        self._keep(issued)
        return issued

    def refresh(self) -> Issued:
        """Exchange the refresh token for new tokens."""
        issued = self.story.tokens.refresh(self.refresh_token, self.client.client_id, None)
        self._keep(issued)
        return issued

    def _keep(self, issued: Issued) -> None:
        self.token, self.sub = issued.access_token, issued.sub
        self.refresh_token = issued.refresh_token or self.refresh_token

    def page(
        self, kind: Kind = Kind.PURCHASE, cursor: str | None = None, limit: int = 100
    ) -> DisclosedPage:
        """Read one page."""
        page = self.story.disclosure.page(self.token, kind, cursor, limit, None)
        self.pages.append(page)
        return page

    def items(self, kind: Kind = Kind.PURCHASE) -> list[dict[str, Any]]:
        """Everything of a kind, read from the start in one page."""
        return self.page(kind, limit=1_000).items

    def names(self) -> set[str]:
        """The names of the purchases that it sees."""
        return {item["name"] for item in self.items()}

    def follow(self, kind: Kind = Kind.PURCHASE, limit: int = 100) -> DisclosedPage:
        """Read the next page and apply it to the mirror."""
        held = self.mirror.setdefault(kind, {})
        page = self.page(kind, self.cursors.get(kind), limit)
        if page.reset:
            held.clear()
        for item in page.items:
            if item.get("deleted"):
                # An id that was never delivered would tell of a record that was withheld.
                assert item["id"] in held, "deleted names an id that was not delivered"
                del held[item["id"]]
            else:
                held[item["id"]] = item
        self.cursors[kind] = page.next_cursor
        return page

    def catch_up(self, kind: Kind = Kind.PURCHASE, limit: int = 100) -> dict[str, dict[str, Any]]:
        """Follow to the end; the mirror."""
        while self.follow(kind, limit).has_more:
            pass
        return self.mirror[kind]


def public_parts(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record less what differs from one import of it to the next."""
    return {name: value for name, value in record.items() if name not in ("id", "source")}
