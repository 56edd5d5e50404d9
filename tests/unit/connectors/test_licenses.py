"""Licenses: what each format states, what is left out by name, and that no key stands elsewhere."""

import io
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.connectors.reading import FIXTURES, connector_for, read
from vault.connectors.base import Document
from vault.connectors.licenses import Licenses
from vault.domain.records import ParsedRecord, RowError
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "licenses"
CORPUS = Path(os.environ.get("VAULT_CORPUS", "/nowhere"))
TAGS = sorted(CORPUS.glob("swid/*/*"))
HEADERS = sorted(CORPUS.glob("licences/*/*.csv"))
REFUSED = {"primary-auth-swid.xml": "the XML is a template, which holds no SWID tag"}


def _case(name: str) -> bytes:
    return next((CASES / name).glob("input.*")).read_bytes()


def _expected(name: str) -> list[object]:
    golden = json.loads((CASES / name / "expected.json").read_text(encoding="utf-8"))
    records: list[object] = golden["records"]
    return records


@pytest.mark.skipif(not TAGS, reason="VAULT_CORPUS is not set")
def test_the_corpus_of_tags_is_read_in_full_but_for_a_template() -> None:
    """Two tags are read as they state themselves; the third file is a template of tags."""
    assert {path.name for path in TAGS} == {
        "authoritative.swidtag",
        "minimal-swid.xml",
        "primary-auth-swid.xml",
    }
    for path in TAGS:
        if path.name in REFUSED:
            with pytest.raises(UnsupportedDocument, match=REFUSED[path.name]):
                read(path.read_bytes())
            continue
        tag = ET.parse(path).getroot()
        reading = read(path.read_bytes())
        (record,) = reading.records
        name = " ".join(filter(None, (tag.get("name"), tag.get("version"))))
        makers = [e.get("name") for e in tag if "softwareCreator" in (e.get("role") or "")]
        assert record.source_id == f"swid/{tag.get('tagId')}"
        assert record.data["name"] == name
        assert [record.data.get("publisher")] == (makers or [None])
        assert reading.errors == []


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.stem)
def test_the_public_header_of_the_license_statement_is_recognised(path: Path) -> None:
    """The header of the corpus, with nothing under it, is known and holds no license."""
    reading = read(path.read_bytes())
    assert (reading.connector, reading.records, reading.errors) == ("licenses", [], [])


def test_a_statement_says_when_it_was_calculated() -> None:
    """The date in K3 goes with each license, so that a later statement wins."""
    records = read(_case("statement-xlsx")).records
    assert {record.as_of for record in records} == {"2026-10-31"}


@pytest.mark.parametrize("date", ["2026/10/31", "2026-10-31"])
@pytest.mark.parametrize("cell", ["K3", "L3"])
def test_the_date_of_a_statement_may_be_text_or_stand_one_cell_further(
    cell: str, date: str
) -> None:
    """Editions of the statement write the date as text, or in the next column."""
    book = openpyxl.load_workbook(io.BytesIO(_case("statement-xlsx")))
    book["Pivot Data"]["K3"] = None
    book["Pivot Data"][cell] = date
    out = io.BytesIO()
    book.save(out)
    assert {record.as_of for record in read(out.getvalue()).records} == {"2026-10-31"}


def test_a_statement_in_another_language_is_refused_by_name() -> None:
    """Only the English sheet is read: a sheet of another name is not guessed at."""
    book = openpyxl.load_workbook(io.BytesIO(_case("statement-xlsx")))
    book["Pivot Data"].title = "Pivot-Daten"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(UnsupportedDocument, match='no sheet "Pivot Data"'):
        read(out.getvalue())


def test_a_product_that_stands_twice_is_not_added_up() -> None:
    """The second row of a product and version is an error that names the first."""
    text = _case("statement-csv").decode()
    row = text.splitlines()[3]
    reading = read(f"{text}{row}\n".encode())
    assert reading.errors[-1].reason == "states the same product and version as row 4"
    assert len(reading.records) == 3


def test_powershell_writes_the_same_answer_with_capitals() -> None:
    """Members of Microsoft Graph's answer are known whatever the case of their names."""
    sku = json.loads(_case("graph"))["value"][0]
    capitals = {name[0].upper() + name[1:]: value for name, value in sku.items()}
    capitals["PrepaidUnits"] = {"Enabled": 25}
    for answer in ([capitals], capitals):
        reading = read(json.dumps(answer).encode())
        assert reading.golden()["records"] == _expected("graph")[:1]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (('"id": ', '"id": "1", "id": '), "a name twice"),
        (('"consumedUnits": 14', '"consumedUnits": NaN'), "NaN or Infinity"),
        (("Sample GmbH", "\\ud800"), "half of a surrogate pair"),
        (('[{"servicePlanName"', "[" * 200_000), "nested more than 100 deep"),
        (('"value"', '"values"'), None),
    ],
)
def test_json_with_no_single_meaning_is_refused(
    broken: tuple[str, str], reason: str | None
) -> None:
    """Doubles, NaN, half characters and depth refuse the answer; no list is a row's error."""
    content = _case("graph").decode().replace(*broken).encode()
    if reason is None:
        assert read(content).errors[0].reason == "has no skuPartNumber or no id"
        return
    with pytest.raises(UnsupportedDocument, match=reason):
        read(content)


@pytest.mark.parametrize("name", ["mathworks", "flexnet"])
def test_a_license_has_no_key_in_it_but_a_key_of_its_own(name: str) -> None:
    """What authenticates a line stands in license keys alone, not in ids, licenses or notices."""
    reading = read(_case(name))
    keys = {record.data["key"] for record in reading.records if record.kind == "license_key"}
    licenses = [record for record in reading.records if record.kind == "license"]
    assert len(keys) == len(licenses) == sum(record.data["hasKey"] for record in licenses)
    shown = [f"{record.source_id} {record.data}" for record in licenses]
    shown += [error.reason for error in reading.errors] + reading.notices
    assert not [text for text in shown for key in keys if key in text]
    assert not [text for text in shown if re.search(r"\b0{11}\d|5A3C", text)]


def test_what_was_issued_says_when() -> None:
    """The date of issue goes with a license where it is stated."""
    issued = {record.data["name"]: record.as_of for record in read(_case("mathworks")).records[::2]}
    assert issued == {"MATLAB": "", "SIMULINK": "2026-03-02", "TMW_Archive": ""}


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="line ends"),
        pytest.param(lambda text: re.sub(r"\\\n\s*", "", text), id="long lines"),
        pytest.param(lambda text: text.replace("\\\n", "\n"), id="no backslashes"),
        pytest.param(lambda text: text.replace("INCREMENT ", " INCREMENT\t "), id="white space"),
        pytest.param(lambda text: f"\ufeff{text}", id="BOM"),
        pytest.param(lambda text: text.encode("utf-16"), id="UTF-16"),
        pytest.param(lambda text: f"# Müller\n{text}".encode("latin-1"), id="Latin-1"),
        pytest.param(lambda text: text.split("# BEGIN")[1], id="no server"),
    ],
)
def test_ways_of_writing_a_license_file_change_nothing(variant: Callable[[str], object]) -> None:
    """Line ends, continuations, white space and encodings say nothing."""
    written = variant(_case("mathworks").decode())
    content = written if isinstance(written, bytes) else str(written).encode()
    assert read(content).golden()["records"] == _expected("mathworks")


def test_the_order_of_lines_says_nothing() -> None:
    """Two lines of one license keep their ids, whichever comes first."""
    lines = [
        f'INCREMENT MATLAB MLM {version} 31-Dec-2026 2 SN=7 SIGN="00 {version}"\n'
        for version in (50, 51)
    ]
    first, second = ("".join(lines), "".join(reversed(lines)))
    assert read(first.encode()).unordered() == read(second.encode()).unordered()


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ('SIGN="00AA \\\n\t11BB"', "00AA 11BB"),
        ("ABCDEF012345 SIGN=99", "ABCDEF012345 99"),
        ("AUTH={ sampled=( LK=77AB ) }", "sampled=( LK=77AB )"),
        ('SIGN="00AA" SIGN2="11BB"', "00AA 11BB"),
    ],
)
def test_a_key_is_whole_however_it_is_written(written: str, key: str) -> None:
    """A signature over two lines, two of them, a bare key before one: all of it is the key."""
    reading = read(f"INCREMENT a sampled 1.0 permanent 1 {written} SN=7\n".encode())
    assert reading.of("license_key") == [{"key": key}]


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("names", "issued", "left"),
    [
        ("SUPERSEDE", "ISSUED=02-jan-2026", ["5"]),
        ('SUPERSEDE="a b"', "ISSUED=02-jan-2026", ["5"]),
        ('SUPERSEDE="b"', "ISSUED=02-jan-2026", ["3", "5"]),
        ("SUPERSEDE", "ISSUED=01-jan-2025", ["3", "5"]),
        ("SUPERSEDE", "", ["3", "5"]),
        ("DUP_GROUP=U", "ISSUED=02-jan-2026", ["3", "5"]),
    ],
)
def test_what_a_later_line_supersedes_is_not_counted(
    names: str, issued: str, left: list[str], order: int
) -> None:
    """SUPERSEDE takes back what was issued before it, wherever it stands in the file."""
    lines = [
        'INCREMENT a sampled 1.0 permanent 3 ISSUED=01-jun-2025 SN=7 SIGN="00AA"\n',
        f'INCREMENT a sampled 2.0 permanent 5 {names} {issued} SN=8 SIGN="11BB"\n',
    ]
    reading = read("".join(lines[::order]).encode())
    assert sorted(data["quantityOwned"] for data in reading.of("license")) == left
    assert len(reading.notices) == 2 - len(left)
    assert all("supersedes it" in notice for notice in reading.notices)


@pytest.mark.parametrize("name", ["SIGN", "sign"])
def test_a_signature_is_a_secret_whatever_its_case(name: str) -> None:
    """It becomes the license's key, in capitals or not."""
    reading = read(f"INCREMENT a sampled 1.0 permanent 1 {name}=00AA SN=7\n".encode())
    assert reading.of("license_key") == [{"key": "00AA"}]


def test_a_file_that_names_only_a_server_is_refused_by_name() -> None:
    """A client's file has no license in it, and says where to ask for one."""
    with pytest.raises(UnsupportedDocument, match="names a server and holds no license"):
        read(b"SERVER sample-server ANY 27000\nUSE_SERVER\n")


@pytest.mark.parametrize(
    "content",
    [
        b"FEATURE list of the next release\nINCREMENT the version\n",
        b'{"skuPartNumber": 1}',
        b"<SoftwareIdentity/>",
        b"License Product Family\n",
    ],
)
def test_what_only_looks_alike_is_not_taken(content: bytes) -> None:
    """Words of a format alone do not make a document of it."""
    assert connector_for(content) is None


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda xml: re.sub(r"(</?|:)s\b", r"\1tag", xml), id="prefix"),
        pytest.param(lambda xml: xml.replace("-2/2009", "-2/2008"), id="2008"),
        pytest.param(lambda xml: re.sub(r">\s+<", "><", xml), id="white space"),
        pytest.param(lambda xml: xml.replace('"UTF-8"', '"UTF-16"').encode("utf-16"), id="UTF-16"),
    ],
)
def test_ways_of_writing_a_tag_change_nothing(variant: Callable[[str], object]) -> None:
    """Prefixes, white space, encodings and the namespace's year say nothing."""
    written = variant(_case("swid-2009").decode())
    content = written if isinstance(written, bytes) else str(written).encode()
    assert read(content).golden()["records"] == _expected("swid-2009")


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(sorted(case.name for case in CASES.iterdir())),
    st.integers(0, 4000),
    st.integers(0, 40),
    st.binary(max_size=12) | st.sampled_from([b'"', b"\\\n", b"=", b"{", b"<", b"\xff", b"\0"]),
)
@example("flexnet", 0, 4000, b'INCREMENT a b 1 permanent 1 "')
@example("statement-xlsx", 10, 26, b"")
@example("mathworks", 300, 0, b"\xed\xa0\x80")
def test_damaged_files_end_as_records_errors_or_a_refusal(
    name: str, place: int, cut: int, put: bytes
) -> None:
    """Whatever bytes are changed, nothing else than these comes out."""
    content = _case(name)
    damaged = content[:place] + put + content[place + cut :]
    document = Document("damaged", io.BytesIO(damaged))
    try:
        found = list(Licenses().extract(document))
    except UnsupportedDocument:
        return
    for item in found:
        if isinstance(item, ParsedRecord):
            assert item.source_id
        elif isinstance(item, RowError):
            assert item.reason[:1].islower() or item.reason[:1].isupper()
