"""UBL 2.0 and 2.1: its elements, and what all of its documents have in common.

Elements are found by namespace, whatever their prefixes. Text is stripped; names are brought to
single spaces. Nothing is computed here: what an element says is what is returned, "" for what is
not there. Numbers in brackets are the business terms of EN 16931.
"""

import re
from datetime import datetime

from lxml.etree import QName, _Element

from vault.connectors.documents.model import Party
from vault.connectors.einvoice.codes import of_gs1, referenced
from vault.connectors.formats import values

SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC = f"{{{SCHEMA}CommonAggregateComponents-2}}"
_CBC = f"{{{SCHEMA}CommonBasicComponents-2}}"
_ZONED = re.compile(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$")
_GS1_AGENCY = "9"
_OF_BANK = "SEPA"
"""The scheme of the creditor identifier [BT-90], which stands among a party's own."""


def root_tag(name: str) -> str:
    """Return the tag of a document's root element."""
    return f"{{{SCHEMA}{name}-2}}{name}"


def step(path: str) -> str:
    """Return the path of aggregates, the last a basic element, with their namespaces."""
    *aggregates, basic = path.split("/")
    return "/".join([*(f"{_CAC}{name}" for name in aggregates), f"{_CBC}{basic}"])


def all_of(element: _Element, path: str) -> list[_Element]:
    """Return the aggregates at a path."""
    return element.findall("/".join(f"{_CAC}{name}" for name in path.split("/")))


def first(element: _Element, path: str) -> _Element | None:
    """Return the first aggregate at a path."""
    return next(iter(all_of(element, path)), None)


def text(element: _Element, path: str) -> str:
    """Return the first text at a path, its white space brought to single spaces."""
    return " ".join((element.findtext(step(path)) or "").split())


def texts(element: _Element, path: str) -> list[str]:
    """Return every text at a path that says something, its lines kept and stripped."""
    found = (node.text or "" for node in element.findall(step(path)))
    lines = ("\n".join(map(str.strip, value.strip().splitlines())) for value in found)
    return [value for value in lines if value]


def number(element: _Element, path: str) -> str:
    """Return the decimal at a path, as stated; ValueError names the element otherwise."""
    return _read(values.xml_decimal, element, path)


def day(element: _Element, path: str) -> str:
    """Return the ISO date at a path; ValueError names the element otherwise."""
    return _read(values.xml_date, element, path)


def moment(element: _Element, name: str) -> str:
    """Return the moment of a pair of elements such as IssueDate and IssueTime (RFC 3339).

    It is the date alone where no time is stated, or none with a zone.
    """
    date, time = day(element, f"{name}Date"), text(element, f"{name}Time")
    if not date or not _ZONED.search(time):
        return date
    try:
        return datetime.fromisoformat(f"{date}T{time}").isoformat().replace("+00:00", "Z")
    except ValueError:
        return date


def _read(reading: values.Reading, element: _Element, path: str) -> str:
    stated = text(element, path)
    try:
        return reading(stated) if stated else ""
    except ValueError as err:
        raise ValueError(f"{path} {err}") from err


def attribute(element: _Element, path: str, name: str) -> str:
    """Return an attribute of the first element at a path."""
    node = element.find(step(path))
    return "" if node is None else (node.get(name) or "").strip()


def reference(element: _Element, path: str) -> str:
    """Return a reference to another document, where it is one."""
    return referenced(text(element, path))


def order_number(element: _Element, path: str) -> str:
    """Return the buyer's number of the order at a path [BT-13], else the seller's [BT-14]."""
    return reference(element, f"{path}/ID") or reference(element, f"{path}/SalesOrderID")


def document_name(root: _Element) -> str | None:
    """Return the name of the first UBL document in a tree, if there is one."""
    for element in root.iter("{*}*"):
        name = QName(element)
        if name.namespace and name.namespace.startswith(f"{SCHEMA}{name.localname}-"):
            return name.localname
    return None


def party(element: _Element | None) -> Party:
    """Read a Party: name [BT-28, else BT-27], identifier: VAT [31], legal [30], own [29], address.

    An identifier with a scheme is written `scheme:value`.
    """
    if element is None:
        return Party()
    paths = ("PartyName/Name", "PartyLegalEntity/RegistrationName")
    name = next(filter(None, (text(element, path) for path in paths)), "")
    return Party(name or text(element, "PartyTaxScheme/RegistrationName"), _identifier(element))


def _identifier(element: _Element) -> str:
    for scheme in all_of(element, "PartyTaxScheme"):
        if text(scheme, "TaxScheme/ID") == "VAT" and text(scheme, "CompanyID"):
            return text(scheme, "CompanyID")
    for path in ("PartyLegalEntity/CompanyID", "PartyIdentification/ID", "EndpointID"):
        for node in element.findall(step(path)):
            value, scheme_id = (node.text or "").split(), (node.get("schemeID") or "").strip()
            if value and scheme_id != _OF_BANK:
                return ":".join(filter(None, (scheme_id, " ".join(value))))
    return ""


def gtin(item: _Element) -> str:
    """Return the GTIN of an Item: its standard identifier [BT-157] in a scheme of GS1."""
    path = "StandardItemIdentification/ID"
    gs1 = attribute(item, path, "schemeAgencyID") == _GS1_AGENCY
    return text(item, path) if gs1 or of_gs1(attribute(item, path, "schemeID")) else ""


def adjustments(element: _Element) -> list[str]:
    """Return the amounts of allowances, negative, and charges, positive [BG-27, BG-28]."""
    return [
        amount if text(part, "ChargeIndicator") in {"true", "1"} else values.negated(amount)
        for part in all_of(element, "AllowanceCharge")
        if (amount := number(part, "Amount"))
    ]
