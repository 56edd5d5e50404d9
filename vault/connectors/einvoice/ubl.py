"""UBL 2.0 and 2.1: its elements, and what all of its documents have in common.

Elements are found by namespace, whatever their prefixes. Text is stripped; names are brought to
single spaces. Nothing is computed here: what an element says is what is returned, "" for what is
not there. Numbers in brackets are the business terms of EN 16931.
"""

from lxml.etree import QName, _Element

from vault.connectors.documents.model import Party
from vault.connectors.formats import values

SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC = f"{{{SCHEMA}CommonAggregateComponents-2}}"
_CBC = f"{{{SCHEMA}CommonBasicComponents-2}}"
_NO_REFERENCE = frozenset({"na", "n/a"})
_GS1_SCHEMES = frozenset({"0160", "0088", "GTIN", "EAN"})
_GS1_AGENCY = "9"


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
    """Return every text at a path that says something, lines kept."""
    found = (node.text or "" for node in element.findall(step(path)))
    return [stripped for value in found if (stripped := value.strip())]


def number(element: _Element, path: str) -> str:
    """Return the decimal at a path, as stated; ValueError names the element otherwise."""
    return _read(values.xml_decimal, element, path)


def day(element: _Element, path: str) -> str:
    """Return the ISO date at a path; ValueError names the element otherwise."""
    return _read(values.xml_date, element, path)


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
    """Return a reference to another document; `NA`, which says that there is none, is none."""
    value = text(element, path)
    return "" if value.casefold() in _NO_REFERENCE else value


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
        value = text(element, path)
        if value:
            scheme_id = attribute(element, path, "schemeID")
            return f"{scheme_id}:{value}" if scheme_id else value
    return ""


def gtin(item: _Element) -> str:
    """Return the GTIN of an Item: its standard identifier [BT-157] in a scheme of GS1."""
    path = "StandardItemIdentification/ID"
    of_gs1 = attribute(item, path, "schemeID").upper() in _GS1_SCHEMES
    if of_gs1 or attribute(item, path, "schemeAgencyID") == _GS1_AGENCY:
        return text(item, path)
    return ""


def adjustments(element: _Element) -> list[str]:
    """Return the amounts of allowances, negative, and charges, positive [BG-27, BG-28]."""
    return [
        amount if text(part, "ChargeIndicator") in {"true", "1"} else values.negated(amount)
        for part in all_of(element, "AllowanceCharge")
        if (amount := number(part, "Amount"))
    ]
