"""CAMT.053 statements and CAMT.054 notifications (ISO 20022), of every version.

Elements are found by local name, so that versions and envelopes make no difference. An entry is
one payment; one that gathers several transactions becomes one payment for each, where their stated
amounts are in its currency and add up to it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats import values
from vault.connectors.formats.table import encoding_of
from vault.connectors.payments import details
from vault.connectors.payments.entry import Entries, Entry, digest, negated
from vault.domain import fields
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

if TYPE_CHECKING:
    from lxml import etree

_MESSAGES = {"BkToCstmrStmt": "Stmt", "BkToCstmrDbtCdtNtfctn": "Ntfctn"}
_REPORT = "BkToCstmrAcctRpt"
_MARKS = (*(f"{name}>" for name in (*_MESSAGES, _REPORT)), "tech:xsd:camt.05")
_BOOKED = frozenset({"BOOK", ""})
_METHODS = {
    **dict.fromkeys(("RCDT", "ICDT", "RRCT", "IRCT"), "credit transfer"),
    **dict.fromkeys(("RDDT", "IDDT"), "direct debit"),
    **dict.fromkeys(("CCRD", "MCRD"), "card"),
    **dict.fromkeys(("RCHQ", "ICHQ"), "cheque"),
    "CNTR": "counter",
}


def recognises(document: Document) -> bool:
    """Return whether it is XML in which one of the messages is named."""
    text = document.head.decode(encoding_of(document.head), "replace")
    is_xml = text.lstrip("\ufeff \t\r\n").startswith("<")
    return is_xml and any(mark in text for mark in _MARKS)


def read(document: Document) -> Iterator[Extracted]:
    """Yield each booked payment of each statement or notification."""
    from vault.connectors.formats import xml  # noqa: PLC0415 lxml: only when needed

    root = xml.parse(document.buffer())
    messages = [found for found in root.iter() if details.local(found) in _MESSAGES]
    if not messages:
        raise UnsupportedDocument(_refusal(root))
    entries = Entries("camt")
    unbooked = 0
    for message in messages:
        for statement in details.elements(message, _MESSAGES[details.local(message)]):
            heading = _Heading.of(statement)
            for entry in details.elements(statement, "Ntry"):
                if _status(entry) not in _BOOKED:
                    unbooked += 1
                    continue
                try:
                    yield from [entries.record(found) for found in _entries(heading, entry)]
                except ValueError as err:
                    yield RowError(entry.sourceline or 1, str(err))
    if unbooked:
        yield Notice(f"left out, since not booked yet: {unbooked}")


def _status(entry: "etree._Element") -> str:
    paths: tuple[tuple[str, ...], ...] = (("Sts",), ("Sts", "Cd"), ("Sts", "Prtry"))
    return details.first(*(details.text(entry, *path) for path in paths)).upper()


def _refusal(root: "etree._Element") -> str:
    if any(details.local(found) == _REPORT for found in root.iter()):
        return "a CAMT.052 report is not final: only CAMT.053 and CAMT.054 are read"
    return "the XML holds no CAMT.053 statement and no CAMT.054 notification"


@dataclass(frozen=True, slots=True)
class _Heading:
    """What a statement says for all its entries; looked up once, since entries are many."""

    account: str
    as_of: str

    @classmethod
    def of(cls, statement: "etree._Element") -> "_Heading":
        numbers = (("IBAN",), ("Othr", "Id"))
        account = details.first(*(details.text(statement, "Acct", "Id", *n) for n in numbers))
        return cls(account, _day(details.text(statement, "CreDtTm")))


def _entries(heading: _Heading, element: "etree._Element") -> Iterator[Entry]:
    """Yield the payments of one entry."""
    whole = _entry(heading, element)
    transactions = details.elements(element, "NtryDtls", "TxDtls")
    parts = [_amount(transaction, whole) for transaction in transactions]
    stated = [amount for amount in parts if amount]
    total = format(sum(map(Decimal, stated), Decimal(0)), "f")
    agrees = Decimal(total) == Decimal(whole.amount)
    if len(transactions) > 1 and len(stated) == len(transactions) and agrees:
        known: dict[str, int] = {}
        for transaction, amount in zip(transactions, stated, strict=True):
            yield _part(whole, element, transaction, amount, known)
        return
    _complete(whole, element, transactions)
    if stated and len(stated) == len(transactions) and not agrees:
        reason = "the transactions of the entry add up to another amount"
        whole.mismatches.append(
            {"field": "amount", "stated": whole.amount, "computed": total, "reason": reason}
        )
    yield whole


def _entry(heading: _Heading, element: "etree._Element") -> Entry:
    """Return what an entry says of itself, without its transactions."""
    amounts = details.elements(element, "Amt")
    if not amounts:
        raise ValueError("has no Amt")
    entry = Entry(
        amount=_signed(element, _decimal(amounts[0]), ""),
        currency=amounts[0].get("Ccy", ""),
        date=_date(element, "BookgDt"),
        value_date=_date(element, "ValDt"),
        account=heading.account,
        method=_method(element),
        transaction=details.first(details.text(element, "AcctSvcrRef")),
        place=element.sourceline or 1,
        as_of=heading.as_of,
    )
    entry.identity = _identity(entry, element)
    return entry


def _identity(entry: Entry, element: "etree._Element") -> tuple[str, ...]:
    """Return the bank's reference of the entry, else all that the entry states.

    Amount and currency always belong to it, since some banks give a day's entries one reference.
    `NtryRef` does not: banks number entries anew in each statement, or repeat an account in it.
    """
    if entry.transaction:
        return (entry.account, entry.transaction, entry.amount, entry.currency)
    about = (
        *map(details.said, details.elements(element, "NtryDtls")),
        details.text(element, "AddtlNtryInf"),
    )
    return (entry.account, entry.date, entry.value_date, entry.amount, entry.currency, *about)


def _part(
    whole: Entry,
    element: "etree._Element",
    transaction: "etree._Element",
    amount: str,
    known: dict[str, int],
) -> Entry:
    """Return one transaction of an entry as a payment of its own."""
    about = digest(amount, details.said(transaction))
    known[about] = known.get(about, 0) + 1
    part = Entry(
        amount=amount,
        currency=whole.currency,
        date=whole.date,
        value_date=whole.value_date,
        account=whole.account,
        method=whole.method,
        transaction=whole.transaction,
        identity=(*whole.identity, about, str(known[about])),
        place=transaction.sourceline or whole.place,
        as_of=whole.as_of,
    )
    _complete(part, element, [transaction])
    return part


def _complete(
    entry: Entry, element: "etree._Element", transactions: "list[etree._Element]"
) -> None:
    """Add what transactions say of an entry: the other party where they agree, all references."""
    parties = {details.party(element, transaction) for transaction in transactions}
    if len(parties) == 1:
        entry.other, entry.other_account = parties.pop()
    references = details.listed(found for t in transactions for found in details.references(t))
    entry.reference = ", ".join(references)
    entry.invoices = details.listed(found for t in transactions for found in details.invoices(t))
    notes = details.listed(found for t in transactions for found in details.notes(t))
    entry.note = "\n".join(notes) or details.text(element, "AddtlNtryInf")
    own = details.listed(
        details.text(transaction, "Refs", "AcctSvcrRef") for transaction in transactions
    )
    if len(own) == 1:
        entry.transaction = own[0]
    if any(details.elements(transaction, "RtrInf") for transaction in transactions):
        entry.method = "reversal"


def _method(element: "etree._Element") -> str:
    if details.is_reversal(element):
        return "reversal"
    return _METHODS.get(details.text(element, "BkTxCd", "Domn", "Fmly", "Cd").upper(), "")


def _amount(transaction: "etree._Element", whole: Entry) -> str:
    """Return the signed amount of a transaction; "" for none in the entry's currency."""
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt")):
        for found in details.elements(transaction, *path):
            if found.get("Ccy") == whole.currency:
                return _signed(transaction, _decimal(found), whole.amount)
    return ""


def _signed(element: "etree._Element", amount: str, like: str) -> str:
    """Return an amount with the record's sign: as its own indicator says, else like another's."""
    indicator = details.text(element, "CdtDbtInd").upper()
    if indicator not in {"DBIT", "CRDT"} and not like:
        raise ValueError("has no CdtDbtInd of DBIT or CRDT")
    is_credit = indicator == "CRDT" if indicator else like.startswith("-")
    return negated(amount) if is_credit else amount


def _decimal(element: "etree._Element") -> str:
    try:
        amount = values.xml_decimal(element.text or "")
    except ValueError as err:
        raise ValueError(f"Amt {err}") from err
    if fields.amount(amount):
        raise ValueError("Amt is not an amount")
    return amount


def _date(element: "etree._Element", name: str) -> str:
    stated = details.first(details.text(element, name, "Dt"), details.text(element, name, "DtTm"))
    try:
        return values.xml_date(stated) if stated else ""
    except ValueError as err:
        raise ValueError(f"{name} {err}") from err


def _day(moment: str) -> str:
    """Return the day on which a statement was written; "" where it says none that can be read."""
    try:
        return values.xml_date(moment)
    except ValueError:
        return ""
