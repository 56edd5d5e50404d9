"""A second reader of a whole vault, written from docs/format.md alone: it imports nothing of it.

Given are SQLite's file, the server's key file, and a passphrase or an access token.
"""

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import zstandard

from tests.unit.crypto.second_reader import (
    Holder,
    Server,
    base64url,
    decode_text,
    derive,
    encode_context,
    ledger_hash,
    open_batch,
    open_single,
    open_wrap,
    passphrase_lookup,
    stretch,
)

Row = sqlite3.Row
RECORDS = {
    1: "purchase",
    2: "order",
    3: "invoice",
    4: "license",
    5: "license_key",
    6: "preference",
    7: "payment",
}
KINDS = RECORDS | {number + 10: kind for number, kind in RECORDS.items() if number < 6}
CONSENTS, LEDGER, INBOX, ROOT = 23, 24, 21, 25


class Files:
    """The stolen, lost or kept files of a vault server."""

    def __init__(self, database: Path, key_file: Path) -> None:
        self._db = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        self._db.row_factory = sqlite3.Row
        self.server = Server(json.loads(key_file.read_text(encoding="utf-8")))

    def rows(self, query: str, *values: Any) -> list[Row]:
        """Rows of a query."""
        return self._db.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> Row:
        """The one row of a query."""
        [found] = self.rows(query, *values)
        return found

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def by_passphrase(self, name: str, passphrase: str) -> "Keys":
        """Open the owner's package."""
        vault = self.row("SELECT * FROM vaults WHERE name = ?", name)["vault_id"]
        row = self.row("SELECT * FROM credentials WHERE lookup = ?", passphrase_lookup(vault))
        parameters = json.loads(json.loads(row["attributes"])["kdf"])
        seed = self._unwrap(row, 1, stretch(passphrase, parameters), 0)
        holder = self._holder(vault, row["holder_id"])
        place = [vault, holder["holder_id"], holder["package_version"]]
        where = encode_context("owner/package", place)
        opened = open_single(derive(seed, "owner/package"), holder["package"], where)
        return Keys(self, vault, json.loads(opened))

    def by_access_token(self, token: str) -> tuple["Keys", dict[str, Any]]:
        """Open a grant's package; the keys, and all that it says."""
        row, pair = self._token(token)
        holder = self._holder(row["vault_id"], row["holder_id"])
        place = [row["vault_id"], row["grant_id"], row["holder_id"], pair.public_key]
        place.append(holder["package_version"])
        inner = self.server.open(holder["package"], encode_context("grant/package/outer", place))
        package = json.loads(pair.open(inner, encode_context("grant/package", place)))
        return Keys(self, row["vault_id"], package["secrets"]), package

    def receipts_of(self, token: str) -> Iterator[dict[str, Any]]:
        """What every receipt says that is addressed to an access token's holder."""
        row, pair = self._token(token)
        query = "SELECT * FROM receipts WHERE holder_id = ? ORDER BY number"
        for one in self.rows(query, row["holder_id"]):
            place = [one["vault_id"], one["grant_id"], one["number"], one["holder_id"]]
            where = encode_context("receipt/vendor", [*place, pair.public_key])
            signed = pair.open(one["sealed_to_vendor"], where)
            assert _hash(signed) == one["digest"]
            yield json.loads(self.server.verify_jws(signed.decode()))

    def _token(self, token: str) -> tuple[Row, Holder]:
        secret = decode_text(token.removeprefix("vat_"))
        lookup = derive(secret, "credential/access-token/look-up")
        row = self.row("SELECT * FROM credentials WHERE lookup = ?", lookup)
        return row, Holder(self._unwrap(row, 6, secret, row["expires_at"]))

    def _unwrap(self, row: Row, kind: int, secret: bytes, expiry: int) -> bytes:
        place = [kind, row["vault_id"], row["holder_id"], row["grant_id"] or b""]
        where = encode_context("credential", [*place, row["client_id"] or "", expiry])
        return open_wrap(self.server, kind, secret, row["wrap"], where)

    def _holder(self, vault: bytes, holder: bytes) -> Row:
        query = "SELECT * FROM holders WHERE vault_id = ? AND holder_id = ?"
        return self.row(query, vault, holder)


class Keys:
    """What one package opens of one vault."""

    def __init__(self, files: Files, vault: bytes, secrets: dict[str, list[Any]]) -> None:
        self._files = files
        self.vault = vault
        self._newest = {
            int(number): (epoch, base64.b64decode(secret))
            for number, (epoch, secret) in secrets.items()
        }

    def _rows(self, table: str, order: str) -> list[Row]:
        query = f"SELECT * FROM {table} WHERE vault_id = ? ORDER BY {order}"
        return self._files.rows(query, self.vault)

    @cached_property
    def counter(self) -> int:
        """The vault's counter: above it nothing exists."""
        row = self._files.row("SELECT * FROM vaults WHERE vault_id = ?", self.vault)
        return int(row["change"])

    def secret(self, compartment: int, epoch: int) -> bytes:
        """The secret of an epoch, walked back to."""
        newest, secret = self._newest[compartment]
        query = "SELECT * FROM compartments WHERE vault_id = ? AND compartment = ? AND epoch = ?"
        for later in range(newest, epoch, -1):
            row = self._files.row(query, self.vault, compartment, later)
            where = encode_context("predecessor", [self.vault, compartment, later])
            key = derive(secret, "compartment/predecessor")
            secret = open_single(key, row["predecessor"], where)
        return secret

    def records(self) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """The compartment, id (hex) and data of every record that stands now."""
        batches = {row["batch_id"]: row for row in self._rows("batches", "batch_id")}
        for row in self._rows("records", "change"):
            current = row["valid_to"] is None and row["change"] <= self.counter
            if current and row["compartment"] in self._newest:
                plain = self._record(batches[row["batch_id"]], row)
                yield row["compartment"], row["record_id"].hex(), json.loads(plain)

    def _record(self, batch: Row, row: Row) -> bytes:
        place = [self.vault, batch["compartment"], batch["epoch"], batch["batch_id"]]
        secret = self.secret(batch["compartment"], batch["epoch"])
        sealing = derive(secret, "compartment/batch")
        key = open_single(sealing, batch["wrapped_key"], encode_context("batch key", place))
        place += [row["position"], row["record_id"], row["revision"]]
        where = encode_context("record", place)
        return open_batch(key, row["position"], row["ciphertext"], where)

    def _direct(self, compartment: int, epoch: int, envelope: bytes, where: bytes) -> bytes:
        key = derive(self.secret(compartment, epoch), "compartment/direct")
        return open_single(key, envelope, where)

    def segments(self, part: str) -> Iterator[tuple[Row, dict[str, Any]]]:
        """One part of every segment."""
        for row in self._rows("segments", "compartment, segment_id"):
            place = [self.vault, row["compartment"], row["epoch"], row["segment_id"], part]
            where = encode_context("segment", place)
            packed = self._direct(row["compartment"], row["epoch"], row[part], where)
            yield row, json.loads(zstandard.decompress(packed))

    def consents(self) -> Iterator[dict[str, Any]]:
        """Every consent record."""
        for row in self._rows("grants", "grant_id"):
            place = [self.vault, row["grant_id"], row["consent_epoch"], row["consent_version"]]
            where = encode_context("consent", place)
            yield json.loads(self._direct(CONSENTS, row["consent_epoch"], row["consent"], where))

    def receipts(self) -> Iterator[dict[str, Any]]:
        """What every receipt says, its signature, digest and predecessor checked."""
        before: dict[bytes, str] = {}
        for row in self._rows("receipts", "grant_id, number"):
            grant, signed = row["grant_id"], row["signed"]
            if signed is None:
                place = encode_context("receipt/owner", [self.vault, grant, row["number"]])
                signed = self._direct(CONSENTS, row["epoch"], row["sealed"], place).decode()
            assert _hash(signed.encode()) == row["digest"]
            payload = json.loads(self._files.server.verify_jws(signed))
            assert (payload["grant"], payload["iat"]) == (grant.hex(), row["at"])
            assert payload["previous"] == before.get(grant)
            before[grant] = base64url(row["digest"])
            yield payload

    def imports(self) -> Iterator[dict[str, Any]]:
        """Every import's summary."""
        for row in self._rows("imports", "import_id"):
            where = encode_context("import", [self.vault, row["import_id"], row["summary_epoch"]])
            yield json.loads(self._direct(ROOT, row["summary_epoch"], row["summary"], where))

    def repeated(self) -> Iterator[tuple[dict[str, Any], list[bytes]]]:
        """What each import repeated: about its files, and 12 bytes for each statement."""
        for row in self._rows("imports", "import_id"):
            if row["repeated"]:
                epoch = row["repeated_epoch"]
                where = encode_context("import/repeated", [self.vault, row["import_id"], epoch])
                header, _, marks = self._direct(ROOT, epoch, row["repeated"], where).partition(
                    b"\n"
                )
                parts = [marks[start : start + 12] for start in range(0, len(marks), 12)]
                yield json.loads(header), parts

    def _pair(self, compartment: int, epoch: int) -> Holder:
        return Holder(derive(self.secret(compartment, epoch), "compartment/key-pair"))

    def inbox(self) -> Iterator[list[dict[str, Any]]]:
        """The lines of every item that waits."""
        for row in self._rows("inbox", "origin_id, ordinal"):
            names = ("origin", "origin_id", "ordinal", "item_id", "epoch")
            place = [self.vault, *(row[name] for name in names)]
            outer = encode_context("inbox key/outer", place)
            sealed = self._files.server.open(row["sealed_key"], outer)
            pair = self._pair(INBOX, row["epoch"])
            key = pair.open(sealed, encode_context("inbox key", place))
            packed = open_single(key, row["payload"], encode_context("inbox item", place))
            yield [json.loads(line) for line in zstandard.decompress(packed).split(b"\n")]

    def ledger(self) -> Iterator[dict[str, Any]]:
        """Every entry, its hash and signature checked."""
        head = bytes(32)
        for number, row in enumerate(self._rows("ledger", "number"), start=1):
            assert row["number"] == number
            head = ledger_hash(head, number, row["at"], row["ciphertext"], row["state"])
            assert head == row["hash"]
            signed = encode_context("ledger head", [self.vault, number])
            self._files.server.verify(row["key_number"], row["signature"], head, signed)
            where = encode_context("ledger entry", [self.vault, number, row["epoch"]])
            yield json.loads(self._pair(LEDGER, row["epoch"]).open(row["ciphertext"], where))

    def writing_keys(self) -> Iterator[bytes]:
        """The public keys to write with, each checked against signature and secret."""
        for row in self._rows("compartments", "compartment, epoch"):
            if row["public_key"] is not None:
                place = [self.vault, row["compartment"], row["epoch"]]
                signed = encode_context("writing key", place)
                number, signature = row["key_number"], row["signature"]
                self._files.server.verify(number, signature, row["public_key"], signed)
                pair = self._pair(row["compartment"], row["epoch"])
                assert pair.public_key == row["public_key"]
                yield pair.public_key

    def state(self) -> str:
        """The state digest, in hex."""
        parts = hashlib.sha256(b"vault state 1")
        for row in self._rows("segments", "compartment, segment_id"):
            if row["change"] <= self.counter:
                sealed = (row["lines"], row["manifest"], row["summary"])
                digest = _hash(b"".join(map(_hash, sealed)))
                place: list[Any] = [row["compartment"], row["segment_id"], digest]
                parts.update(_hash(encode_context("state/segment", place)))
        for row in self._rows("grants", "grant_id"):
            place = [row["grant_id"], _hash(row["consent"]), row["state"]]
            place += [row["terms_version"], row["expires_at"]]
            parts.update(_hash(encode_context("state/consent", place)))
        for row in self._rows("holders", "holder_id"):
            if row["package"] is not None:
                place = [row["holder_id"], _hash(row["package"])]
                parts.update(_hash(encode_context("state/package", place)))
        for row in self._rows("compartments", "compartment, epoch"):
            place = [row["compartment"], row["epoch"], row["renewal_due"]]
            parts.update(_hash(encode_context("state/epoch", place)))
        return parts.hexdigest()


def _hash(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
