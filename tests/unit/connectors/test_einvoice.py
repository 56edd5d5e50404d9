"""UBL: what a real file states, against a second reader of its own; and variants of writing."""

import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.unit.connectors.reading import FIXTURES, Reading, read
from vault.domain.records import RecordData
from vault.errors import UnsupportedDocument

CASES = FIXTURES / "einvoice"
ORDERS = {"Order", "OrderResponseSimple", "Statement"}
UNREAD = {"Catalogue", "ReceiptAdvice"}


def _corpus() -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root, "ubl").glob("*/*"))


def _root_name(path: Path) -> str:
    return _local(ET.parse(path).getroot())


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


INVOICES = [path for path in _corpus() if _root_name(path) in {"Invoice", "CreditNote"}]
OTHERS = [path for path in _corpus() if _root_name(path) in UNREAD]


def _find(element: ET.Element, path: str) -> list[ET.Element]:
    """Find by local names alone: another way to the same elements than the connector's."""
    found = [element]
    for name in path.split("/"):
        found = [child for parent in found for child in parent if _local(child) == name]
    return found


def _texts(element: ET.Element, path: str) -> list[str]:
    return [" ".join((node.text or "").split()) for node in _find(element, path)]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _one(element: ET.Element, path: str) -> Decimal | None:
    return next((Decimal(text) for text in _texts(element, path)), None)


def _read(path: Path) -> tuple[ET.Element, Reading, RecordData]:
    reading = read(path.read_bytes(), path.name)
    (invoice,) = reading.of("invoice")
    return ET.parse(path).getroot(), reading, invoice


@pytest.mark.skipif(not INVOICES, reason="VAULT_CORPUS is not set")
def test_the_corpus_is_read_in_full_but_for_two_documents() -> None:
    """52 of the 54 files are read without an error: 43 of them invoices and credit notes.

    A catalogue and a receipt advice are refused by name: neither says what has been bought.
    """
    read_in_full = [path for path in _corpus() if _root_name(path) not in UNREAD]
    assert not [reading for path in read_in_full if (reading := read(path.read_bytes())).errors]
    assert (len(read_in_full), len(INVOICES), len(OTHERS)) == (52, 43, 2)
    others = {_root_name(path) for path in read_in_full if path not in INVOICES}
    assert others == ORDERS


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_totals_dates_and_numbers_of_a_real_file(path: Path) -> None:
    """Number, type, dates, currency and totals are those that the file states."""
    root, _, invoice = _read(path)
    assert [invoice["invoiceNumber"]] == _texts(root, "ID")
    assert [invoice["issueDate"]] == _texts(root, "IssueDate")
    due = _texts(root, "DueDate") + _texts(root, "PaymentMeans/PaymentDueDate")
    assert invoice.get("paymentDueDate") == next(iter(due), None)
    codes = _texts(root, "InvoiceTypeCode") + _texts(root, "CreditNoteTypeCode")
    default = "381" if _local(root) == "CreditNote" else None
    assert invoice.get("typeCode") == next(iter(codes), default)
    payable = _find(root, "LegalMonetaryTotal/PayableAmount")[0]
    currency = (_texts(root, "DocumentCurrencyCode") or [payable.attrib["currencyID"]])[0]
    assert invoice["priceCurrency"] == currency
    assert _number(invoice["totalPaymentDue"]) == Decimal(payable.text or "")
    paid = _one(root, "LegalMonetaryTotal/PrepaidAmount")
    assert _number(invoice.get("amountPaid")) == paid
    taxes = _find(root, "TaxTotal/TaxAmount")
    (tax,) = [Decimal(node.text or "") for node in taxes if node.get("currencyID") == currency]
    assert _number(invoice["taxTotal"]) == tax


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_parties_of_a_real_file(path: Path) -> None:
    """The seller has its trading name, else its registered one; a payee is kept apart from it."""
    root, reading, invoice = _read(path)
    seller = "AccountingSupplierParty/Party/"
    names = _texts(root, f"{seller}PartyName/Name")
    names += _texts(root, f"{seller}PartyLegalEntity/RegistrationName")
    assert invoice["provider"]["name"] == names[0]
    payee = _texts(root, "PayeeParty/PartyName/Name")
    assert [invoice["payee"]["name"]] == payee if payee else "payee" not in invoice
    assert all(data["seller"] == invoice["provider"] for data in reading.of("purchase"))


@pytest.mark.parametrize("path", INVOICES, ids=lambda path: path.stem)
def test_lines_of_a_real_file(path: Path) -> None:
    """Each line is there with its name, quantity, price and total, and each is a purchase."""
    root, reading, invoice = _read(path)
    lines = _find(root, "InvoiceLine") + _find(root, "CreditNoteLine")
    purchases = reading.of("purchase")
    assert len(invoice["lines"]) == len(lines) == len(purchases)
    for stated, purchase, line in zip(invoice["lines"], purchases, lines, strict=True):
        assert [stated["position"]] == _texts(line, "ID")
        assert [stated["name"]] == _texts(line, "Item/Name")
        quantity = _one(line, "InvoicedQuantity") or _one(line, "CreditedQuantity")
        assert _number(stated.get("quantity")) == quantity
        assert _number(stated["price"]) == _one(line, "Price/PriceAmount")
        assert _number(stated["lineTotal"]) == _one(line, "LineExtensionAmount")
        assert {name: purchase.get(name) for name in ("name", "quantity", "lineTotal")} == {
            name: stated.get(name) for name in ("name", "quantity", "lineTotal")
        }


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: path.stem)
def test_other_documents_are_refused_by_name(path: Path) -> None:
    """A receipt advice, a catalogue: the refusal says which it is."""
    with pytest.raises(
        UnsupportedDocument, match=f"a UBL {_root_name(path)} is not read: it is no"
    ):
        read(path.read_bytes())


def _invoice() -> str:
    return (CASES / "invoice" / "input.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(lambda xml: xml.replace("agg:", "p0:").replace(":agg=", ":p0="), id="prefix"),
        pytest.param(lambda xml: re.sub(r">\s+<", "><", xml), id="no white space"),
        pytest.param(lambda xml: re.sub("><", ">\r\n\t<", xml), id="other white space"),
        pytest.param(lambda xml: xml.replace('"UTF-8"', '"UTF-16"').encode("utf-16"), id="UTF-16"),
        pytest.param(lambda xml: b"\xef\xbb\xbf" + xml.encode(), id="BOM"),
        pytest.param(lambda xml: b"\xef\xbb\xbf\r\n " + xml.encode(), id="BOM, then blanks"),
        pytest.param(lambda xml: "\n\n" + xml, id="blank lines first"),
        pytest.param(lambda xml: f"<a>{xml.split('?>')[1]}</a>", id="envelope"),
    ],
)
def test_ways_of_writing_change_nothing(variant: object) -> None:
    """Prefixes, white space, encodings and envelopes say nothing: the records are the same."""
    assert callable(variant)
    written = variant(_invoice())
    content = written if isinstance(written, bytes) else written.encode()
    expected = json.loads((CASES / "invoice" / "expected.json").read_text(encoding="utf-8"))
    assert read(content).golden()["records"] == expected["records"]


@pytest.mark.parametrize("inner", ["<![CDATA[{}]]>", "{}"], ids=["CDATA", "escaped"])
def test_an_attached_document_holds_the_invoice_as_text(inner: str) -> None:
    """As Colombia sends them: the invoice is text within another UBL document, and is read."""
    schema, text = "urn:oasis:names:specification:ubl:schema:xsd:", _invoice()
    text = text if "CDATA" in inner else text.replace("&", "&amp;").replace("<", "&lt;")
    content = (
        f'<AttachedDocument xmlns="{schema}AttachedDocument-2"'
        f' xmlns:c="{schema}CommonAggregateComponents-2" xmlns:b="{schema}CommonBasicComponents-2">'
        f"<c:Attachment><c:ExternalReference><b:Description>{inner.format(text)}</b:Description>"
        "</c:ExternalReference></c:Attachment></AttachedDocument>"
    )
    expected = json.loads((CASES / "invoice" / "expected.json").read_text(encoding="utf-8"))
    assert read(content.encode()).golden()["records"] == expected["records"]
    empty = content.replace(inner.format(text), "none")
    with pytest.raises(UnsupportedDocument, match="a UBL AttachedDocument is not read"):
        read(empty.encode())


def test_a_document_type_within_an_attached_document_is_refused() -> None:
    """What stands in the text is parsed under the same rules as the file."""
    schema = "urn:oasis:names:specification:ubl:schema:xsd:"
    content = (
        f'<AttachedDocument xmlns="{schema}AttachedDocument-2"'
        f' xmlns:c="{schema}CommonAggregateComponents-2" xmlns:b="{schema}CommonBasicComponents-2">'
        "<c:Attachment><c:ExternalReference><b:Description><![CDATA[<!DOCTYPE a><a/>]]>"
        "</b:Description></c:ExternalReference></c:Attachment></AttachedDocument>"
    )
    with pytest.raises(UnsupportedDocument, match="DOCTYPE"):
        read(content.encode())


def test_a_document_that_disagrees_with_itself_keeps_what_it_states() -> None:
    """The stated amount stands, and each disagreement is named with what was computed."""
    (invoice,) = read(_invoice().encode()).of("invoice")
    assert invoice["totalPaymentDue"] == "61.00"
    named = {(m["field"], m["stated"], m["computed"]) for m in invoice["mismatches"]}
    assert named == {
        ("totalPaymentDue", "61.00", "60.00"),
        ("lines/2/lineTotal", "5.00", "6.00"),
    }


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (("<basic:ID> SI-2026-0042 </basic:ID>", ""), "no number"),
        ((">61.00<", ">sixty<"), "PayableAmount is not a decimal number"),
        ((">61.00<", ">6.1E1<"), "PayableAmount is not a decimal number"),
        ((">2026-03-31<", ">31.03.2026<"), "IssueDate is not an ISO 8601 date"),
        ((">2026-03-31<", ">2026-02-30<"), "IssueDate"),
    ],
)
def test_an_invoice_that_cannot_be_read_is_named_and_loses_no_other(
    broken: tuple[str, str], reason: str
) -> None:
    """In a file of two invoices, the broken one is an error with its line, the other is read."""
    whole = _invoice().split("?>")[1]
    other = whole.replace("SI-2026-0042", "SI-2026-0043")
    reading = read(f"<a>{whole.replace(*broken)}{other}</a>".encode())
    (error,) = reading.errors
    assert reason in error.reason
    assert [invoice["invoiceNumber"] for invoice in reading.of("invoice")] == ["SI-2026-0043"]


def test_the_due_date_of_an_invoice_stands_beside_others() -> None:
    """UBL has a place for it; another date of a means of payment is named."""
    means = "<agg:PaymentMeans><basic:PaymentDueDate>{}</basic:PaymentDueDate></agg:PaymentMeans>"
    end = "</basic:DueDate>"
    xml = _invoice().replace(end, end + means.format("2026-05-31"))
    (invoice,) = read(xml.encode()).of("invoice")
    assert invoice["paymentDueDate"] == "2026-04-30"
    named = [one for one in invoice["mismatches"] if one["field"] == "paymentDueDate"]
    assert [(one["stated"], one["computed"]) for one in named] == [("2026-04-30", "2026-05-31")]


def test_two_due_dates_are_not_chosen_between() -> None:
    """Several dates of means of payment leave the due date out and are named."""
    means = "<agg:PaymentMeans><basic:PaymentDueDate>{}</basic:PaymentDueDate></agg:PaymentMeans>"
    both = means.format("2026-04-30") + means.format("2026-05-31")
    xml = re.sub(r"<basic:DueDate>.*?</basic:DueDate>", both, _invoice())
    (invoice,) = read(xml.encode()).of("invoice")
    assert "paymentDueDate" not in invoice
    assert invoice["mismatches"][0]["stated"] == "2026-04-30, 2026-05-31"
