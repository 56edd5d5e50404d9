"""Importing 10,000 Amazon lines: preview and confirmation against a plain insert of the same file.

Ours: the parser in its limited child process, checks, the sealed inbox, deduplication, gift rules,
orders beside the purchases, sealed records, index and ledger. Plaintext: the CSV read, each row
checked and written as JSON into SQLite. The CPU of child processes counts on our side.
"""

import csv
import datetime as dt
import io
import itertools
import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from benchmarks import history
from benchmarks.measure import Burst, Side, alternate, compared, timed
from benchmarks.prepared import Prepared, prepared

LINES = 10_000
_CURRENCY = 3


class _Vault:
    """Imports the file into a new vault each time."""

    def __init__(self, home: Prepared, content: bytes) -> None:
        self._home, self._content, self._numbers = home, content, itertools.count()

    def __call__(self) -> Burst:
        vault = self._home.customer(f"import-{next(self._numbers)}")
        taken: list[Burst] = []
        with timed(taken, LINES):
            self._home.bring_in(vault, self._content)
        return taken[0]


class _Plain:
    """Inserts the file into a new table each time."""

    def __init__(self, path: Path, content: bytes) -> None:
        self._content, self._numbers = content, itertools.count()
        self._database = sqlite3.connect(path)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            self._database.execute(f"PRAGMA {pragma}")

    def __call__(self) -> Burst:
        table = f"import_{next(self._numbers)}"
        self._database.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, body BLOB)")
        taken: list[Burst] = []
        with timed(taken, LINES):
            rows = csv.DictReader(io.StringIO(self._content.decode(), newline=""))
            bodies = ((orjson.dumps(_checked(row)),) for row in rows)
            self._database.executemany(
                f"INSERT INTO {table} (body) VALUES (?)",  # noqa: S608 - a name made here
                bodies,
            )
            self._database.commit()
        return taken[0]


def _checked(row: dict[str, str]) -> dict[str, Any]:
    """A row as a purchase; ValueError where it is none."""
    day = dt.datetime.strptime(row["Order Date"], "%m/%d/%y").date()  # noqa: DTZ007 - a day
    price, total = (Decimal(row[name].lstrip("$")) for name in _AMOUNTS)
    if price < 0 or total < 0 or len(row["Currency"]) != _CURRENCY or not row["Order ID"]:
        raise ValueError("the row cannot be a purchase")
    address = (row[f"Shipping Address {part}"] for part in ("Name", "Street 1", "City", "Zip"))
    return {
        "orderNumber": row["Order ID"],
        "orderDate": day.isoformat(),
        "name": row["Title"],
        "sku": row["ASIN/ISBN"],
        "category": row["Category"],
        "seller": {"name": row["Seller"]},
        "quantity": str(int(row["Quantity"])),
        "price": str(price),
        "lineTotal": str(total),
        "priceCurrency": row["Currency"],
        "itemStatus": row["Order Status"].lower(),
        "deliveryAddress": ", ".join(filter(None, address)),
        "channel": row["Website"],
    }


_AMOUNTS = ("Purchase Price Per Unit", "Item Total")


def measure(*, quick: bool) -> list[dict[str, Any]]:
    """Both sides in turn."""
    content = history.amazon(LINES)
    with prepared() as home:
        plain = _Plain(Path(home.environment["VAULT_HOME"]) / "plain.db", content)
        sides: dict[str, Side] = {"vault": _Vault(home, content), "plaintext": plain}
        taken = alternate(sides, 3 if quick else 11)
    return [compared("Importing 10,000 Amazon lines", "line", taken) | {"aim": "plaintext: 0.5"}]
