"""Cross Industry Invoices: what a real file states, and the same invoice in another syntax."""

import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.unit.connectors.pairs import values
from tests.unit.connectors.reading import FIXTURES, read

CASES = FIXTURES / "einvoice"


def _corpus(folder: str) -> Iterator[Path]:
    root = os.environ.get("VAULT_CORPUS")
    if root:
        yield from sorted(Path(root, folder).glob("*/*"))


FILES = list(_corpus("cii"))


def _texts(root: ET.Element, path: str) -> list[str]:
    """Find by local names, from anywhere: another way to the same elements."""
    *parents, last = path.split("/")
    found: list[ET.Element] = [root]
    for name in parents:
        found = [node for parent in found for node in parent.iter() if _local(node) == name]
    children = [child for parent in found for child in parent if _local(child) == last]
    return [" ".join("".join(node.itertext()).split()) for node in children]


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


@pytest.mark.skipif(not FILES, reason="VAULT_CORPUS is not set")
def test_the_corpus_is_read_in_full() -> None:
    """All 14 CII files of the corpus are read without an error."""
    readings = [read(path.read_bytes()) for path in FILES]
    assert len(readings) == 14
    assert not [reading.errors for reading in readings if reading.errors]
    assert all(len(reading.of("invoice")) == 1 for reading in readings)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_a_real_file_states(path: Path) -> None:
    """Number, dates, currency, totals, seller and lines are those that the file states."""
    root = ET.parse(path).getroot()
    (invoice,) = read(path.read_bytes()).of("invoice")
    assert [invoice["invoiceNumber"]] == _texts(root, "ExchangedDocument/ID")
    assert [invoice["typeCode"]] == _texts(root, "ExchangedDocument/TypeCode")
    dates = [invoice.get(name, "").replace("-", "") for name in ("issueDate", "paymentDueDate")]
    due = _texts(root, "SpecifiedTradePaymentTerms/DueDateDateTime")
    assert dates == [*_texts(root, "ExchangedDocument/IssueDateTime"), *(due or [""])]
    currency = _texts(root, "ApplicableHeaderTradeSettlement/InvoiceCurrencyCode")
    assert [invoice["priceCurrency"]] == currency
    totals = "SpecifiedTradeSettlementHeaderMonetarySummation"
    assert [invoice["totalPaymentDue"]] == _texts(root, f"{totals}/DuePayableAmount")
    paid = _texts(root, f"{totals}/TotalPrepaidAmount")
    assert invoice.get("amountPaid", "") == "".join(paid)
    assert invoice.get("taxTotal", "") in (_texts(root, f"{totals}/TaxTotalAmount") or [""])
    traded = _texts(root, "SellerTradeParty/SpecifiedLegalOrganization/TradingBusinessName")
    assert invoice["provider"]["name"] == (traded + _texts(root, "SellerTradeParty/Name"))[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_lines_of_a_real_file(path: Path) -> None:
    """Each line is there with its name, quantity, price and total, and each is a purchase."""
    root = ET.parse(path).getroot()
    reading = read(path.read_bytes())
    (invoice,) = reading.of("invoice")
    lines = [node for node in root.iter() if _local(node) == "IncludedSupplyChainTradeLineItem"]
    assert len(invoice["lines"]) == len(lines) == len(reading.of("purchase"))
    for stated, line in zip(invoice["lines"], lines, strict=True):
        assert [stated["position"]] == _texts(line, "AssociatedDocumentLineDocument/LineID")
        assert [stated["name"]] == _texts(line, "SpecifiedTradeProduct/Name")
        for name, element in (
            ("quantity", "SpecifiedLineTradeDelivery/BilledQuantity"),
            ("price", "NetPriceProductTradePrice/ChargeAmount"),
            ("lineTotal", "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
        ):
            assert [Decimal(stated[name])] == [Decimal(text) for text in _texts(line, element)]


def _invoice() -> str:
    return (CASES / "cii-invoice" / "input.xml").read_text(encoding="utf-8")


def _ubl() -> list[tuple[str, dict[str, str]]]:
    return values(read((CASES / "invoice" / "input.xml").read_bytes()))


def test_the_synthetic_invoice_is_the_same_as_in_ubl() -> None:
    """The two fixtures state one invoice: their records are equal to the last digit."""
    golden = [
        json.loads((CASES / name / "expected.json").read_text())
        for name in ("invoice", "cii-invoice")
    ]
    assert golden[0] == golden[1]


def _in_2014(xml: str) -> str:
    """Return the invoice as ZUGFeRD 1.0 wrote it."""
    for new, old in (
        ("standard:CrossIndustryInvoice:100", "standard:?"),
        ("urn:un:unece:uncefact:data:standard:?", "urn:ferd:CrossIndustryDocument:invoice:1p0"),
        ("CrossIndustryInvoice", "CrossIndustryDocument"),
        ("InformationEntity:100", "InformationEntity:12"),
        ("<rsm:ExchangedDocumentC", "<rsm:SpecifiedExchangedDocumentC"),
        ("</rsm:ExchangedDocumentC", "</rsm:SpecifiedExchangedDocumentC"),
        ("rsm:ExchangedDocument>", "rsm:HeaderExchangedDocument>"),
        ("rsm:Supply", "rsm:SpecifiedSupply"),
        ("ApplicableHeaderTrade", "ApplicableSupplyChainTrade"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("SettlementLineMonetary", "SettlementMonetary"),
        ("SettlementHeaderMonetary", "SettlementMonetary"),
        ("RateApplicablePercent", "ApplicablePercent"),
        ("IssuerAssignedID", "ID"),
    ):
        xml = xml.replace(new, old)
    date = r"FormattedIssueDateTime><qdt:[^>]*>(....)(..)(..)</qdt[^>]*></ram:Formatted"
    return re.sub(date, r"IssueDateTime>\1-\2-\3T00:00:00</ram:", xml)


def _in_2013(xml: str) -> str:
    """Return the invoice as the release candidate of ZUGFeRD wrote it: dates without a wrapper."""
    xml = _in_2014(xml).replace("rsm:CrossIndustryDocument", "rsm:Invoice")
    xml = xml.replace(
        "urn:ferd:CrossIndustryDocument:invoice:1p0", "urn:un:unece:uncefact:data:standard:CBFBUY:5"
    )
    xml = re.sub(r">\s*<udt:DateTimeString( [^>]*)>([0-9]+)</udt:DateTimeString>", r"\1>\2", xml)
    return xml.replace("<ram:", "<").replace("</ram:", "</")


@pytest.mark.parametrize(
    "variant",
    [
        pytest.param(_in_2014, id="ZUGFeRD 1.0"),
        pytest.param(_in_2013, id="its release candidate"),
        pytest.param(lambda xml: xml.replace("ram:", "a:").replace(":ram=", ":a="), id="prefix"),
        pytest.param(lambda xml: re.sub(r">\s+<", "><", xml), id="no white space"),
        pytest.param(lambda xml: xml.replace('"UTF-8"', '"UTF-16"').encode("utf-16"), id="UTF-16"),
        pytest.param(lambda xml: f"<a>{xml.split('?>')[1]}</a>", id="envelope"),
    ],
)
def test_ways_of_writing_change_nothing(variant: object) -> None:
    """Older vocabularies, prefixes, white space, encodings: the records are those of the UBL."""
    assert callable(variant)
    written = variant(_invoice())
    content = written if isinstance(written, bytes) else written.encode()
    assert values(read(content)) == _ubl()


def test_lines_that_sum_up_others_are_no_purchases() -> None:
    """A line that Factur-X EXTENDED marks as a group is shown, but neither bought nor added."""
    group = "</ram:LineID><ram:LineStatusReasonCode>GROUP</ram:LineStatusReasonCode>"
    line = _invoice().split("<ram:IncludedSupplyChainTradeLineItem>")[1]
    extra = f"<ram:IncludedSupplyChainTradeLineItem>{line.replace('</ram:LineID>', group, 1)}"
    start = "<ram:IncludedSupplyChainTradeLineItem>"
    reading = read(_invoice().replace(start, extra + start, 1).encode())
    (invoice,) = reading.of("invoice")
    assert (len(invoice["lines"]), len(reading.of("purchase"))) == (3, 2)
    assert "lines" not in {mismatch["field"] for mismatch in invoice["mismatches"]}


def test_a_discount_has_a_date_of_its_own() -> None:
    """Until when it costs less is not until when it is due."""
    terms = "<ram:SpecifiedTradePaymentTerms>"
    discount = (
        f"{terms}<ram:DueDateDateTime><udt:DateTimeString format='102'>20260410"
        "</udt:DateTimeString></ram:DueDateDateTime><ram:ApplicableTradePaymentDiscountTerms/>"
        "</ram:SpecifiedTradePaymentTerms>"
    )
    (invoice,) = read(_invoice().replace(terms, discount + terms).encode()).of("invoice")
    assert invoice["paymentDueDate"] == "2026-04-30"


def test_the_profile_minimum_has_no_place_for_what_is_paid() -> None:
    """What is due may differ there from the gross amount: that is no disagreement."""
    minimum = _invoice().replace("urn:cen.eu:en16931:2017", "urn:factur-x.eu:1p0:minimum")
    minimum = minimum.replace("<ram:TotalPrepaidAmount>5.45</ram:TotalPrepaidAmount>", "")
    (invoice,) = read(minimum.encode()).of("invoice")
    assert "totalPaymentDue" not in {mismatch["field"] for mismatch in invoice["mismatches"]}


def test_without_an_amount_due_the_total_is_due() -> None:
    """ZUGFeRD 1.0 BASIC states no amount due: what the invoice comes to is, if nothing is paid."""
    xml = _invoice().replace("<ram:TotalPrepaidAmount>5.45</ram:TotalPrepaidAmount>", "")
    xml = xml.replace("<ram:DuePayableAmount>61.00</ram:DuePayableAmount>", "")
    assert read(xml.encode()).of("invoice")[0]["totalPaymentDue"] == "65.45"


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (("<ram:ID> SI-2026-0042 </ram:ID>", ""), "no number"),
        ((">61.00<", ">61,00<"), "DuePayableAmount is not a decimal number"),
        ((">20260331<", ">31.03.2026<"), "IssueDateTime is not an ISO 8601 date"),
        (('"102">20260331<', '"610">202603<'), "IssueDateTime is not an ISO 8601 date"),
        ((">20260331<", ">20260231<"), "IssueDateTime"),
    ],
)
def test_an_invoice_that_cannot_be_read_is_named(broken: tuple[str, str], reason: str) -> None:
    """An amount or a date that is none makes the invoice unreadable, and the error names it."""
    reading = read(_invoice().replace(*broken).encode())
    (error,) = reading.errors
    assert reason in error.reason
    assert not reading.records
