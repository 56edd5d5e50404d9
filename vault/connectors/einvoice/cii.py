"""UN/CEFACT Cross Industry Invoice and its forerunners, read into the model.

Three vocabularies say the same: CII D16B (EN 16931, Factur-X, ZUGFeRD 2), ZUGFeRD 1.0 (CII of
2013) and the release candidate that came before it. They differ in namespaces and in some names;
the older names are brought to those of D16B, all without namespaces, before anything is read.
Order-X has orders in D16B's words. Nothing is computed here. Numbers in brackets are the business
terms of EN 16931.
"""

import re

from lxml.etree import QName, _Element

from vault.connectors.documents.model import Party
from vault.connectors.einvoice.codes import referenced
from vault.connectors.formats import values

ORDER = "SCRDMCCBDACIOMessageStructure"
"""The root of an Order-X document."""
_ROOTS = re.compile(
    r"\{urn:(?:un:unece:uncefact:data:standard:CrossIndustryInvoice:[^}]*\}CrossIndustryInvoice"
    r"|ferd:CrossIndustryDocument:invoice:[^}]*\}CrossIndustryDocument"
    r"|un:unece:uncefact:data:standard:CBFBUY:[^}]*\}Invoice"
    r"|un:unece:uncefact:data:SCRDMCCBDACIOMessageStructure:[^}]*\}"
    rf"{ORDER})"
)
_RENAMED = {
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedTradeSettlementMonetarySummation": "Summation",
    "SpecifiedTradeSettlementHeaderMonetarySummation": "Summation",
    "SpecifiedTradeSettlementLineMonetarySummation": "Summation",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicablePercent": "RateApplicablePercent",
}
_ORDER = "BuyerOrderReferencedDocument"
_DATE_FORMATS = {"102": 8, "203": 12, "204": 14}
"""Codes of UNTDID 2379 with their digits: a day, and a day with minutes or seconds."""


def documents(root: _Element) -> list[_Element]:
    """Return each document in a tree, its elements renamed as the rest of this module has them."""
    found = [node for node in root.iter("{*}*") if _ROOTS.fullmatch(str(node.tag))]
    for document in found:
        for element in document.iter("{*}*"):
            name = QName(element).localname
            element.tag = _RENAMED.get(name, name)
    return found


def text(element: _Element, path: str) -> str:
    """Return the first text at a path, its white space brought to single spaces."""
    return " ".join((element.findtext(path) or "").split())


def texts(element: _Element, path: str) -> list[str]:
    """Return every text at a path that says something, its lines kept and stripped."""
    found = (node.text or "" for node in element.findall(path))
    lines = ("\n".join(map(str.strip, value.strip().splitlines())) for value in found)
    return [value for value in lines if value]


def number(element: _Element, path: str) -> str:
    """Return the decimal at a path, as stated; ValueError names the element otherwise."""
    return read(values.xml_decimal, path, text(element, path))


def days(element: _Element, path: str) -> list[str]:
    """Return each date at a path, in UNTDID 2379's format 102, 203 or 204, or as ISO 8601."""
    found: dict[str, None] = {}
    for node in element.findall(path):
        inner = next((child for child in node if child.text and child.text.strip()), node)
        if stated := (inner.text or "").strip():
            found[read(values.xml_date, path, _iso(stated, inner.get("format")))] = None
    return list(found)


def _iso(stated: str, form: str | None) -> str:
    """Return a date of eight digits, or more with a time, with dashes; another as it is."""
    if stated.isdecimal() and len(stated) == _DATE_FORMATS.get(form or "102"):
        return f"{stated[:4]}-{stated[4:6]}-{stated[6:8]}"
    return stated


def day(element: _Element, path: str) -> str:
    """Return the first date at a path."""
    return next(iter(days(element, path)), "")


def read(reading: values.Reading, path: str, stated: str) -> str:
    """Return what a reading makes of a text; ValueError names the element."""
    try:
        return reading(stated) if stated else ""
    except ValueError as err:
        raise ValueError(f"{path.rpartition('/')[2]} {err}") from err


def attribute(element: _Element, path: str, name: str) -> str:
    """Return an attribute of the first element at a path."""
    node = element.find(path)
    return "" if node is None else (node.get(name) or "").strip()


def party(element: _Element | None) -> Party:
    """Read a trade party: name [BT-28, else BT-27], identifier: VAT [31], legal [30], own, address.

    An identifier with a scheme is written `scheme:value`.
    """
    if element is None:
        return Party()
    name = text(element, "SpecifiedLegalOrganization/TradingBusinessName")
    return Party(name or text(element, "Name"), _identifier(element))


def _identifier(element: _Element) -> str:
    for registration in element.findall("SpecifiedTaxRegistration/ID"):
        if registration.get("schemeID") == "VA" and (registration.text or "").strip():
            return " ".join((registration.text or "").split())
    for path in (
        "SpecifiedLegalOrganization/ID",
        "ID",
        "GlobalID",
        "URIUniversalCommunication/URIID",
    ):
        value, scheme = text(element, path), attribute(element, path, "schemeID")
        if value:
            return f"{scheme}:{value}" if scheme else value
    return ""


def is_charge(allowance_or_charge: _Element) -> bool:
    """Tell a charge, which is added, from an allowance, which is taken off."""
    return text(allowance_or_charge, "ChargeIndicator/Indicator") in {"true", "1"}


def order_number(element: _Element, path: str) -> str:
    """Return the buyer's order [BT-13], else the seller's [BT-14], that an agreement refers to."""
    for name in (_ORDER, "SellerOrderReferencedDocument"):
        for part in ("IssuerAssignedID", "ID"):  # the latter until 2016
            if value := referenced(text(element, f"{path}/{name}/{part}")):
                return value
    return ""


def order_date(element: _Element, path: str) -> str:
    """Return the date of the order that an agreement refers to."""
    stated = day(element, f"{path}/{_ORDER}/FormattedIssueDateTime")
    return stated or day(element, f"{path}/{_ORDER}/IssueDateTime")
