"""Sheets are found, proposed for and read by a map; written otherwise a sheet is the same."""

import csv
import io
import random
from typing import Any

import openpyxl
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES, Reading, connector_for, maps_of, read
from vault.connectors.base import Document, MapNeeded
from vault.connectors.sheet import Sheet
from vault.domain.column_maps import ColumnMap
from vault.domain.proposals import Proposal
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

ORDERS = FIXTURES / "sheet" / "german-orders"
CONTENT = (ORDERS / "input.txt").read_bytes().decode("windows-1252")
MAPS = maps_of(ORDERS)
EXPECTED = read(CONTENT.encode(), maps=MAPS)
TABLE = list(csv.reader(io.StringIO(CONTENT, newline=""), delimiter=";"))[3:-2]


def _proposal(content: bytes, maps: tuple[ColumnMap, ...] = ()) -> Proposal:
    with pytest.raises(MapNeeded) as needed:
        list(Sheet().extract(Document("file", io.BytesIO(content), maps)))
    return needed.value.proposal


def _refusal(content: bytes, maps: list[ColumnMap] = MAPS) -> str:
    with pytest.raises(UnsupportedDocument) as refused:
        list(Sheet().extract(Document("file", io.BytesIO(content), maps)))
    return refused.value.message


def _written(rows: list[list[str]], delimiter: str = ";", **style: Any) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, **style).writerows(rows)
    return out.getvalue()


def _same(reading: Reading) -> None:
    assert reading.unordered() == EXPECTED.unordered()
    assert len(reading.errors) == len(EXPECTED.errors)


def _workbook(rows: list[list[str]]) -> bytes:
    book = openpyxl.Workbook()
    book.create_sheet("Notes", 0).append(["Nothing to see", "here"])
    for row in [["Bestellübersicht"], [], *rows]:
        book.worksheets[1].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(encoding: str) -> None:
    """A sheet is the same sheet in each encoding."""
    _same(read(CONTENT.encode(encoding), maps=MAPS))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_delimiters(delimiter: str, quoting: int) -> None:
    """A sheet is the same sheet with each delimiter, and with all cells quoted."""
    _same(read(_written(TABLE, delimiter, quoting=quoting).encode(), maps=MAPS))


def test_columns_rows_white_space_and_case() -> None:
    """Order of columns and rows, white space and the header's case say nothing."""
    order = list(range(len(TABLE[0])))
    mixed = random.Random(3)
    mixed.shuffle(order)
    body = TABLE[1:]
    mixed.shuffle(body)
    rows = [[f"  {row[place].upper() if row is TABLE[0] else row[place]}\u00a0 " for place in order]
            for row in [TABLE[0], *body]]  # fmt: skip
    _same(read(_written(rows, "\t").encode(), maps=MAPS))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_ends(ending: str) -> None:
    """Each system's line ends are read."""
    rows = [row for row in TABLE if not any("\n" in cell for cell in row)]
    text = _written(rows, lineterminator=ending)
    assert read(text.encode(), maps=MAPS).unordered() == read(
        _written(rows).encode(), maps=MAPS
    ).unordered()  # fmt: skip


def test_a_workbook_with_other_sheets_and_lines_before_the_header() -> None:
    """The table is found in whichever sheet it is, below whatever stands above it."""
    _same(read(_workbook(TABLE), maps=MAPS))


def test_a_header_that_is_repeated_is_no_row() -> None:
    """Exports that print a header on each page are read through."""
    _same(read(_written([*TABLE[:3], TABLE[0], *TABLE[3:]]).encode(), maps=MAPS))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_an_encoding_that_shows_far_down(encoding: str) -> None:
    """A head of plain ASCII decides nothing: the first letter that is none does."""
    by = _map(["Item", "Qty"], {"item": "name", "qty": "quantity"})
    lines = ["Item,Qty", *(f"Pen number {number},1" for number in range(8_000)), "Größe ®,2"]
    reading = read("\n".join([*lines, "Last é,3"]).encode(encoding), maps=[by])
    names = [record.data["name"] for record in reading.records]
    assert len(names) == 8_002
    assert {"Größe ®", "Last é"} < set(names)


def test_true_twins_stay_two_whatever_their_order() -> None:
    """Rows that say the same of one thing are two of it, with the same ids in any order."""
    header = ["Item", "Qty", "Status"]
    rows = [["Pen", "1", "sent"], ["Pen", "1", "sent"], ["Pen", "2", "open"], ["Ink", "1", "sent"]]
    by = _map(header, {"item": "name", "qty": "quantity", "status": "itemStatus"})
    one = read(_written([header, *rows]).encode(), maps=[by])
    other = read(_written([header, *reversed(rows)]).encode(), maps=[by])
    assert len(one.records) == 4
    assert one.unordered() == other.unordered()


def _map(header: list[str], columns: dict[str, str], **more: Any) -> ColumnMap:
    names = [name.casefold() for name in header]
    return ColumnMap.from_json({"kind": "purchase", "header": names, "columns": columns, **more})


def test_without_a_map_it_is_proposed_for() -> None:
    """A sheet that nobody has explained is refused, with a proposal by its header."""
    found = _proposal(CONTENT.encode("cp1252"))
    draft = found.drafts["purchase"]
    assert found.kind == "purchase"
    assert draft["columns"] == {
        **MAPS[0].columns,
        "sendungsnummer": "trackingNumber",
    }
    assert draft["ids"] == ["bestell-nr.", "pos."]
    assert (draft["dates"], draft["decimals"]) == ("dmy", ",")
    assert found.sample[0][3] == "Schreibtisch „Eiche“"
    assert Proposal.from_json(orjson.loads(orjson.dumps(found.to_json()))) == found


@pytest.mark.parametrize(
    ("dates", "decimals", "expected"),
    [
        (["03/04/2026"], ["1,234"], (None, None)),
        (["03/04/2026", "13/04/2026"], ["1,234", "1,5"], ("dmy", ",")),
        (["03/04/2026", "04/13/2026"], ["1,234", "1.5"], ("mdy", ".")),
        (["13/04/2026", "04/13/2026"], ["1.5", "1,5"], (None, None)),
        (["2026-11-03", "3 Nov 2026"], ["12", "1 234"], ("", "")),
        (["3.4.26"], ["1.234,5"], ("dmy", ",")),
        (["03-04-2026"], ["0.125"], (None, ".")),
        (["2026/11/03"], ["1,234,567"], ("", ".")),
    ],
)
def test_what_has_two_readings_is_asked(
    dates: list[str], decimals: list[str], expected: tuple[str | None, str | None]
) -> None:
    """A style is proposed only where the cells show it; else it is null, and such a map refused."""
    rows = [["x", one, two] for one, two in zip(dates * 2, decimals * 2, strict=False)]
    found = _proposal(_written([["Item", "Order date", "Price"], *rows], ";").encode())
    draft = found.drafts["purchase"]
    assert (draft["dates"], draft["decimals"]) == expected
    if None in expected:
        with pytest.raises(Exception, match="two ways"):
            ColumnMap.from_json(draft)
    else:
        ColumnMap.from_json(draft)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (["订单号", "下单日期", "商品名称", "数量", "单价"], "purchase"),
        (["N° de commande", "Date de commande", "Produit", "Quantité", "Prix"], "purchase"),
        (["Rechnungsnummer", "Rechnungsdatum", "Fällig am", "Offener Betrag"], "invoice"),
        (["Publisher", "Product", "License key", "Seats", "Valid until"], "license"),
        (["Order Number", "Order Date", "Order Status", "Order Total"], "order"),
    ],
)  # fmt: skip
def test_kinds_by_their_headers(header: list[str], kind: str) -> None:
    """The likeliest kind is proposed, in several languages."""
    found = _proposal(_written([header, ["x"] * len(header)], ",").encode())
    assert found.kind == kind
    assert set(found.drafts[kind]["columns"]) >= {name.casefold() for name in header[:3]}


def test_two_maps_of_one_header_are_asked_about() -> None:
    """Where two vendors' sheets have one header, nobody guesses whose it is."""
    mine = MAPS[0].to_json()
    maps = (MAPS[0], ColumnMap.from_json({**mine, "seller": "Another"}))
    assert _proposal(CONTENT.encode("cp1252"), maps).kind == "purchase"


@pytest.mark.parametrize(
    "content",
    [
        b"Dear Anna,\n\nthank you, and see you, soon.\nYours, Bob\n",
        b'{"a": 1, "b": [1, 2, 3]}\n{"a": 1, "b": [1, 2, 3]}\n',
        b"<a>1,2,3</a>\n<a>1,2,3</a>\n",
        b"UNB+UNOC:3+A+B'\nUNH+1'\n",
        b"1,2,3\n4,5,6\n7,8,9\n",
        b"a\nb\nc\n",
        b"\x00\x01\x02\x03" * 100,
        b"%PDF-1.7\nname,price\na,1\n",
    ],
)
def test_what_is_no_table_is_not_claimed(content: bytes) -> None:
    """Other text is left to others."""
    assert not isinstance(connector_for(content), Sheet)


def test_hostile_cells_are_text_or_named() -> None:
    """A formula is text where text may stand, and no amount; a NUL is never stored."""
    by = _map(["Item", "Price"], {"item": "name", "price": "price"}, decimals=".")
    sheet = "Item,Price\n=HYPERLINK(1),1.00\nPen,=1+1\nA\0B,1.00\nPen,1.00,2.00\nPen\n"
    items = list(Sheet().extract(Document("x", io.BytesIO(sheet.encode()), [by])))
    records = [item for item in items if isinstance(item, ParsedRecord)]
    assert [record.data["name"] for record in records] == ["=HYPERLINK(1)", "A\0B"]
    assert [(item.line, item.reason) for item in items if isinstance(item, RowError)] == [
        (3, "price: is not an amount"),
        (5, "has 3 cells where the header has 2"),
        (6, "has 1 cells where the header has 2"),
    ]


def test_a_quotation_mark_that_is_never_closed() -> None:
    """What stands behind it is named as not read, not taken for one cell."""
    by = _map(["Item", "Price"], {"item": "name", "price": "price"}, decimals=".")
    reading = read(b'Item,Price\nPen,1.00\n"Ink,2.00\nCup,3.00\n', maps=[by])
    assert [record.data["name"] for record in reading.records] == ["Pen"]
    assert reading.errors == [RowError(3, "has a quotation mark that is never closed")]


def test_too_long_too_wide_or_in_no_encoding() -> None:
    """Lines, columns and bytes beyond what a table has are refused in a sentence."""
    assert _refusal(b"a" * 1_000_000) == "a line of the file is too long for a table"
    begun = CONTENT.encode("utf-8")
    assert _refusal(begun + b"x" * 3_000_000) == "a line of the file is too long for a table"
    wide = ",".join(f"column {n}" for n in range(600))
    assert _refusal(f"{wide}\n{wide}\n".encode()) == "the file is no table"
    assert _refusal(begun * 200 + b"\xff\xfe\xff") == "the file is not valid utf-8 text"


def _mutated(content: bytes) -> st.SearchStrategy[bytes]:
    """Copies of a sheet with some bytes replaced, doubled or cut out."""
    piece = st.tuples(st.integers(0, len(content)), st.integers(0, 40), st.binary(max_size=8))

    def change(pieces: list[tuple[int, int, bytes]]) -> bytes:
        out = content
        for start, length, replacement in pieces:
            out = out[:start] + replacement + out[start + length :]
        return out

    return st.lists(piece, max_size=6).map(change)


@settings(max_examples=150, deadline=None)
@given(_mutated(CONTENT.encode("cp1252")))
@example(b'"' * 3)
@example(b"a;b\n;;;\n")
def test_fuzz(content: bytes) -> None:
    """Whatever is done to a sheet: records, rows that could not be read, or one sentence."""
    for maps in ([], MAPS):
        refused = ""
        items: list[object] = []
        try:
            items = list(Sheet().extract(Document("x", io.BytesIO(content), maps)))
        except UnsupportedDocument as err:
            refused = err.message
        assert items or refused[0].islower()
