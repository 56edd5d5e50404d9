"""`make corpus`: what the table says of a small corpus of its own."""

from pathlib import Path

import pytest

from scripts.corpus import BEGIN, END, formats, put, table
from tests.unit.connectors.reading import FIXTURES

RETAIL = FIXTURES / "amazon" / "retail-2026" / "input.csv"
INVOICE = FIXTURES / "einvoice" / "invoice" / "input.xml"
HEADER = RETAIL.read_bytes().partition(b"\r\n")[0]


def _corpus(folder: Path) -> Path:
    files: dict[str, bytes] = {
        "amazon-csv/somebody+some/orders.csv": RETAIL.read_bytes(),
        "amazon-csv/header-only/items.csv": HEADER,
        "ubl/somebody+some/invoice.xml": INVOICE.read_bytes(),
        "ubl/somebody+some/notes.txt": b"Dear Anna",
        "ubl/SOURCES.md": b"| file |",
    }
    for place, content in files.items():
        file = folder / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def test_every_file_is_counted_once_with_the_reason(tmp_path: Path) -> None:
    """In full, in part, or not read and why; the sum of all at the end."""
    rows = table(formats(_corpus(tmp_path))).splitlines()[2:]
    assert rows == [
        "| amazon-csv | 2 | 1 | 1 | 0 | `amazon` | 1 × has no order number |",
        "| ubl | 2 | 1 | 0 | 1 | `einvoice` | 1 × no connector recognises this file |",
        "| all | 4 | 2 | 1 | 1 | | |",
    ]


def test_the_table_is_written_between_its_marks() -> None:
    """What stands around it stays; a document without the marks is not written."""
    text = f"before\n{BEGIN}old\n{END}after\n"
    assert put(text, "new\n") == f"before\n{BEGIN}new\n{END}after\n"
    with pytest.raises(ValueError, match="has not the lines"):
        put("before\n", "new\n")
