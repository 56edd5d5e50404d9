"""The tables of documents against the code: labels, numbers, columns, events, use cases."""

import re
from collections.abc import Callable, Iterable, Iterator
from enum import IntEnum

from scripts.docs import documents, labels
from scripts.docs.documents import ROOT, code
from vault.crypto.credentials import _NAMES, _PREFIXES
from vault.crypto.envelope import Suite
from vault.domain.compartments import Compartment
from vault.domain.events import LedgerEvent
from vault.domain.receipts import ReceiptEvent
from vault.settings import KNOWN
from vault.storage.grants import GrantState
from vault.storage.imports import ImportState
from vault.storage.inbox import ItemState, Origin
from vault.storage.schema import metadata

FORMAT = "docs/format.md"
ARCHITECTURE = "docs/architecture.md"
_STATES: dict[str, type[IntEnum]] = {
    "grants.state": GrantState,
    "receipts.event": ReceiptEvent,
    "imports.state": ImportState,
    "inbox.origin": Origin,
    "inbox.state": ItemState,
}
Check = Callable[[], Iterator[str]]
_EVERYWHERE = ("",)


def problems() -> Iterator[str]:
    """Everything in which a table differs from the code."""
    for check in CHECKS:
        yield from check()


def places() -> Iterator[str]:
    """The labels of storage and services, and those asked of the server."""
    found = labels.used("storage", "services")
    yield from (f"{where}: this label cannot be traced to a text" for where in found.untraced)
    listed = _first("Places in `vault/storage/` and `vault/services/`")
    yield from _differences("label", listed, found.labels)
    asked = labels.asked_of_the_server(*_EVERYWHERE)
    yield from _differences(
        "server label", _first("Keys asked of the server (`ServerKeys.derive`)"), asked
    )


def hashes() -> Iterator[str]:
    """What hashes that are no contexts begin with."""
    listed = [one for one in map(_span, _cells("Hashes that are no contexts")) if one]
    yield from _differences("hash", listed, labels.hashed(*_EVERYWHERE))


def credentials() -> Iterator[str]:
    """Each kind of credential with its number, name and prefix."""
    rows = documents.one(FORMAT).rows("Credentials")
    listed = {(int(row[0]), code(row[1])[0], (code(row[3]) or [""])[0]) for row in rows}
    known = {(int(kind), name, _PREFIXES.get(kind, "")) for kind, name in _NAMES.items()}
    yield from _differences("credential", map(str, listed), map(str, known))


def suites() -> Iterator[str]:
    """Each suite's number and name."""
    listed = {(int(row[0]), row[1]) for row in documents.one(FORMAT).rows("Envelopes")}
    known = {(int(suite), suite.name) for suite in Suite}
    yield from _differences("suite", map(str, listed), map(str, known))


def compartments() -> Iterator[str]:
    """Each compartment's number, name, kind and twin."""
    listed = {tuple(row) for row in documents.one(FORMAT).rows("Compartments")}
    for one in Compartment:
        kind = f"`{one.kind}`" if one.kind else None
        twin = str(int(one.twin)) if one.twin else "–"
        if not any(
            row[:2] == (str(int(one)), f"`{one.label}`")
            and row[2] == (kind or row[2])
            and row[3] == twin
            for row in listed
        ):
            yield f"{FORMAT}: compartment {int(one)} ({one.label}) is missing or differs"
    if len(listed) != len(Compartment):
        yield f"{FORMAT}: there are {len(Compartment)} compartments, {len(listed)} are listed"


def states() -> Iterator[str]:
    """Each state's and origin's number and name."""
    rows = documents.one(FORMAT).rows("States and origins")
    listed = {(code(row[0])[0], int(row[1]), row[2].split(",")[0]) for row in rows}
    known = {
        (column, int(member), member.name.lower())
        for column, members in _STATES.items()
        for member in members
    }
    yield from _differences("state", map(str, listed), map(str, known))


def columns() -> Iterator[str]:
    """Each table's columns."""
    rows = documents.one(FORMAT).rows("Tables")
    listed = {code(row[0])[0]: code(row[1]) + code(row[2]) for row in rows}
    yield from _differences("table", listed, metadata.tables)
    for name, table in metadata.tables.items():
        known = (column.name for column in table.columns)
        yield from _differences(f"column of {name}", listed.get(name, ()), known)


def events() -> Iterator[str]:
    """What ledger entries are called."""
    listed = {name for row in documents.one(FORMAT).rows("Ledger") for name in code(row[0])}
    yield from _differences("event", listed, map(str, LedgerEvent))


def settings() -> Iterator[str]:
    """Every setting is described for those who operate a vault."""
    path = ROOT / "docs" / "operations.md"
    if path.exists():
        told = set(re.findall(r"\w+", path.read_text(encoding="utf-8")))
        yield from (f"docs/operations.md: {name} is missing" for name in sorted(KNOWN - told))


def use_cases() -> Iterator[str]:
    """Every package of `vault/services/`."""
    rows = documents.one(ARCHITECTURE).rows("The use cases")
    listed = [_span(row[0]).rstrip("/") for row in rows]
    known = {path.parent.name for path in (ROOT / "vault" / "services").glob("*/__init__.py")}
    yield from _differences("package of vault/services", listed, known, ARCHITECTURE)


def _cells(heading: str) -> list[str]:
    """The first cell of each row of the table below a heading."""
    return [row[0] for row in documents.one(FORMAT).rows(heading)]


def _span(cell: str) -> str:
    """The first span of code in a cell, if it has one."""
    return next(iter(code(cell)), "")


def _first(heading: str) -> list[str]:
    """The first span of code in each row of the table below a heading."""
    return list(map(_span, _cells(heading)))


def _differences(
    what: str, listed: Iterable[str], known: Iterable[str], where: str = FORMAT
) -> Iterator[str]:
    names = list(listed)
    there, wanted = set(names), set(known)
    yield from (f"{where}: the {what} {one} is missing" for one in sorted(wanted - there))
    yield from (f"{where}: the {what} {one} is not in the code" for one in sorted(there - wanted))
    if len(names) != len(there):
        yield f"{where}: a {what} is listed twice"


CHECKS: tuple[Check, ...] = (
    places,
    hashes,
    credentials,
    suites,
    compartments,
    states,
    columns,
    events,
    settings,
    use_cases,
)
