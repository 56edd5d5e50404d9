"""Payments: what bank and PayPal files state, against a second reading; variants and damage."""

import io
import json
import os
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES, Reading, connector_for, read
from vault.connectors.base import Document
from vault.connectors.payments import Payments
from vault.connectors.payments.entry import negated
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "payments"
CORPUS = Path(os.environ.get("VAULT_CORPUS", "/nowhere"))
CAMT = sorted(CORPUS.glob("camt/*/*.xml"))
OFX = sorted(CORPUS.glob("ofx/*/*.ofx"))
HEADERS = sorted(CORPUS.glob("paypal-csv/*/*.csv"))
INVESTMENT = "the OFX is an investment statement, which has no payments"
REFUSED = {
    "account_listing_aggregation.ofx": "the OFX is a list of accounts, without a statement",
    "signon_fail.ofx": "the bank has refused: the OFX holds its error 15500",
    "signon_success_no_message.ofx": "the OFX holds no statement of an account",
    "td_ameritrade.ofx": INVESTMENT,
    "vanguard.ofx": INVESTMENT,
}
DATELESS = "date_missing.ofx"
STATEMENTS = [path for path in OFX if path.name not in {*REFUSED, DATELESS}]


def _case(name: str) -> bytes:
    return next((CASES / name).glob("input.*")).read_bytes()


def _expected(name: str) -> list[object]:
    golden = json.loads((CASES / name / "expected.json").read_text(encoding="utf-8"))
    records: list[object] = golden["records"]
    return records


def _find(element: ET.Element, path: str) -> list[ET.Element]:
    found = [element]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if child.tag.endswith(f"}}{name}")]
    return found


def _texts(element: ET.Element, path: str) -> list[str]:
    return [" ".join((node.text or "").split()) for node in _find(element, path)]


def _entries(root: ET.Element) -> Iterator[tuple[ET.Element, ET.Element]]:
    for path in ("BkToCstmrStmt/Stmt", "BkToCstmrDbtCdtNtfctn/Ntfctn"):
        for statement in _find(root, path):
            yield from ((statement, entry) for entry in _find(statement, "Ntry"))


@pytest.mark.skipif(not CAMT, reason="VAULT_CORPUS is not set")
def test_the_corpus_of_camt_is_read_in_full() -> None:
    """All 9 files, versions 2 to 8, are read without an error: 10 entries, none left out."""
    readings = [read(path.read_bytes()) for path in CAMT]
    assert len(readings) == 9
    assert sum(len(reading.records) for reading in readings) == 10
    assert not [reading for reading in readings if reading.errors or reading.notices]


@pytest.mark.parametrize("path", CAMT, ids=lambda path: path.stem)
def test_entries_of_a_real_camt_file(path: Path) -> None:
    """Amount, sign, currency, dates, account and references are those that each entry states."""
    entries = list(_entries(ET.parse(path).getroot()))
    payments = read(path.read_bytes()).of("payment")
    assert len(payments) == len(entries)
    for payment, (statement, entry) in zip(payments, entries, strict=True):
        (amount,) = _find(entry, "Amt")
        sign = -1 if _texts(entry, "CdtDbtInd") == ["CRDT"] else 1
        assert Decimal(payment["amount"]) == sign * Decimal(amount.text or "")
        assert payment["priceCurrency"] == amount.get("Ccy")
        for field, name in (("paymentDate", "BookgDt"), ("valueDate", "ValDt")):
            stated = _texts(entry, f"{name}/Dt") + _texts(entry, f"{name}/DtTm")
            assert payment.get(field) == (stated[0][:10] if stated else None)
        numbers = _texts(statement, "Acct/Id/IBAN") + _texts(statement, "Acct/Id/Othr/Id")
        assert payment["account"] == numbers[0][-4:]
        assert [payment.get("transactionId")] == [*_texts(entry, "AcctSvcrRef"), None][:1]
        details = "NtryDtls/TxDtls/"
        references = _texts(entry, f"{details}RmtInf/Strd/CdtrRefInf/Ref")
        references = references or _texts(entry, f"{details}Refs/EndToEndId")
        assert payment.get("reference", "") == ", ".join(references)
        assert set(_texts(entry, f"{details}RmtInf/Ustrd")) <= {
            *payment.get("note", "").split("\n")
        }


@pytest.mark.skipif(not CAMT, reason="VAULT_CORPUS is not set")
def test_an_entry_whose_transactions_say_another_amount_stands_and_is_named() -> None:
    """Version 3's file books 8.85 and details 105.750: the booked amount is kept."""
    (path,) = [path for path in CAMT if path.name == "camt053.v3.xml"]
    (payment,) = read(path.read_bytes()).of("payment")
    assert payment["amount"] == "-8.85"
    assert payment["mismatches"][0]["computed"] == "-105.750"


@pytest.mark.skipif(not OFX, reason="VAULT_CORPUS is not set")
def test_the_corpus_of_ofx_is_read_in_full_or_refused_by_name() -> None:
    """Of 13 files 7 are read in full, 5 hold no payments, and one has no readable date."""
    assert len(OFX) == 13
    assert len(STATEMENTS) == 7
    assert {path.name for path in OFX} >= {*REFUSED, DATELESS}
    assert not [path for path in STATEMENTS if read(path.read_bytes()).errors]


@pytest.mark.parametrize(
    "path", [path for path in OFX if path.name in REFUSED], ids=lambda path: path.stem
)
def test_what_holds_no_payments_is_refused_by_name(path: Path) -> None:
    """Investment statements, failed sign-ons and lists of accounts say what they are."""
    with pytest.raises(UnsupportedDocument, match=re.escape(REFUSED[path.name])):
        read(path.read_bytes())


@pytest.mark.skipif(not OFX, reason="VAULT_CORPUS is not set")
def test_transactions_without_a_date_are_named_with_their_lines() -> None:
    """A missing, an empty and an impossible date are three errors, and no date is made up."""
    (path,) = [path for path in OFX if path.name == DATELESS]
    reading = read(path.read_bytes())
    assert reading.records == []
    assert [(error.line, error.reason) for error in reading.errors] == [
        (33, "has no DTPOSTED"),
        (40, "has no DTPOSTED"),
        (48, "DTPOSTED is a day that does not exist"),
    ]


@pytest.mark.parametrize("path", STATEMENTS, ids=lambda path: path.stem)
def test_transactions_of_a_real_ofx_file(path: Path) -> None:
    """Amount, day, name and memo of each transaction are there, by a plain search of the text."""
    text = path.read_text(encoding="cp1252")
    blocks = re.findall(r"<STMTTRN>(.*?)</STMTTRN>", text, re.DOTALL)
    assert len(blocks) == text.count("<STMTTRN>")
    payments = read(path.read_bytes()).of("payment")
    assert len(payments) == len(blocks)
    for payment, block in zip(payments, blocks, strict=True):
        stated = {n: v.strip() for n, v in re.findall(r"<([A-Z]+)>([^<]*)", block)}
        assert Decimal(payment["amount"]) == -Decimal(stated["TRNAMT"])
        assert payment["paymentDate"].replace("-", "") == stated["DTPOSTED"][:8]
        name, memo = stated.get("NAME"), stated.get("MEMO")
        assert payment.get("payee", {}).get("name") == name
        assert payment.get("note") == (None if memo == name else memo)


def test_cash_of_an_investment_account_is_read_and_its_securities_are_not() -> None:
    """A bill paid by the broker is a payment; a purchase of shares is counted nowhere."""
    bought = (
        "<BUYSTOCK><INVBUY><INVTRAN><FITID>T-1<DTTRADE>20261003</INVTRAN><UNITS>10"
        "<UNITPRICE>5<TOTAL>-50.00</INVBUY></BUYSTOCK>"
    )
    paid = (
        "<INVBANKTRAN><STMTTRN><TRNTYPE>PAYMENT<DTPOSTED>20261004<TRNAMT>-00000197.10"
        "<FITID>CASH-0001<NAME>Example Power</STMTTRN><SUBACCTFUND>CASH</INVBANKTRAN>"
    )
    content = (
        "<OFX><INVSTMTMSGSRSV1><INVSTMTTRNRS><INVSTMTRS><CURDEF>USD<INVACCTFROM>"
        "<BROKERID>broker.example<ACCTID>X000001234</INVACCTFROM><INVTRANLIST>{}</INVTRANLIST>"
        "</INVSTMTRS></INVSTMTTRNRS></INVSTMTMSGSRSV1></OFX>"
    )
    reading = read(content.format(bought + paid).encode())
    assert reading.of("payment") == [
        {
            "paymentDate": "2026-10-04",
            "amount": "197.10",
            "priceCurrency": "USD",
            "payee": {"name": "Example Power"},
            "paymentMethod": "payment",
            "account": "1234",
            "transactionId": "CASH-0001",
        }
    ]
    assert reading.notices == ["not read: what the investment statement says of securities"]
    with pytest.raises(UnsupportedDocument, match=re.escape(INVESTMENT)):
        read(content.format(bought).encode())


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.stem)
def test_the_public_header_of_paypal_is_recognised(path: Path) -> None:
    """The header of the corpus, with nothing under it, is known and holds no payment."""
    reading = read(path.read_bytes())
    assert (reading.connector, reading.records, reading.errors) == ("payments", [], [])


def _shown(reading: Reading) -> str:
    return json.dumps(reading.golden())


@pytest.mark.parametrize(
    ("case", "account"),
    [
        ("ofx-bank", "9900001234"),
        ("ofx-card-xml", "4000000000004242"),
        ("camt-053", "XX00SAMPLE0000004321"),
    ],
)
def test_the_number_of_an_account_stands_nowhere(case: str, account: str) -> None:
    """Of the customer's own account the last four characters are kept, also in ids of the bank."""
    shown = _shown(read(_case(case)))
    assert account.encode() in _case(case)
    assert account not in shown
    assert account[-6:] not in shown


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="line ends"),
        pytest.param(lambda text: re.sub(r"\n(?=<)", "", text), id="one line"),
        pytest.param(lambda text: text.replace("<", "\n\t<"), id="white space"),
        pytest.param(lambda text: text[text.index("<OFX>") :], id="no header"),
        pytest.param(lambda text: re.sub(r"</?[A-Z.]+>", lambda t: t[0].lower(), text), id="case"),
        pytest.param(lambda text: re.sub(r"<([A-Z]+)>([^<\n]+)", r"<\1>\2</\1>", text), id="ends"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: text.replace("</STMTTRN>", ""), id="never closed"),
        pytest.param(lambda text: text.replace("<NAME>", "<NEW.TAG>x<NAME>"), id="extensions"),
    ],
)
def test_ways_of_writing_ofx_change_nothing(variant: Callable[[str], object]) -> None:
    """Line ends, end tags, case, encodings and a bank's own tags say nothing."""
    written = variant(_case("ofx-bank").decode())
    content = written if isinstance(written, bytes) else str(written).encode()
    assert read(content).golden()["records"] == _expected("ofx-bank")


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_letters_survive_whatever_the_header_says(encoding: str) -> None:
    """Banks write CHARSET:1252 over UTF-8 as well as over Windows' own encoding."""
    text = _case("ofx-bank").decode().replace("Odd sign", "Café Zürich")
    names = [p["payee"]["name"] for p in read(text.encode(encoding)).of("payment")]
    assert "Café Zürich" in names


def test_the_order_of_transactions_says_nothing() -> None:
    """The same transactions in another order have the same ids."""
    head, _, body = _case("ofx-bank").decode().partition("<STMTTRN>")
    body, _, tail = body.rpartition("</STMTTRN>")
    blocks = [f"<STMTTRN>{block}" for block in f"{body}</STMTTRN>".split("<STMTTRN>")]
    turned = f"{head}{''.join(reversed(blocks))}{tail}".encode()
    assert read(turned).unordered() == read(_case("ofx-bank")).unordered()


def test_one_number_for_two_transactions_keeps_both() -> None:
    """Where a bank gives a number twice, what the transactions say tells them apart."""
    text = _case("ofx-bank").decode().replace("TXN-0003", "TXN-0001")
    records = read(text.encode()).records
    assert len({record.source_id for record in records}) == len(records) == 9


def test_a_bank_that_counts_anew_in_each_file_loses_nothing() -> None:
    """A number of a few digits is not enough to say that two transactions are the same."""
    text = _case("ofx-bank").decode()
    first, second = (text, text.replace("20261007", "20261107"))
    ids = [{r.source_id for r in read(content.encode()).records} for content in (first, second)]
    assert len(ids[0] - ids[1]) == len(ids[1] - ids[0]) == 1


@pytest.mark.parametrize("moment", ["20180804093914:014", "today", "", "20180231"])
def test_a_strange_time_of_the_server_is_no_transactions_fault(moment: str) -> None:
    """When the file was written is taken where it can be read, and is missed by no transaction."""
    text = _case("ofx-bank").decode().replace("20261101120000.000[-5:EST]", moment)
    reading = read(text.encode())
    assert len(reading.records) == 9
    as_of = "2018-08-04" if ":" in moment else ""
    assert {record.as_of for record in reading.records} == {as_of}


def test_a_file_cut_short_says_so() -> None:
    """What was read of it is kept, and the end is named as missing."""
    content = _case("ofx-bank")
    reading = read(content[: content.index(b"<FITID>TXN-0004")])
    assert reading.errors[-1].reason == "the file ends within the statement"
    assert len(reading.of("payment")) == 4


@pytest.mark.parametrize(
    ("put", "reason"),
    [
        (b"<!DOCTYPE OFX>", "the OFX has a DOCTYPE"),
        (b'<!ENTITY a "b">', "the OFX has a DOCTYPE"),
        (b"<!-- never closed", "not well-formed at line"),
        (b"<![CDATA[ never closed", "not well-formed at line"),
        (b"".join(b"<A%d>" % n for n in range(70)), "nested more than 64 deep"),
    ],
)
def test_hostile_ofx_is_refused(put: bytes, reason: str) -> None:
    """Document types, endless comments and depth are refused, before anything comes of them."""
    content = _case("ofx-bank").replace(b"<BANKMSGSRSV1>", put + b"<BANKMSGSRSV1>", 1)
    with pytest.raises(UnsupportedDocument, match=reason):
        read(content)


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda xml: xml.replace("c:", "x:").replace(":c=", ":x="), id="prefix"),
        pytest.param(lambda xml: re.sub(r">\s+<", "><", xml), id="no white space"),
        pytest.param(lambda xml: xml.replace("><", ">\r\n\t<"), id="other white space"),
        pytest.param(lambda xml: xml.replace("001.08", "001.13"), id="version"),
        pytest.param(lambda xml: xml.replace('"UTF-8"', '"UTF-16"').encode("utf-16"), id="UTF-16"),
        pytest.param(lambda xml: f"<e>{xml.split('?>')[1]}</e>", id="envelope"),
        pytest.param(
            lambda xml: re.sub(r"<c:Sts><c:Cd>(\w+)</c:Cd></c:Sts>", r"<c:Sts>\1</c:Sts>", xml),
            id="status of version 2",
        ),
        pytest.param(lambda xml: re.sub(r"</?c:Pty>", "", xml), id="parties of version 2"),
        pytest.param(
            lambda xml: (
                xml.replace("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn")
                .replace("c:Stmt>", "c:Ntfctn>")
                .replace("camt.053", "camt.054")
            ),
            id="as notification",
        ),
    ],
)
def test_ways_of_writing_camt_change_nothing(variant: Callable[[str], object]) -> None:
    """Prefixes, white space, versions and envelopes say nothing; 053 and 054 give the same ids."""
    written = variant(_case("camt-053").decode())
    content = written if isinstance(written, bytes) else str(written).encode()
    assert read(content).golden()["records"] == _expected("camt-053")


def test_a_batch_is_split_only_where_its_parts_add_up() -> None:
    """Parts that add up are payments of their own; parts that do not leave the entry whole."""
    xml = _case("camt-053").decode().replace(">60.00<", ">61.00<", 1)
    first = read(xml.encode()).of("payment")[0]
    assert first["amount"] == "160.00"
    assert "payee" not in first
    assert first["referencesInvoice"] == ["SI-2026-0042"]
    assert first["mismatches"][0]["computed"] == "161.00"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"<Document><BkToCstmrAcctRpt></BkToCstmrAcctRpt></Document>",
            "a CAMT.052 report is not final",
        ),
        (
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.056.001.02"/>',
            "the XML holds no CAMT.053 statement",
        ),
        (b"<!DOCTYPE a><Document><BkToCstmrStmt></BkToCstmrStmt></Document>", "DOCTYPE"),
    ],
)
def test_other_messages_are_refused_by_name(content: bytes, reason: str) -> None:
    """A report of the day and other messages of banks are no statements."""
    with pytest.raises(UnsupportedDocument, match=reason):
        read(content)


def _paypal(*dates: str, gross: str = "-1.00") -> Reading:
    header = "Date,Type,Status,Currency,Gross,Transaction ID"
    rows = [f'{d},Payment,Completed,EUR,"{gross}",{n}' for n, d in enumerate(dates)]
    return read("\n".join((header, *rows)).encode())


@pytest.mark.parametrize(
    ("dates", "gross", "first"),
    [
        (("10/05/2026", "10/15/2026"), "-1.00", "2026-10-05"),
        (("10/05/2026", "15/05/2026"), "-1.00", "2026-05-10"),
        (("10/05/2026",), "-1,00", "2026-05-10"),
        (("10.05.2026",), "-1.00", "2026-05-10"),
        (("10-05-2026",), "-1.00", "2026-05-10"),
        (("2026-10-05",), "-1.00", "2026-10-05"),
    ],
)
def test_dates_are_read_as_the_whole_file_writes_them(
    dates: tuple[str, ...], gross: str, first: str
) -> None:
    """A day beyond 12, a decimal comma or another separator tells which number is the month."""
    reading = _paypal(*dates, gross=gross)
    assert reading.of("payment")[0]["paymentDate"] == first
    assert not reading.notices


def test_dates_that_tell_nothing_are_read_as_documented_and_said_to_be() -> None:
    """Where every day is below 13, PayPal's documented style is taken, with a notice."""
    reading = _paypal("10/05/2026")
    assert reading.of("payment")[0]["paymentDate"] == "2026-10-05"
    assert "read as MM/DD/YYYY" in reading.notices[0]


@pytest.mark.parametrize(
    ("written", "day"), [("10/15/26", "2026-10-15"), ("10/15/99", "1999-10-15"), ("15.10.26", None)]
)
def test_a_year_of_two_digits_is_one_in_which_paypal_paid(written: str, day: str | None) -> None:
    """A spreadsheet that saved the file shortens years between slashes; other dates are none."""
    reading = _paypal(written)
    assert [data["paymentDate"] for data in reading.of("payment")] == ([day] if day else [])
    assert len(reading.errors) == (day is None)


def test_two_styles_in_one_file_are_refused() -> None:
    """Dates that contradict one another are not sorted out row by row."""
    with pytest.raises(UnsupportedDocument, match="in two ways"):
        _paypal("10/15/2026", "15/10/2026")


@pytest.mark.parametrize("gross", ["-1.234", "1,2,3.00", "NaN", "", "-1.00 EUR"])
def test_an_amount_of_no_known_style_is_an_error(gross: str) -> None:
    """Neither a lone group of thousands nor a word is guessed at."""
    reading = _paypal("10/15/2026", gross=gross)
    assert [error.reason for error in reading.errors] == ["Gross is not an amount"]


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("-1.234,50", "1234.50"),
        ("-1,234.50", "1234.50"),
        ("-1,234,567.50", "1234567.50"),
        ("-386,80", "386.80"),
        ("-1,234", "1.234"),
        ("-1.234.567", None),
        ("-1,234,567", None),
    ],
)
def test_thousands_in_ofx_are_read_where_both_signs_stand(written: str, amount: str | None) -> None:
    """OFX knows none: one sign alone is a decimal mark, and several of it are no amount."""
    content = (
        "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>EUR<BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT"
        f"<DTPOSTED>20261004<TRNAMT>{written}<FITID>TXN-0001</STMTTRN></BANKTRANLIST></STMTRS>"
        "</STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    reading = read(content.encode())
    assert [payment["amount"] for payment in reading.of("payment")] == ([amount] if amount else [])
    assert len(reading.errors) == (amount is None)


@pytest.mark.parametrize(
    ("amount", "other"), [("1.50", "-1.50"), ("-1", "1"), ("0.00", "0.00"), ("-0.10", "0.10")]
)
def test_the_other_sign(amount: str, other: str) -> None:
    """Money out is positive in the vault, whatever sign the file has; zero has none."""
    assert negated(amount) == other


@pytest.mark.parametrize(
    "content", [b"<html><body>OFX</body></html>", b"Date,Type,Gross\n", b"<Document/>", b"OFX\n"]
)
def test_what_only_looks_alike_is_not_taken(content: bytes) -> None:
    """Words of a format alone do not make a document of it."""
    connector = connector_for(content)
    assert connector is None or connector.manifest.slug != "payments"


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(case.name for case in CASES.iterdir())),
    st.integers(0, 5000),
    st.integers(0, 60),
    st.binary(max_size=12) | st.sampled_from([b"<", b">", b"&", b"/", b'"', b"\xff", b"\0", b"9"]),
)
@example("ofx-bank", 0, 190, b"")
@example("camt-053", 0, 40, b"<?xml version='1.0' encoding='x'?>")
def test_damaged_files_end_as_records_errors_or_a_refusal(
    name: str, place: int, cut: int, put: bytes
) -> None:
    """Whatever bytes are changed, nothing else than these comes out."""
    content = _case(name)
    document = Document("damaged", io.BytesIO(content[:place] + put + content[place + cut :]))
    try:
        found = list(Payments().extract(document))
    except UnsupportedDocument:
        return
    for item in found:
        if isinstance(item, ParsedRecord):
            assert item.source_id
        elif isinstance(item, RowError):
            assert item.reason
