"""What a CAMT entry and its transactions say of the other party and of what was paid.

Elements are found by local name: version and prefix say nothing. A text that says that there is
none ("NOTPROVIDED") is none.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

_NONE = frozenset({"NOTPROVIDED", "NONREF", "NOT PROVIDED"})
_TRUE = frozenset({"true", "1"})
_NAMES = (("Nm",), ("Pty", "Nm"), ("Agt", "FinInstnId", "Nm"))
_OF_INVOICES = frozenset(
    {"", "MSIN", "CNFA", "DNFA", "CINV", "CREN", "DEBN", "HIRI", "SBIN", "CMCN"}
)


def local(element: "etree._Element") -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def elements(element: "etree._Element", *path: str) -> "list[etree._Element]":
    """Return all elements on a path of local names."""
    found = [element]
    for name in path:
        found = [child for parent in found for child in parent if local(child) == name]
    return found


def text(element: "etree._Element", *path: str) -> str:
    """Return the text of the first element on a path; "" where there is none."""
    found = next(iter(elements(element, *path)), None)
    return "" if found is None else " ".join((found.text or "").split())


def said(element: "etree._Element") -> str:
    """Return all text within an element, whatever the white space between its elements."""
    return " ".join(" ".join(part.split()) for part in element.itertext() if part.strip())


def first(*stated: str) -> str:
    """Return the first text that says something; "" where none does."""
    return next((found for found in stated if found and found.upper() not in _NONE), "")


def listed(found: Iterator[str]) -> list[str]:
    """Return each text once, in its order, without those that say nothing."""
    return [each for each in dict.fromkeys(found) if each and each.upper() not in _NONE]


def references(transaction: "etree._Element") -> Iterator[str]:
    """Yield the creditor's references, or else the one that the payer gave from end to end."""
    stated = [text(strd, "CdtrRefInf", "Ref") for strd in elements(transaction, "RmtInf", "Strd")]
    yield from stated if any(stated) else [text(transaction, "Refs", "EndToEndId")]


def invoices(transaction: "etree._Element") -> Iterator[str]:
    """Yield the numbers of the invoices and credit notes that are paid, not of other documents."""
    for document in elements(transaction, "RmtInf", "Strd", "RfrdDocInf"):
        if text(document, "Tp", "CdOrPrtry", "Cd").upper() in _OF_INVOICES:
            yield text(document, "Nb")


def notes(transaction: "etree._Element") -> Iterator[str]:
    """Yield what the payer and the bank wrote of the payment, block by block."""
    for path in (("RmtInf", "Ustrd"), ("RmtInf", "Strd", "AddtlRmtInf"), ("AddtlTxInf",)):
        for found in elements(transaction, *path):
            yield " ".join((found.text or "").split())


def party(element: "etree._Element", transaction: "etree._Element") -> tuple[str, str]:
    """Return name and account of the other party.

    Of money that went out it is the creditor, of money that came in the debtor. In a reversal the
    parties keep the roles that they had in what is reversed.
    """
    went_out = text(element, "CdtDbtInd").upper() == "DBIT"
    goes_back = is_reversal(element) or bool(elements(transaction, "RtrInf"))
    role = "Cdtr" if went_out is not goes_back else "Dbtr"
    related = next(iter(elements(transaction, "RltdPties")), transaction)
    name = first(
        *(text(related, found, *path) for found in (role, f"Ultmt{role}") for path in _NAMES),
        text(related, f"{role}Acct", "Nm"),
    )
    account = (f"{role}Acct", "Id")
    return name, first(text(related, *account, "IBAN"), text(related, *account, "Othr", "Id"))


def is_reversal(element: "etree._Element") -> bool:
    """Return whether an entry takes back an earlier one."""
    return text(element, "RvslInd") in _TRUE
