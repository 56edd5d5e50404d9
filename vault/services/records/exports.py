"""Exports: everything the vault holds, in formats that other programs read.

A license goes out with its keys. Keys whose license is not in the vault, since they came without
it or its import was undone, go out by themselves: no page has a place for them.
"""

import csv
import io
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from vault.domain.aliases import KEPT
from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.domain.records import FIELDS
from vault.errors import InvalidInput
from vault.services.open_vault import OpenVault
from vault.services.records.license_keys import CARRIED, stray_keys
from vault.services.snapshots import Snapshot, snapshot
from vault.services.withholding import may_be_gift
from vault.storage import ledger, records, vaults
from vault.storage.records import StoredRecord
from vault.storage.store import Store

FORMATS = ("json", "csv")
_HIDDEN = ("links", "edits", KEPT)
_SCAN = 1_000


class Exports:
    """Writes a vault out for its owner."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def write(self, vault: OpenVault, format: str, out: BinaryIO) -> None:  # noqa: A002
        """Write everything: `json` is one object with an array for each kind, `csv` a ZIP.

        Records go out one by one, so a large vault needs little memory. The ledger keeps that an
        export was made.
        """
        writers = {"json": _write_json, "csv": _write_csv}
        if format not in writers:
            raise InvalidInput("The form is one of: %(formats)s.", formats=", ".join(FORMATS))
        with self._store.database.write() as conn:
            locked = vaults.lock(conn, vault.vault_id)
            details = {"format": format}
            head = ledger.append(
                conn, self._store.keys, locked, LedgerEvent.EXPORTED, details, self._store.clock()
            )
        with self._store.database.read() as conn:
            writers[format](snapshot(conn, vault.ring), head.hex(), out)


def _stored(now: Snapshot, kind: Kind) -> Iterator[StoredRecord]:
    """Every record of a kind, decrypted one by one."""
    twin = kind.gift_compartment
    for compartment in (kind.compartment, twin) if twin else (kind.compartment,):
        after = 0
        place = (now.conn, now.ring.vault_id, compartment)
        while rows := records.scan(*place, after, now.horizon, _SCAN):
            yield from records.decrypt(now.reader, rows)
            after = rows[-1].change


def everything(now: Snapshot, kind: Kind) -> Iterator[dict[str, Any]]:
    """Every record of a kind with its id; a license with its keys, and keys that have none.

    `withheld` stands in a purchase that only may be a gift.
    """
    keys = _keys(now) if kind is Kind.LICENSE else {}
    for stored in _stray_keys(now) if kind is Kind.LICENSE_KEY else _stored(now, kind):
        record_id = stored.record_id.hex()
        shown = {name: value for name, value in stored.data.items() if name not in _HIDDEN}
        if "source" in shown:
            shown["source"] = _provenance(shown["source"])
        if "sources" in shown:
            shown["sources"] = [_provenance(one) for one in shown["sources"]]
        if may_be_gift(stored):
            shown[KEPT] = True
        if record_id in keys:
            shown["keys"] = keys[record_id]
        yield {"id": record_id, **shown}


def _provenance(source: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in source.items() if name not in ("content", "links")}


def _keys(now: Snapshot) -> dict[str, list[str]]:
    """The keys of all licenses, by the license's id, in an order of their own."""
    found: dict[str, list[str]] = {}
    for stored in _stored(now, Kind.LICENSE_KEY):
        for license_id in stored.data.get("links", ()):
            found.setdefault(license_id, []).append(stored.data["key"])
    return {license_id: sorted(keys) for license_id, keys in found.items()}


def _stray_keys(now: Snapshot) -> Iterator[StoredRecord]:
    """The keys whose license is not in the vault."""
    stray = stray_keys(now)
    for stored in _stored(now, Kind.LICENSE_KEY) if stray else ():
        if stored.record_id.hex() in stray:
            yield stored


def _write_json(now: Snapshot, head: str, out: BinaryIO) -> None:
    out.write(b'{"ledgerHead":' + orjson.dumps(head))
    for kind in Kind:
        out.write(b",\n" + orjson.dumps(kind.plural) + b":[")
        out.writelines(
            (b",\n" if number else b"\n") + orjson.dumps(record)
            for number, record in enumerate(everything(now, kind))
        )
        out.write(b"]")
    out.write(b"}\n")


def _write_csv(now: Snapshot, head: str, out: BinaryIO) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ledger-head.txt", head + "\n")
        for kind in Kind:
            with archive.open(f"{kind.plural}.csv", "w") as raw:
                text = io.TextIOWrapper(raw, "utf-8-sig", newline="")
                _write_table(now, kind, text)
                text.flush()
                text.detach()


def _write_table(now: Snapshot, kind: Kind, text: io.TextIOWrapper) -> None:
    names = ["id", *(name for name in FIELDS[kind] if name != "id"), "source"]
    names += ["keys"] if kind is Kind.LICENSE else []
    names += CARRIED if kind is Kind.LICENSE_KEY else ()
    writer = csv.writer(text)
    writer.writerow(names)
    for record in everything(now, kind):
        writer.writerow([cell(record.get(name)) for name in names])


def cell(value: object) -> str:
    """A value as a cell: text as it is, the rest as JSON; never something a sheet computes.

    A spreadsheet runs what begins with =, +, -, @; a leading apostrophe makes it text (OWASP,
    CSV injection). Numbers keep their sign.
    """
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    computed = text.startswith(("=", "+", "@", "\t", "\r"))
    negative = text.startswith("-") and text[1:2].isdigit()
    return f"'{text}" if computed or (text.startswith("-") and not negative) else text
