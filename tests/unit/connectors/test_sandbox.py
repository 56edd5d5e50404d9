"""The child process: hostile files are refused in a sentence, bounded, and nothing is left."""

import hashlib
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import orjson
import pytest

from tests.unit.connectors.reading import FIXTURES
from vault.connectors import reader
from vault.connectors.reader import Limits
from vault.connectors.sandbox import SandboxedParser, SandboxedRun
from vault.errors import UnsupportedDocument

RETAIL = (FIXTURES / "amazon" / "retail-2026" / "input.csv").read_bytes()
INVOICE = (FIXTURES / "einvoice" / "invoice" / "input.xml").read_bytes()
HEADER = RETAIL.split(b"\r\n")[0]
UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'


def _parse(content: bytes, filename: str = "file", limits: Limits | None = None) -> SandboxedRun:
    run = SandboxedParser(limits or Limits()).parse(filename, content)
    list(run)
    return run


def _refusal(content: bytes, limits: Limits | None = None) -> str:
    run = SandboxedParser(limits or Limits()).parse("file", content)
    with pytest.raises(UnsupportedDocument) as refused:
        list(run)
    assert run.refusal == refused.value.message
    return refused.value.message


def _zip(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def _children() -> set[int]:
    mine = str(os.getpid())
    stats = (
        path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat")
    )
    return {int(fields[2]) for fields in stats if fields[1] == mine}


def test_records_come_in_batches_as_json_lines() -> None:
    """A run gives checked records as JSON, and names connector, digest and unreadable rows."""
    run = SandboxedParser().parse("Order History.csv", RETAIL)
    records = [orjson.loads(line) for batch in run for line in batch]
    assert [record["kind"] for record in records] == ["purchase"] * 5 + ["order"] * 3
    assert set(records[0]) == {"kind", "sourceId", "refs", "data", "issuer"}
    assert run.connector == "amazon"
    assert run.digest == hashlib.sha256(RETAIL).hexdigest()
    assert [(error.line, error.reason) for error in run.errors] == [
        (8, "has no order number"),
        (9, "price: is not an amount"),
    ]
    assert run.unreadable == 2
    assert run.refusal is None


def test_content_may_come_in_chunks_of_any_size() -> None:
    """One byte at a time gives the same records and the same digest as the whole."""
    chunks = (RETAIL[place : place + 1] for place in range(len(RETAIL)))
    run = SandboxedParser().parse("file", chunks)
    assert list(run) == list(SandboxedParser().parse("file", RETAIL))
    assert run.digest == hashlib.sha256(RETAIL).hexdigest()


def test_a_connector_can_be_asked_for_by_name() -> None:
    """A named connector reads or refuses; one that does not exist is refused."""
    with pytest.raises(UnsupportedDocument, match="header is not one of Amazon"):
        list(SandboxedParser().parse("file", b"a,b\n1,2\n", "amazon"))
    with pytest.raises(UnsupportedDocument, match="no connector of that name"):
        list(SandboxedParser().parse("file", RETAIL, "../amazon"))


def _far_cell() -> bytes:
    return _workbook(lambda sheet: sheet.cell(1_048_576, 16_384, "far"))


def _workbook(fill: Callable[..., object]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet()
    header = (FIXTURES / "cdw" / "asset-feed-csv" / "input.csv").read_text(encoding="utf-8")
    sheet.append(header.splitlines()[0].split(","))
    fill(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _bomb(doctype: str, use: str) -> bytes:
    return f"<?xml version='1.0'?>\n<!DOCTYPE Invoice {doctype}>\n{UBL}{use}</Invoice>".encode()


LAUGHS = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha' * 100}'>" for n in range(12))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\0" * 100_000, "no connector recognises", id="NUL"),
        pytest.param(os.urandom(100_000), "no connector recognises", id="noise"),
        pytest.param(b"%PDF-1.7\n", "the PDF is damaged", id="PDF"),
        pytest.param(b"[" * 200_000, "no connector recognises", id="JSON 200,000 deep"),
        pytest.param(b"a," * 1_000_000, "no connector recognises", id="a million columns"),
        pytest.param(HEADER + b"\r\n\xff\xfe\xfa", "not valid utf-8", id="wrong encoding"),
        pytest.param(INVOICE[:1500], "not well-formed at line", id="truncated XML"),
        pytest.param(_zip({"a.csv": RETAIL})[:600], "damaged or incomplete", id="truncated ZIP"),
        pytest.param(_bomb(f"[{LAUGHS}]", "&l11;"), "DOCTYPE", id="billion laughs"),
        pytest.param(_bomb(f"[{LAUGHS}]", "<a b='&l11;'/>"), "DOCTYPE", id="in an attribute"),
        pytest.param(
            _bomb("[<!ENTITY x SYSTEM 'file:///etc/passwd'>]", "&x;"), "DOCTYPE", id="XXE"
        ),
        pytest.param(_bomb("SYSTEM 'http://127.0.0.1:9/x.dtd'", ""), "DOCTYPE", id="external DTD"),
        pytest.param(
            _bomb("[<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]", ""), "DOCTYPE", id="parameter"
        ),
        pytest.param(
            UBL.encode() + b"<a>" * 200_000, "not well-formed at line", id="XML 200,000 deep"
        ),
        pytest.param(
            _zip({"Order History.csv": HEADER + b"\r\n" + b" " * 50_000_000}), "bomb", id="zip bomb"
        ),
        pytest.param(_zip({f"{n}.csv": b"" for n in range(5001)}), "5000 entries", id="entries"),
        pytest.param(
            _zip({"a.csv": RETAIL, "b.zip": _zip({"c.csv": RETAIL})}),
            "another archive",
            id="nested",
        ),
        pytest.param(_zip({"notes.txt": b"x"}), "no connector recognises", id="foreign ZIP"),
        pytest.param(_far_cell(), "1,000,000 cells", id="one cell far away"),
    ],
)
def test_hostile_or_foreign_files_are_refused_with_the_reason(content: bytes, reason: str) -> None:
    """Each is refused in one sentence, and no child is left behind."""
    assert reason in _refusal(content)
    assert not _children()


def test_a_doctype_in_a_workbook_is_refused() -> None:
    """Entities may hide in any part of a workbook: a DOCTYPE in one refuses it."""
    source = zipfile.ZipFile(FIXTURES / "cdw" / "asset-feed-xlsx" / "input.xlsx")
    parts = {name: source.read(name) for name in source.namelist()}
    sheet = "xl/worksheets/sheet2.xml"
    parts[sheet] = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + parts[sheet]
    assert "DOCTYPE" in _refusal(_zip(parts))
    parts[sheet] = source.read(sheet)
    parts["xl/styles.xml"] = parts["xl/styles.xml"].decode().encode("utf-16")
    assert "not in UTF-8" in _refusal(_zip(parts))


def test_bad_rows_lose_no_good_ones() -> None:
    """A truncated row, a NUL and an endless quote are named with their line; others are read."""
    good = RETAIL.split(b"\r\n")[1]
    rows = [HEADER, good, good[:40], good.replace(b"Kettle", b"Ket\0tle"), good, b'"' + good]
    run = SandboxedParser().parse("file", b"\r\n".join(rows))
    records = [orjson.loads(line) for batch in run for line in batch]
    assert len([record for record in records if record["kind"] == "purchase"]) == 2
    assert [(error.line, error.reason) for error in run.errors] == [
        (3, "has 2 cells where the header has 28"),
        (6, "has 15 cells where the header has 28"),
        (4, "purchase.name: has a control character"),
    ]


def test_too_many_bad_rows_refuse_the_file() -> None:
    """A file of which 10,000 rows cannot be read is not what it says."""
    assert "more than 10000 rows" in _refusal(HEADER + b"\r\nx,y" * 10_001)


def test_memory_is_limited() -> None:
    """A document that needs more memory than allowed is refused, and said so."""
    endless = UBL.encode() + b"<a/>" * 6_000_000
    assert "memory" in _refusal(endless, Limits(memory=200 * 1024 * 1024))


def _child_that(does: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_START", does)


@pytest.mark.parametrize(
    ("does", "reason"),
    [
        ("import time; time.sleep(60)", "took too long"),
        ("import os; os.kill(0, 9)", "or was stopped"),
        ("import os; os._exit(3)", "stopped unexpectedly"),
        ("import os; os.write(1, b'X\\0\\0\\0\\7trunc')", "stopped unexpectedly"),
        ("import os; os.write(1, b'?\\0\\0\\0\\0D\\0\\0\\0\\0')", "stopped unexpectedly"),
        ("import os; os.write(1, b'R\\xff\\xff\\xff\\xff')", "too large"),
        (
            "import os\nwhile True: os.write(1, b'R\\0\\0\\0\\1x' * 1000)",
            "more than can be taken in",
        ),
        ("while True: pass", "took more than 1 s"),
    ],
)
def test_a_child_that_misbehaves_is_contained(
    does: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sleeping, dying, lying, flooding or reaching out ends in a refusal, and no child is left."""
    if "while True: pass" in does:
        does = f"import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n{does}"
    _child_that(does, monkeypatch)
    begun = time.monotonic()
    assert reason in _refusal(RETAIL, Limits(cpu_seconds=1, wait_seconds=5, records=100_000))
    assert time.monotonic() - begun < 20
    assert not _children()


@pytest.mark.parametrize(
    "forbidden",
    [
        "open('planted', 'w')",
        "os.open('planted', os.O_CREAT | os.O_RDWR)",
        "os.fork()",
        "os.system('true')",
        "subprocess.run(['true'])",
        "socket.create_connection(('127.0.0.1', 9))",
    ],
)
def test_a_parser_that_reaches_out_is_stopped(
    forbidden: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Once confined, a child writes no file, starts nothing and has no network."""
    monkeypatch.setattr(
        reader,
        "_START",
        "import os, socket, subprocess\n"
        "from vault.connectors.child import confine\n"
        f"os.chdir({str(tmp_path)!r})\n"
        "confine(2**30, 9)\n"
        f"try: {forbidden}\n"
        "except PermissionError: os.write(1, b'N\\0\\0\\0\\7stoppedD\\0\\0\\0\\0')",
    )
    assert _parse(RETAIL).notices == ["stopped"]
    assert not list(tmp_path.iterdir())


def test_a_slow_consumer_does_not_use_up_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only waiting for the child counts: sealing a batch slowly ends nothing."""
    rows = [HEADER, *([RETAIL.split(b"\r\n")[1]] * 4_100)]
    run = SandboxedParser(Limits(wait_seconds=3)).parse("file", b"\r\n".join(rows))
    clock = time.monotonic
    late = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock() + late[0])
    for _ in run:
        late[0] += 100
    assert late == [300]


def test_a_consumer_that_stops_early_leaves_no_child() -> None:
    """Whoever leaves in the middle ends the child with its file."""

    def endless() -> Iterator[bytes]:
        yield HEADER
        while True:
            yield b"\r\n" + RETAIL.split(b"\r\n")[1]

    batches = iter(SandboxedParser().parse("file", endless()))
    next(batches)
    assert _children()
    batches.close()  # type: ignore[attr-defined]
    assert not _children()


def test_the_document_is_never_on_disk_and_the_environment_is_clean(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The child has three open files, all pipes but the null device, and no variable of ours."""
    monkeypatch.setenv("VAULT_SECRET", "sesame")
    _child_that(
        "import os, json, struct\n"
        "text = json.dumps([dict(os.environ), sorted(os.listdir('/proc/self/fd'))[:-1],"
        " [os.readlink(f'/proc/self/fd/{n}') for n in range(3)]]).encode()\n"
        "os.write(1, b'N' + struct.pack('!I', len(text)) + text + b'D\\0\\0\\0\\0')",
        monkeypatch,
    )
    run = _parse(RETAIL)
    variables, files, places = orjson.loads(run.notices[0])
    assert "VAULT_SECRET" not in variables
    assert files == ["0", "1", "2"]
    assert [place.partition(":")[0] for place in places] == ["pipe", "pipe", "/dev/null"]
