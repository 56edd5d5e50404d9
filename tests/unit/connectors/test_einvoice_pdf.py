"""PDFs that carry an invoice as XML: Factur-X, ZUGFeRD, XRechnung; and those that carry none."""

import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, NameObject

from tests.unit.connectors.pairs import values
from tests.unit.connectors.reading import FIXTURES, connector_for, read
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "einvoice"
XML = (CASES / "cii-invoice" / "input.xml").read_bytes()
UBL = (CASES / "invoice" / "input.xml").read_bytes()
ORDER = (CASES / "order" / "input.xml").read_bytes()


def _corpus() -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root, "facturx").glob("*/*.pdf"))


FILES = list(_corpus())


def _pdf(*attachments: tuple[str, bytes], password: str | None = None, owner: str = "") -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    for name, content in attachments:
        writer.add_attachment(name, content)
    if password is not None:
        writer.encrypt(password, owner or None, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_the_corpus_is_read_in_full() -> None:
    """All 12 PDFs are read without an error: Factur-X, ZUGFeRD 2, ZUGFeRD 1's candidate."""
    readings = [read(path.read_bytes()) for path in FILES]
    assert len(readings) == 12
    assert not [reading.errors for reading in readings if reading.errors]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_real_pdf_says_what_its_xml_says(path: Path) -> None:
    """The records of a PDF are those of its attachment alone, taken out by another hand."""
    ((content,),) = [
        PdfReader(path).attachments[name]
        for name in {"factur-x.xml", "ZUGFeRD-invoice.xml"} & set(PdfReader(path).attachments)
    ]
    assert values(read(path.read_bytes())) == values(read(content))
    assert read(path.read_bytes()).of("invoice")[0]["invoiceNumber"].encode() in content


@pytest.mark.parametrize(
    "attachments",
    [
        pytest.param([("factur-x.xml", XML)], id="Factur-X"),
        pytest.param([("ZUGFeRD-invoice.xml", XML)], id="ZUGFeRD 1"),
        pytest.param([("xrechnung.xml", UBL)], id="XRechnung, in UBL"),
        pytest.param([("SI-2026-0042.XML", XML)], id="a name of its own"),
        pytest.param([("terms.pdf", b"%PDF-1.4"), ("factur-x.xml", XML)], id="with another file"),
        pytest.param([("a.xml", b"<a/>"), ("b.xml", XML)], id="with other XML"),
        pytest.param([("a.xml", ORDER), ("factur-x.xml", XML)], id="the standard's name first"),
        pytest.param([("factur-x.xml", XML), ("xrechnung.xml", XML)], id="twice"),
    ],
)
def test_the_attached_invoice_is_read(attachments: list[tuple[str, bytes]]) -> None:
    """Whatever it is called and whatever stands beside it, the one invoice is read once."""
    assert values(read(_pdf(*attachments))) == values(read(UBL))


def test_bytes_before_the_mark_do_not_matter() -> None:
    """A PDF may begin with other bytes, as mail programs leave them."""
    assert values(read(b"\r\n\r\n" + _pdf(("factur-x.xml", XML)))) == values(read(UBL))


def test_a_file_that_is_only_associated_is_found() -> None:
    """PDF/A-3 lists associated files; some producers leave the names of attachments out."""
    writer = PdfWriter(clone_from=io.BytesIO(_pdf(("factur-x.xml", XML))))
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    writer.root_object[NameObject("/AF")] = ArrayObject([names[1]])
    del writer.root_object["/Names"]
    out = io.BytesIO()
    writer.write(out)
    assert values(read(out.getvalue())) == values(read(UBL))


def test_a_pdf_that_anyone_may_open_is_opened() -> None:
    """Many invoices are locked against change only: the empty password opens them."""
    locked = _pdf(("factur-x.xml", XML), password="", owner="secret")
    assert values(read(locked)) == values(read(UBL))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(_pdf(), "the PDF holds no XML invoice", id="no attachment"),
        pytest.param(_pdf(("a.txt", XML)), "the PDF holds no XML invoice", id="no XML"),
        pytest.param(_pdf(("a.xml", b"<a/>")), "the XML holds no", id="other XML"),
        pytest.param(_pdf(("factur-x.xml", b"<!DOCTYPE a><a/>")), "the XML has a DOC", id="DTD"),
        pytest.param(_pdf(("factur-x.xml", b"<a>")), "the XML is not", id="broken XML"),
        pytest.param(
            _pdf(("factur-x.xml", XML), password="secret"), "protected with a pass", id="password"
        ),
        pytest.param(b"%PDF-1.7\nnothing else", "the PDF is damaged", id="no PDF at all"),
        pytest.param(_pdf(("factur-x.xml", XML))[:900], "the PDF", id="cut off"),
    ],
)
def test_a_pdf_without_a_readable_invoice_is_refused_by_name(content: bytes, reason: str) -> None:
    """The refusal says what the PDF lacks; the page is never read."""
    with pytest.raises(UnsupportedDocument, match=reason):
        read(content)


def test_any_pdf_is_this_connectors() -> None:
    """A PDF is recognised by its mark, so that its refusal says what it lacks."""
    connector = connector_for(b"%PDF-1.4 nothing")
    assert connector is not None
    assert connector.manifest.slug == "einvoice"


def test_an_attachment_that_swells_is_refused() -> None:
    """An attachment that shrinks a thousand times is refused, not unpacked for ever."""
    packed = zlib.compress(b" " * 90_000_000 + XML)
    writer = PdfWriter(clone_from=io.BytesIO(_pdf(("factur-x.xml", packed))))
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    stream = names[1].get_object()["/EF"]["/F"].get_object()
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(UnsupportedDocument, match="the PDF unpacks to more than"):
        read(out.getvalue())
