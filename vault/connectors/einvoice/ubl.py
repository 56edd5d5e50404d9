"""UBL 2.0 and 2.1 documents: the elements of an invoice and a credit note, and how they are read.

Elements are found by namespace, whatever their prefixes. Text is stripped; names are brought to
single spaces. Nothing is computed here: what an element says is what is returned, "" for what is
not there. Numbers in brackets are the business terms of EN 16931.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from lxml.etree import QName, _Element

from vault.connectors.formats import values

_SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd:"
_CAC = f"{{{_SCHEMA}CommonAggregateComponents-2}}"
_CBC = f"{{{_SCHEMA}CommonBasicComponents-2}}"
INVOICE = f"{{{_SCHEMA}Invoice-2}}Invoice"
CREDIT_NOTE = f"{{{_SCHEMA}CreditNote-2}}CreditNote"
CREDIT_NOTE_CODE = "381"
_NO_REFERENCE = frozenset({"na", "n/a"})
_GS1_SCHEMES = frozenset({"0160", "0088", "GTIN", "EAN"})
_GS1_AGENCY = "9"


def step(path: str) -> str:
    """Return the path of aggregates, the last a basic element, with their namespaces."""
    *aggregates, basic = path.split("/")
    return "/".join([*(f"{_CAC}{name}" for name in aggregates), f"{_CBC}{basic}"])


def all_of(element: _Element, path: str) -> list[_Element]:
    """Return the aggregates at a path."""
    return element.findall("/".join(f"{_CAC}{name}" for name in path.split("/")))


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


def invoices(root: _Element) -> Iterator[_Element]:
    """Yield each invoice and credit note: the root, or wherever an envelope holds them."""
    yield from root.iter(INVOICE, CREDIT_NOTE)


def document_name(root: _Element) -> str | None:
    """Return the name of a UBL document that is neither invoice nor credit note, if it is one."""
    for element in root.iter("{*}*"):
        name = QName(element)
        if name.namespace and name.namespace.startswith(f"{_SCHEMA}{name.localname}-"):
            return name.localname
    return None


@dataclass(frozen=True, slots=True)
class Party:
    """A seller or payee: its trading name, else its registered name, and one identifier."""

    name: str
    identifier: str

    def data(self) -> dict[str, str]:
        """Return the record's shape of a party; empty when the document names none."""
        stated = {"name": self.name, "identifier": self.identifier}
        return {key: value for key, value in stated.items() if value}


def party(element: _Element | None) -> Party:
    """Read a Party: name [BT-28, else BT-27], identifier: VAT [31], legal [30], own [29], address.

    An identifier with a scheme is written `scheme:value`.
    """
    if element is None:
        return Party("", "")
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


def type_code(document: _Element) -> str:
    """Return the UNTDID 1001 code as stated [BT-3]; a credit note without one is a 381."""
    if document.tag == CREDIT_NOTE:
        return text(document, "CreditNoteTypeCode") or CREDIT_NOTE_CODE
    return text(document, "InvoiceTypeCode")


def due_dates(document: _Element) -> list[str]:
    """Return each date on which payment is due [BT-9], wherever it is stated, once."""
    stated = [day(document, "DueDate")]
    for name in ("PaymentMeans", "PaymentTerms"):
        stated += [day(node, "PaymentDueDate") for node in all_of(document, name)]
    return list(dict.fromkeys(filter(None, stated)))


def currency(document: _Element) -> str:
    """Return the document's currency [BT-5], else that of the amount due."""
    stated = text(document, "DocumentCurrencyCode")
    return stated or attribute(document, "LegalMonetaryTotal/PayableAmount", "currencyID")


def tax_totals(document: _Element) -> list[_Element]:
    """Return the TaxTotals in the document's currency [BT-110]; others repeat it in another."""
    code = currency(document)
    return [
        total
        for total in all_of(document, "TaxTotal")
        if attribute(total, "TaxAmount", "currencyID") in {code, ""}
    ]


def reference(element: _Element, path: str) -> str:
    """Return a reference to another document; `NA`, which says that there is none, is none."""
    value = text(element, path)
    return "" if value.casefold() in _NO_REFERENCE else value


def lines(document: _Element) -> list[_Element]:
    """Return the lines of an invoice or a credit note."""
    name = "CreditNoteLine" if document.tag == CREDIT_NOTE else "InvoiceLine"
    return all_of(document, name)


def quantity_name(line: _Element) -> str:
    """Return what a line calls its quantity."""
    return "CreditedQuantity" if line.tag == f"{_CAC}CreditNoteLine" else "InvoicedQuantity"


def gtin(line: _Element) -> str:
    """Return the GTIN of a line's item: its standard identifier [BT-157] in a scheme of GS1."""
    path = "Item/StandardItemIdentification/ID"
    of_gs1 = attribute(line, path, "schemeID").upper() in _GS1_SCHEMES
    if of_gs1 or attribute(line, path, "schemeAgencyID") == _GS1_AGENCY:
        return text(line, path)
    return ""
