"""The attacker: opens all that can be opened of a stolen database.

Given are copies of the database, the server's secret file and whatever credentials were caught. It
knows every format (docs/format.md) and shares no code with the use cases or the storage: it tries
each key on everything of its kind, wherever that stands.
"""

import base64
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import orjson
import zstandard
from sqlalchemy import Connection, text

from vault.crypto import aead
from vault.crypto.aead import BatchOpener
from vault.crypto.credentials import Credential, CredentialKind, unwrap
from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair
from vault.crypto.kdf import derive
from vault.crypto.server_keys import ServerKeys
from vault.errors import InvalidInput, Unopenable

TABLES = (
    "batches",
    "compartments",
    "credentials",
    "grants",
    "holders",
    "imports",
    "inbox",
    "ledger",
    "receipts",
    "records",
    "segments",
)
CONSENTS, ROOT = 23, 25

Row = dict[str, Any]
Copy = dict[str, list[Row]]
"""A stolen copy: the rows of each table."""


def steal(conn: Connection) -> Copy:
    """Copy the tables that hold anything sealed."""
    return {
        table: [dict(row) for row in conn.execute(text(f"SELECT * FROM {table}")).mappings()]
        for table in TABLES
    }


@dataclass(frozen=True, slots=True)
class Opened:
    """One thing that was opened: where it stood, and what it says."""

    table: str
    compartment: int
    epoch: int
    plaintext: bytes


@dataclass(slots=True)
class Loot:
    """All that was opened."""

    opened: list[Opened] = field(default_factory=list)

    def of(self, table: str, *compartments: int) -> list[Opened]:
        """What was opened of a table, of some compartments or of all."""
        return [
            one
            for one in self.opened
            if one.table == table and (not compartments or one.compartment in compartments)
        ]

    def says(self, word: str) -> bool:
        """Whether a word stands anywhere in it."""
        return any(word.encode() in one.plaintext for one in self.opened)

    @property
    def compartments(self) -> set[int]:
        """The compartments of the records that were opened."""
        return {one.compartment for one in self.of("records")}


def parsed(texts: Iterable[str]) -> Iterator[Credential]:
    """Every credential that a caught text can be."""
    for each in texts:
        for kind in CredentialKind:
            with suppress(InvalidInput):
                yield Credential.parse(kind, each)


class Attacker:
    """Tries everything on everything."""

    def __init__(self, keys: ServerKeys, *copies: Copy) -> None:
        self._keys = keys
        self._rows: Copy = {table: [] for table in TABLES}
        for copy in copies:
            for table, rows in copy.items():
                self._rows[table] += [row for row in rows if row not in self._rows[table]]
        self._loot = Loot()
        self._secrets: dict[tuple[bytes, int, int], bytes] = {}

    def attack(self, *credentials: Credential) -> Loot:
        """All that these credentials open."""
        for seed in self._seeds(credentials):
            self._packages(seed)
            self._receipts(seed)
        self._walk_back()
        self._records()
        self._sealed_directly()
        self._written_by_others()
        return self._loot

    def _note(self, table: str, compartment: int, epoch: int, plaintext: bytes) -> None:
        self._loot.opened.append(Opened(table, compartment, epoch, plaintext))

    def _seeds(self, credentials: Iterable[Credential]) -> Iterator[bytes]:
        """What the wraps hold: every credential is tried on every row."""
        for credential in credentials:
            for row in self._rows["credentials"]:
                if row["wrap"] is None:
                    continue
                own = tuple(row[name] or b"" for name in ("vault_id", "holder_id", "grant_id"))
                nobodys = (b"", b"", b"")  # an auth_req_id's is bound to no vault
                for place, expiry in product((own, nobodys), (row["expires_at"], 0)):
                    where = context(
                        "credential", row["kind"], *place, row["client_id"] or "", expiry
                    )
                    with suppress(Unopenable):
                        payload = unwrap(credential, row["wrap"], self._keys, where)
                        self._note("credentials", 0, 0, payload)
                        if len(payload) == 32:
                            yield payload
                        elif row["end_reason"] == "rotated" or payload[32:33] == b"{":
                            # A refresh token's salt, or what an access token was narrowed to.
                            yield payload[:32]

    def _packages(self, seed: bytes) -> None:
        pair = KeyPair.from_seed(seed)
        for row in self._rows["holders"]:
            if row["package"] is None:
                continue
            vault_id, holder_id, version = (
                row["vault_id"], row["holder_id"], row["package_version"],
            )  # fmt: skip
            with suppress(Unopenable):
                where = context("owner/package", vault_id, holder_id, version)
                opened = aead.unseal(derive(seed, "owner/package"), row["package"], where)
                self._keep(vault_id, orjson.loads(opened))
            with suppress(Unopenable):
                place = (vault_id, row["grant_id"] or b"", holder_id, pair.public_key, version)
                inner = self._keys.unseal(row["package"], context("grant/package/outer", *place))
                opened = pair.unseal(inner, context("grant/package", *place))
                self._note("holders", 0, 0, opened)
                self._keep(vault_id, orjson.loads(opened)["secrets"])

    def _keep(self, vault_id: bytes, secrets: dict[str, list[Any]]) -> None:
        for number, (epoch, secret) in secrets.items():
            self._secrets[vault_id, int(number), epoch] = base64.b64decode(secret)

    def _walk_back(self) -> None:
        """Each epoch seals its predecessor's secret; none seals its successor's."""
        rows = sorted(self._rows["compartments"], key=lambda row: -int(row["epoch"]))
        for row in rows:
            vault_id, compartment, epoch = row["vault_id"], row["compartment"], row["epoch"]
            where = context("predecessor", vault_id, compartment, epoch)
            for secret in list(self._secrets.values()):
                with suppress(Unopenable):
                    former = aead.unseal(
                        derive(secret, "compartment/predecessor"), row["predecessor"] or b"", where
                    )
                    self._secrets[vault_id, compartment, epoch - 1] = former

    def _records(self) -> None:
        openers: dict[bytes, BatchOpener] = {}
        keys = [derive(secret, "compartment/batch") for secret in self._secrets.values()]
        for row in self._rows["batches"]:
            place = (row["vault_id"], row["compartment"], row["epoch"], row["batch_id"])
            for key in keys:
                with suppress(Unopenable):
                    opened = aead.unseal(key, row["wrapped_key"], context("batch key", *place))
                    openers[row["batch_id"]] = BatchOpener(opened)
        batches = {row["batch_id"]: row for row in self._rows["batches"]}
        for row in self._rows["records"]:
            opener = openers.get(row["batch_id"])
            if opener is None:
                continue
            batch = batches[row["batch_id"]]
            where = context(
                "record",
                batch["vault_id"],
                batch["compartment"],
                batch["epoch"],
                row["batch_id"],
                row["position"],
                row["record_id"],
                row["revision"],
            )
            with suppress(Unopenable):
                opened = opener.unseal(row["position"], row["ciphertext"], where)
                self._note("records", row["compartment"], batch["epoch"], opened)

    def _sealed_directly(self) -> None:
        """Segments, consents, receipts and imports: sealed under a secret's own key."""
        keys = [derive(secret, "compartment/direct") for secret in self._secrets.values()]
        for row in self._rows["segments"]:
            place = (row["vault_id"], row["compartment"], row["epoch"], row["segment_id"])
            for part in ("lines", "manifest", "summary"):
                for key in keys:
                    with suppress(Unopenable):
                        packed = aead.unseal(key, row[part], context("segment", *place, part))
                        opened = zstandard.ZstdDecompressor().decompress(packed)
                        self._note("segments", row["compartment"], row["epoch"], opened)
        for row in self._rows["grants"]:
            epoch = row["consent_epoch"]
            where = context(
                "consent", row["vault_id"], row["grant_id"], epoch, row["consent_version"]
            )
            self._direct("grants", CONSENTS, epoch, row["consent"], where, keys)
        for row in self._rows["receipts"]:
            where = context("receipt/owner", row["vault_id"], row["grant_id"], row["number"])
            for key in keys:
                with suppress(Unopenable):
                    opened = aead.unseal(key, row["sealed"] or b"", where)
                    self._note("receipts", CONSENTS, row["number"], _said(opened))
        for row in self._rows["imports"]:
            epoch = row["summary_epoch"]
            where = context("import", row["vault_id"], row["import_id"], epoch)
            self._direct("imports", ROOT, epoch, row["summary"], where, keys)
            epoch = row["repeated_epoch"] or 0
            where = context("import/repeated", row["vault_id"], row["import_id"], epoch)
            self._direct("imports", ROOT, epoch, row["repeated"] or b"", where, keys)

    def _direct(
        self,
        table: str,
        compartment: int,
        epoch: int,
        envelope: bytes,
        where: bytes,
        keys: list[bytes],
    ) -> None:
        for key in keys:
            with suppress(Unopenable):
                self._note(table, compartment, epoch, aead.unseal(key, envelope, where))

    def _receipts(self, seed: bytes) -> None:
        """The copies of vendors: every seed is tried on every one."""
        pair = KeyPair.from_seed(seed)
        for row in self._rows["receipts"]:
            place = (row["vault_id"], row["grant_id"], row["number"], row["holder_id"] or b"")
            where = context("receipt/vendor", *place, pair.public_key)
            with suppress(Unopenable):
                opened = pair.unseal(row["sealed_to_vendor"] or b"", where)
                self._note("receipts", 0, row["number"], _said(opened))

    def _written_by_others(self) -> None:
        """The inbox and the ledger: sealed to the key pair of an epoch."""
        for (vault_id, compartment, epoch), secret in self._secrets.items():
            pair = KeyPair.from_seed(derive(secret, "compartment/key-pair"))
            for row in self._rows["ledger"]:
                if row["vault_id"] == vault_id and row["epoch"] == epoch:
                    with suppress(Unopenable):
                        where = context("ledger entry", vault_id, row["number"], epoch)
                        opened = pair.unseal(row["ciphertext"], where)
                        self._note("ledger", compartment, epoch, opened)
            for row in self._rows["inbox"]:
                if row["vault_id"] == vault_id and row["epoch"] == epoch:
                    with suppress(Unopenable):
                        self._note("inbox", compartment, epoch, self._item(row, pair))

    def _item(self, row: Row, pair: KeyPair) -> bytes:
        place = (
            row["vault_id"], row["origin"], row["origin_id"],
            row["ordinal"], row["item_id"], row["epoch"],
        )  # fmt: skip
        inner = self._keys.unseal(row["sealed_key"], context("inbox key/outer", *place))
        key = pair.unseal(inner, context("inbox key", *place))
        packed = aead.unseal(key, row["payload"], context("inbox item", *place))
        return zstandard.ZstdDecompressor().decompress(packed)


def _said(receipt: bytes) -> bytes:
    """What a compact JWS says."""
    payload = receipt.split(b".")[1]
    return base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
