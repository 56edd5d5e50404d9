"""X12: what real files state, against a second plain reading; ways of writing; what is refused."""

import json
import os
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, connector_for, read
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "x12"
UNREAD = {"x12.832.edi": "X12 832 (price and sales catalog) is not read"}


def _corpus() -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root, "x12").glob("*/*"))


FILES = [path for path in _corpus() if path.name not in UNREAD]
OTHERS = [path for path in _corpus() if path.name in UNREAD]


def _plain(path: Path) -> list[list[str]]:
    """Split a real file on its separators alone: another way than the connector's."""
    text = path.read_text(encoding="utf-8-sig").replace("~", "\n")
    return [line.strip().split("*") for line in text.split("\n") if line.strip()]


def _of(segments: list[list[str]], name: str) -> list[list[str]]:
    return [[*segment, *[""] * 12] for segment in segments if segment[0] == name]


def _iso(digits: str) -> str:
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_the_corpus_is_read_in_full_but_for_a_catalog() -> None:
    """6 files of 7 are read without an error; the other is an 832, refused by name."""
    readings = [read(path.read_bytes(), path.name) for path in FILES]
    assert len(readings) == 6
    assert {reading.connector for reading in readings} == {"x12"}
    assert not [reading.errors for reading in readings if reading.errors]
    assert len(OTHERS) == len(UNREAD)


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_another_transaction_set_of_the_corpus_is_refused_by_name(path: Path) -> None:
    """The refusal says which transaction set it is."""
    with pytest.raises(UnsupportedDocument) as refusal:
        read(path.read_bytes())
    assert UNREAD[path.name] in refusal.value.message


@pytest.mark.parametrize(
    "path", [path for path in FILES if ".810" in path.name], ids=lambda path: path.stem
)
def test_an_invoice_of_the_corpus_is_read_as_it_states(path: Path) -> None:
    """Number, dates, order, currency, total in cents, payee and lines are those of the file."""
    segments = _plain(path)
    reading = read(path.read_bytes())
    (invoice,) = reading.of("invoice")
    (begin,), (total,) = _of(segments, "BIG"), _of(segments, "TDS")
    assert (invoice["invoiceNumber"], invoice["issueDate"]) == (begin[2], _iso(begin[1]))
    assert invoice["typeCode"] == {"DI": "380"}[begin[7]]
    assert Decimal(invoice["totalPaymentDue"]) == Decimal(total[1]) / 100
    assert invoice["priceCurrency"] == _of(segments, "CUR")[0][2]
    (remit,) = [party for party in _of(segments, "N1") if party[1] == "RI"]
    assert invoice["payee"] == {"name": remit[2]}
    sender = _of(segments, "ISA")[0]
    assert invoice["provider"] == {"identifier": f"{sender[5]}:{sender[6].strip()}"}
    ordered = [begin[4]] if begin[4] else [line[7] for line in _of(segments, "IT1")]
    assert invoice["referencesOrder"] == ordered
    for stated, line in zip(invoice["lines"], _of(segments, "IT1"), strict=True):
        assert (stated["quantity"], stated["price"]) == (line[2], line[4])
        assert stated.get("sku", "") == (line[7] if line[6] == "VP" else "")
    assert all(data["orderNumber"] in ordered for data in reading.of("purchase"))


@pytest.mark.parametrize(
    "path", [path for path in FILES if ".810" not in path.name], ids=lambda path: path.stem
)
def test_an_order_of_the_corpus_is_read_as_it_states(path: Path) -> None:
    """Number, date and lines of an order or its acknowledgment are those of the file."""
    segments = _plain(path)
    reading = read(path.read_bytes())
    (order,) = reading.of("order")
    begin = (_of(segments, "BEG") + _of(segments, "BAK"))[0]
    dated = begin[5] if begin[0] == "BEG" else begin[4]
    assert (order["orderNumber"], order["orderDate"]) == (begin[3], _iso(dated))
    for bought, line in zip(reading.of("purchase"), _of(segments, "PO1"), strict=True):
        assert (bought["quantity"], bought["unitCode"], bought["price"]) == tuple(line[2:5])
        named = dict(zip(line[6::2], line[7::2], strict=False))
        assert bought.get("sku") == named.get("VN")
        assert bought.get("gtin") == named.get("EN")
    names = [segment[5] for segment in _of(segments, "PID")]
    assert [data["name"] for data in reading.of("purchase") if "name" in data] == names


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_one_order_with_and_without_terminators_is_the_same() -> None:
    """Two files of the corpus state one order, one with `~`, one with line ends alone."""
    first, second = (path for path in FILES if path.name in {"850.edi", "850_2.edi"})
    assert read(first.read_bytes()).golden() == read(second.read_bytes()).golden()


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_a_total_of_the_corpus_that_does_not_come_out_is_named() -> None:
    """An invoice whose TDS leaves out its own discount keeps it, with what follows beside it."""
    (path,) = [path for path in FILES if path.name == "x12.810c.edi"]
    (invoice,) = read(path.read_bytes()).of("invoice")
    assert invoice["totalPaymentDue"] == "411.92"
    assert {mismatch["computed"] for mismatch in invoice["mismatches"]} == {"370.73"}


def _text(case: str) -> str:
    return (CASES / case / "input.edi").read_text(encoding="utf-8")


def _expected(case: str) -> object:
    golden = json.loads((CASES / case / "expected.json").read_text(encoding="utf-8"))
    return golden["records"]


@pytest.mark.parametrize(
    "written",
    [
        pytest.param(lambda text: text.replace("~\n", "~"), id="one line"),
        pytest.param(lambda text: text.replace("~\n", "~\r\n\t"), id="line ends and tabs"),
        pytest.param(lambda text: text.replace("~\n", "\n"), id="line ends terminate"),
        pytest.param(lambda text: text.replace("~\n", "\r"), id="carriage returns terminate"),
        pytest.param(lambda text: text.replace("~\n", " \n"), id="blanks before line ends"),
        pytest.param(lambda text: text.replace("*", "\x1d").replace("~", "\x1c"), id="controls"),
        pytest.param(lambda text: text.replace("~", "!").replace("*", "~"), id="~ separates"),
        pytest.param(lambda text: text.replace("*P*>~", "*P*~"), id="no component separator"),
        pytest.param(lambda text: "\ufeff\n" + text, id="BOM"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.encode() + b"\x1a\0\0", id="mainframe's end"),
        pytest.param(lambda text: text.replace("     ", ""), id="unpadded ISA"),
        pytest.param(lambda text: text.replace("REF*CO*SO-5512~\n", "REF*CO*SO\n-5512~\n"), id="w"),
        pytest.param(lambda text: text.replace("UPS GROUND**CN*1Z00000001~", "UPS"), id="lost ~"),
        pytest.param(lambda text: text[text.index("GS*") : text.index("IEA*")], id="from GS"),
    ],
)
def test_ways_of_writing_change_nothing(written: Callable[[str], str | bytes]) -> None:
    """Separators, line ends, padding, encodings say nothing: the records are the same."""
    variant = written(_text("invoices"))
    reading = read(variant if isinstance(variant, bytes) else variant.encode())
    assert not reading.errors
    assert _numbers(reading.golden()["records"]) == _numbers(_expected("invoices"))


def _numbers(records: object) -> str:
    """What a file without interchange cannot say of its sender is the same here: N1 names it."""
    return json.dumps(records, sort_keys=True)


def test_a_file_that_begins_at_a_transaction_set_is_read() -> None:
    """ST alone says how its segments are separated."""
    text = _text("invoices")
    part = text[text.index("ST*") : text.index("GE*")]
    assert _numbers(read(part.encode()).golden()["records"]) == _numbers(_expected("invoices"))


def test_lines_that_are_wrapped_at_a_width_are_joined() -> None:
    """Where a sender cuts its text into lines of 80, the cuts are no ends of segments."""
    text = _text("invoices").replace("\n", "")
    cut = "\n".join(text[at : at + 80] for at in range(0, len(text), 80))
    assert _numbers(read(cut.encode()).golden()["records"]) == _numbers(_expected("invoices"))


def test_latin_1_is_read_where_the_text_is_no_utf_8() -> None:
    """X12's extended characters are those of Latin-1."""
    text = _text("invoices").replace("Harbor Receivables", "Café Receivables")
    (invoice, _) = read(text.encode("latin-1")).of("invoice")
    assert invoice["payee"]["name"] == "Café Receivables LLC"


def _one(text: str, *change: str) -> Reading:
    return read(text.replace(*change).encode())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("TDS*277267~", "TDS*27A~"), "the transaction set 810 8120001: TDS01 is not a number"),
        (("BIG*20260302*", "BIG*20260231*"), "BIG01 is not a date"),
        (("BIG*20260302*", "BIG*March 2*"), "BIG01 is not a date"),
        (("IT1*1*2*EA*1249.5", "IT1*1*2*EA*1.249,5"), "IT104 is not a number"),
        (("TDS*277267~", f"TDS*{'9' * 40}~"), "TDS01 has too many digits"),
        (("HD-300412", ""), "the document has no number"),
        (("***DI*00~", "***DI*01~"), "the invoice HD-300412 is withdrawn (BIG08 is 01)"),
        (("BIG*20260302", "BOG*20260302"), "has no BIG"),
    ],
)
def test_an_invoice_that_cannot_be_read_is_named_and_loses_no_other(
    change: tuple[str, str], reason: str
) -> None:
    """The broken one is an error that names set and element, the other is read."""
    reading = _one(_text("invoices"), *change)
    (error,) = reading.errors
    assert reason in error.reason
    assert error.line == 3
    assert [invoice["invoiceNumber"] for invoice in reading.of("invoice")] == ["HD-CR-77"]


@pytest.mark.parametrize("kept", range(3, 41))
def test_a_file_that_is_cut_off_says_so_and_keeps_what_is_whole(kept: int) -> None:
    """Cut after any segment, complete sets stay, and an error says what has no end."""
    whole = _text("invoices").splitlines(keepends=True)
    reading = read("".join(whole[:kept]).encode())
    assert any("is cut off" in error.reason for error in reading.errors)
    numbers = [invoice["invoiceNumber"] for invoice in reading.of("invoice")]
    assert numbers == ["HD-300412", "HD-CR-77"][: (kept >= 30) + (kept >= 39)]


ISA = "ISA*00* *00* *ZZ*A*ZZ*B*030910*1059*U*00401*1*0*T*"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ISA, "the interchange header (ISA) does not say how segments end"),
        (f"{ISA}>~IEA*0*1~", "the X12 file holds no transaction set"),
        (f"{ISA}>~ST*997*1~SE*2*1~IEA*1*1~", "X12 997 (functional acknowledgment) is not read"),
        (f"{ISA}>~ST*123*1~SE*2*1~IEA*1*1~", "X12 123 is not read"),
    ],
)
def test_what_holds_nothing_to_read_is_refused(text: str, reason: str) -> None:
    """No terminator, no set, sets of other kinds alone: each has its sentence."""
    with pytest.raises(UnsupportedDocument) as refusal:
        read(text.encode())
    assert reason in refusal.value.message


def test_a_header_alone_is_cut_off_or_unknown() -> None:
    """An interchange that holds nothing has no end; half an ISA is no X12 yet."""
    assert [error.reason for error in read(f"{ISA}>~".encode()).errors] == [
        "the interchange is cut off: it has no IEA"
    ]
    assert connector_for(b"ISA*00*          *00*") is None


@pytest.mark.parametrize("text", ["STATUS,1,2\n", "GS is a gas", "ISAAC NEWTON", "ST,810,1\nA,b"])
def test_other_text_is_not_taken_for_x12(text: str) -> None:
    """What only begins with the letters of a segment is none."""
    found = connector_for(text.encode())
    assert found is None or found.manifest.slug != "x12"


def test_a_stated_decimal_point_stands() -> None:
    """N2 has two implied decimals; an amount with a decimal point is taken as written."""
    (invoice, _) = _one(_text("invoices"), "TDS*277267~", "TDS*2772.67~").of("invoice")
    assert invoice["totalPaymentDue"] == "2772.67"


@pytest.mark.parametrize(
    ("stated", "rate"),
    [("8", "8"), (".08", "8"), ("0.0800", "8"), ("7", ""), ("", "")],
)
def test_a_rate_of_tax_is_a_percentage_or_a_fraction_by_its_amount(stated: str, rate: str) -> None:
    """Senders write both; what comes out with the tax's amount is it, nothing is guessed."""
    (invoice, _) = _one(_text("invoices"), "199.92*8**", f"199.92*{stated}**").of("invoice")
    assert invoice["lines"][0].get("taxRate", "") == rate


def test_two_due_dates_are_not_chosen_between() -> None:
    """Terms that state two dates leave the due date out, and it is named."""
    more = "DTM*011*20260301~", "DTM*814*20260501~"
    (invoice, _) = _one(_text("invoices"), *more).of("invoice")
    assert "paymentDueDate" not in invoice
    assert invoice["mismatches"][0]["stated"] == "2026-04-01, 2026-05-01"


def test_days_in_the_place_of_a_due_date_are_named() -> None:
    """Some write the net days where their date belongs: no date is made of them, all else stays."""
    change = "*20260312*10*20260401*30~", "**10*30~"
    (invoice, _) = _one(_text("invoices"), *change).of("invoice")
    assert "paymentDueDate" not in invoice
    assert {"field": "paymentDueDate", "stated": "30", "reason": "ITD06 is not a date"} in invoice[
        "mismatches"
    ]


def test_two_answers_of_a_day_without_reference_are_two() -> None:
    """An acknowledgment without a reference is told apart by its transaction set's number."""
    text = _text("responses-5010").replace("*SO-5512*", "**").replace("*SO-5513*", "**")
    reading = read(text.replace("PO-77121", "PO-77120").encode())
    orders = {record.source_id for record in reading.records if record.kind == "order"}
    assert len(orders) == 2


def test_a_notice_without_parents_is_the_same() -> None:
    """Where HL02 is not stated, a level stands under the one before it of a higher rank."""
    text = _text("ship-notice")
    for number, parent in ((2, 1), (3, 2), (4, 3), (5, 2), (6, 5), (7, 5), (8, 5), (9, 1)):
        text = text.replace(f"HL*{number}*{parent}*", f"HL*{number}**")
    assert read(text.encode()).golden()["records"] == _expected("ship-notice")


def test_a_notice_that_names_no_order_is_an_error() -> None:
    """Without PRF or an order number among an item's pairs nothing is known of any order."""
    text = _text("ship-notice").replace("PRF*", "PRQ*").replace("*ON*IGNORED", "")
    reading = read(text.encode())
    assert [error.reason for error in reading.errors] == [
        "the transaction set 856 0820: names no order for an item"
    ]


def test_what_was_written_later_says_so() -> None:
    """Each document tells as of when it speaks: its own date, else that of its group."""
    found = {case: read(_text(case).encode()).records[0].as_of for case in ("ship-notice",)}
    assert found == {"ship-notice": "2026-03-01"}
    text = _text("ship-notice").replace("*20260301*183000", "**183000")
    assert read(text.encode()).records[0].as_of == "2026-03-01"
    assert read(_text("responses-5010").encode()).records[0].as_of == "2026-02-25"
