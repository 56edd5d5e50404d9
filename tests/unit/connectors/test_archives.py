"""A ZIP of mixed documents, through the real child process: each is read or refused by name."""

import hashlib
import io
import struct
import warnings
import zipfile
from dataclasses import dataclass

import pytest

from tests.unit.connectors.reading import FIXTURES
from vault.connectors import reader
from vault.connectors.reader import Limits
from vault.connectors.sandbox import SandboxedParser
from vault.errors import UnsupportedDocument

RETAIL = (FIXTURES / "amazon" / "retail-2026" / "input.csv").read_bytes()
INVOICE = (FIXTURES / "einvoice" / "invoice" / "input.xml").read_bytes()
FEED = (FIXTURES / "cdw" / "asset-feed-xlsx" / "input.xlsx").read_bytes()
SHEET = (FIXTURES / "sheet" / "payables" / "input.csv").read_bytes()
WHOLE = (FIXTURES / "amazon" / "whole-archive" / "input.zip").read_bytes()


@dataclass
class Told:
    """What a run said of one document."""

    filename: str
    connector: str | None
    records: list[bytes]
    refusal: str | None
    digest: str
    unreadable: int


def zipped(*entries: tuple[str, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of some entries, also of the same name."""
    out = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(out, "w", packing) as archive:
        warnings.simplefilter("ignore")
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


def told(content: bytes, filename: str = "docs.zip", limits: Limits | None = None) -> list[Told]:
    """Read a file to its end."""
    found = []
    for run in SandboxedParser(limits or Limits()).documents(filename, content):
        try:
            records = [line for batch in run for line in batch]
        except UnsupportedDocument:
            records = []
        found.append(
            Told(run.filename, run.connector, records, run.refusal, run.digest, run.unreadable)
        )
    return found


def test_each_document_of_an_archive_is_read_by_its_own_connector() -> None:
    """Records, unreadable rows and digests are those of each document, as if it came alone."""
    documents = [("a/Order History.csv", RETAIL), ("b/invoice.xml", INVOICE), ("feed.xlsx", FEED)]
    found = told(zipped(*documents))
    assert [one.connector for one in found] == ["amazon", "einvoice", "cdw"]
    for one, (name, content) in zip(found, documents, strict=True):
        [alone] = told(content, name)
        assert one.filename == f"docs.zip › {name}"  # noqa: RUF001 as it is shown
        assert one.records == alone.records
        assert one.unreadable == alone.unreadable
        assert one.digest == hashlib.sha256(content).hexdigest() == alone.digest


def test_a_sheet_in_an_archive_says_that_it_is_to_be_unpacked() -> None:
    """What its columns mean can only be said of a file that was chosen by itself."""
    invoice, sheet = told(zipped(("invoice.xml", INVOICE), ("list.csv", SHEET)))
    assert invoice.records
    assert sheet.refusal == (
        "this sheet needs a column map: unpack it and choose it by itself, to say what its "
        "columns mean"
    )
    [alone] = told(SHEET, "list.csv")
    assert alone.refusal == ("this sheet needs a column map: nobody has said what its columns mean")


def test_what_is_refused_in_an_archive_is_named_and_keeps_nothing_else_out() -> None:
    """Foreign, empty, broken and nested entries are refused one by one, each with its reason."""
    found = told(
        zipped(
            ("notes.txt", b"Dear Anna"),
            ("empty.csv", b""),
            ("broken.xml", INVOICE[:1500]),
            ("more.zip", zipped(("a.csv", RETAIL))),
            ("named like a document.xml", zipped(("a.csv", RETAIL))),
            ("backup.tar.gz", b"\x1f\x8b"),
            ("invoice.xml", INVOICE),
        )
    )
    refusals = {one.filename.partition(" › ")[2]: one.refusal for one in found}  # noqa: RUF001
    nested = "it is an archive within an archive: unpack it first"
    assert refusals == {
        "notes.txt": "no connector recognises this file",
        "empty.csv": "the file is empty",
        "broken.xml": "the XML is not well-formed at line 22",
        "more.zip": nested,
        "named like a document.xml": nested,
        "backup.tar.gz": nested,
        "invoice.xml": None,
    }
    assert len(found[-1].records) == 3


@pytest.mark.parametrize(("content", "connector"), [(WHOLE, "amazon"), (FEED, "cdw")])
def test_what_belongs_together_is_one_document(content: bytes, connector: str) -> None:
    """A vendor's whole export and a workbook are ZIP files, and not opened into their parts."""
    [one] = told(content)
    assert (one.filename, one.connector, one.refusal) == ("docs.zip", connector, None)


def test_a_vendors_files_among_others_are_documents_of_their_own() -> None:
    """An order history beside a supplier's invoice is no whole export: neither hides the other."""
    found = told(zipped(("Order History.csv", RETAIL), ("invoice.xml", INVOICE)))
    assert [one.connector for one in found] == ["amazon", "einvoice"]


def test_entries_of_one_name_are_each_read() -> None:
    """A name says nothing about which entry is meant."""
    found = told(zipped(("a.xml", INVOICE), ("a.xml", b"<a/>")))
    assert [one.refusal for one in found] == [None, "no connector recognises this file"]


def test_what_a_packer_adds_by_itself_is_no_document() -> None:
    """The resource forks of macOS and the thumbnails of Windows are passed over."""
    found = told(
        zipped(
            ("__MACOSX/._invoice.xml", b"\0\5\x16\7"),
            ("docs/.DS_Store", b"\0"),
            ("docs/Thumbs.db", b"\0"),
            ("invoice.xml", INVOICE),
        )
    )
    assert [one.connector for one in found] == ["einvoice"]
    assert [one.refusal for one in told(zipped(("__MACOSX/x", b"x")))] == ["the archive is empty"]


def test_a_name_in_an_archive_is_text_and_no_path() -> None:
    """What could deceive a terminal, or lead out of a folder, is shown and nothing else."""
    [one] = told(zipped(("../../etc/\x1b[2Jpasswd", INVOICE)))
    assert one.filename == "docs.zip › ../../etc/ [2Jpasswd"  # noqa: RUF001 as it is shown
    assert len(one.records) == 3


def test_a_damaged_entry_is_refused_alone() -> None:
    """Bytes that do not unpack to what the archive says are no document; the next one is read."""
    content = bytearray(zipped(("a.xml", INVOICE), ("b.xml", INVOICE), packing=zipfile.ZIP_STORED))
    place = content.index(b"Invoice")
    content[place : place + 7] = b"Invoive"
    found = told(bytes(content))
    assert found[0].refusal == "an entry of the ZIP archive cannot be unpacked"
    assert found[1].refusal is None


def test_a_consumer_that_leaves_a_document_gets_the_next_one_whole() -> None:
    """What was not asked for of a document is passed over."""
    parser = SandboxedParser()
    connectors = []
    for run in parser.documents("docs.zip", zipped(("a.csv", RETAIL), ("b.xml", INVOICE))):
        next(iter(run))
        connectors.append(run.connector)
    assert connectors == ["amazon", "einvoice"]


def _frames(*frames: tuple[bytes, bytes]) -> bytes:
    return b"".join(tag + struct.pack("!I", len(said)) + said for tag, said in frames)


@pytest.mark.parametrize(
    ("frames", "refusals"),
    [
        pytest.param([(b"A", b'["a","b"]'), (b"D", b"0")], [None, "stopped"], id="dies between"),
        pytest.param([(b"A", b'["a","b"]'), (b"C", b"\xff")], ["stopped", "stopped"], id="no text"),
        pytest.param([(b"A", b"[")], ["stopped"], id="no list"),
        pytest.param([(b"A", b"7")], ["stopped"], id="no names"),
        pytest.param([(b"E", b'["a","b","c"]'), (b"D", b"")], ["stopped"], id="no row"),
        pytest.param([(b"A", b"[]")], [], id="nothing"),
        pytest.param(
            [(b"A", b'["a","b","c"]'), (b"A", b'["x"]'), (b"X", b"bad"), (b"D", b"")],
            ["stopped", "bad", None],
            id="an archive in it",
        ),
    ],
)
def test_a_child_that_lies_about_an_archive_is_contained(
    frames: list[tuple[bytes, bytes]],
    refusals: list[str | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever it says, every document that it announced is read or refused."""
    monkeypatch.setattr(reader, "_START", f"import os; os.write(1, {_frames(*frames)!r})")
    found = told(RETAIL)
    assert len(found) == len(refusals)
    for one, refusal in zip(found, refusals, strict=True):
        assert (one.refusal is None) == (refusal is None)
        assert (refusal or "") in (one.refusal or "")


def test_a_document_that_stops_the_reading_leaves_the_others_named() -> None:
    """Time is the archive's: those after the one that used it up are refused by name."""
    slow = b"\r\n".join([RETAIL.split(b"\r\n")[0], *[RETAIL.split(b"\r\n")[1]] * 150_000])
    content = zipped(("a.xml", INVOICE), ("slow.csv", slow), ("b.xml", INVOICE), packing=0)
    found = told(content, limits=Limits(cpu_seconds=2))
    assert [one.refusal is None for one in found] == [True, False, False]
    assert "took more than 2 s" in (found[1].refusal or "")
    assert found[2].refusal == "not read, because an earlier document stopped the reading"


def test_records_of_an_archive_count_together() -> None:
    """A limit cannot be passed by cutting a file in pieces."""
    content = zipped(*[(f"{number}.xml", INVOICE) for number in range(4)])
    found = told(content, limits=Limits(records=7))
    assert [one.refusal is None for one in found] == [True, True, False, False]
