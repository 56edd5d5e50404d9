"""OFX: statements of bank accounts and credit cards, versions 1.x and 2.x, also as QFX and QBO.

Of investment statements the bank transactions of the account's cash are read (INVBANKTRAN, OFX 2.2
13.9.2.3: checks, bill payments, deposits); what is traded, earned and held are no payments.
Transactions that are not booked yet are left out. The bank's number of a transaction (FITID) is
unique in its account.
"""

import contextlib
import re
from collections.abc import Iterator

from vault.connectors.base import Document, Extracted, Notice
from vault.connectors.formats.table import encoding_of
from vault.connectors.payments.entry import Entries, Entry, negated
from vault.connectors.payments.ofx_values import ofx_amount, ofx_day
from vault.connectors.payments.sgml import Aggregate, aggregates
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_BEGIN = re.compile(r"<OFX(?:\s[^<>]*)?>", re.IGNORECASE)
_HEADER_WITHIN = 4096
_CHARSET = re.compile(r"^\s*CHARSET:\s*([\w-]+)", re.MULTILINE)
_CODECS = {"1250": "cp1250", "1251": "cp1251", "1253": "cp1253", "1254": "cp1254", "932": "cp932"}
_LATIN = {"8859-1": "latin-1", "ISO-8859-1": "latin-1", "8859-15": "iso8859-15"}
_LEAVES = frozenset(
    {
        *("TRNTYPE", "DTPOSTED", "DTUSER", "DTAVAIL", "TRNAMT", "FITID", "CORRECTFITID"),
        *("CORRECTACTION", "CHECKNUM", "REFNUM", "NAME", "MEMO", "CURSYM", "CURRATE", "CURDEF"),
        *("BANKID", "BRANCHID", "ACCTID", "ACCTTYPE", "CODE", "SEVERITY", "MESSAGE", "DTSERVER"),
        *("LANGUAGE", "ORG", "FID", "SRVRTID", "SIC", "PAYEEID", "BALAMT", "DTASOF", "EXTDNAME"),
    }
)
_INVESTMENT, _CASH = "INVSTMTRS", "INVBANKTRAN"
_BANKING = ("STMTRS", "CCSTMTRS")
_STATEMENTS = (*_BANKING, _INVESTMENT)
_ACCOUNTS = ("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM")
_PENDING = "STMTTRNP"
_WEAK = 6  # some banks number the transactions of each file anew: 1, 2, 3
_CURRENCY = re.compile("[A-Z]{3}")
_SIGN = {"DEBIT": False, "CREDIT": True}


def recognises(document: Document) -> bool:
    """Return whether OFX's root element stands near the beginning, whatever the header."""
    head = document.head[:_HEADER_WITHIN]
    return bool(_BEGIN.search(head.decode(encoding_of(head), "replace")))


def read(document: Document) -> Iterator[Extracted]:
    """Yield each booked transaction of a bank account or a card."""
    statement = _Statement()
    text = _body(document.buffer())
    for aggregate, around in aggregates(text, _LEAVES):
        try:
            statement.take(aggregate, around)
        except ValueError as err:
            yield RowError(aggregate.line, str(err))
    if not statement.is_complete(text):
        yield RowError(text.count("\n") + 1, "the file ends within the statement")
    statement.refuse_others()
    yield from statement.records()


def _body(content: bytes) -> str:
    """Return the text from the root element on, with the header's line ends before it."""
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding)
    except UnicodeError:
        text = _legacy(content)
    begins = _BEGIN.search(text)
    if begins is None:
        raise UnsupportedDocument("the file holds no OFX")
    return "\n" * text.count("\n", 0, begins.start()) + text[begins.start() :]


def _legacy(content: bytes) -> str:
    """Decode by the header's CHARSET; what names none is Windows' Western European."""
    header = content[:_HEADER_WITHIN].decode("latin-1")
    named = _CHARSET.search(header)
    charset = named[1].upper() if named else ""
    codec = _CODECS.get(charset) or _LATIN.get(charset) or "cp1252"
    try:
        return content.decode(codec)
    except UnicodeError as err:
        raise UnsupportedDocument(f"the file is not valid {codec} text") from err


class _Statement:
    """Gathers the transactions of all accounts in a file, and what else it says."""

    def __init__(self) -> None:
        self._found: list[tuple[Entry, str, str]] = []
        self._pending = 0
        self._kinds: set[str] = set()
        self._as_of = ""
        self._refused = ""

    def take(self, aggregate: Aggregate, around: list[Aggregate]) -> None:
        """Take one aggregate; ValueError for a transaction that cannot be read."""
        self._kinds.add(aggregate.name)
        if aggregate.name == "SONRS":
            with contextlib.suppress(ValueError):
                self._as_of = ofx_day(aggregate.values.get("DTSERVER", ""), "DTSERVER")
        elif aggregate.name == "STATUS" and aggregate.values.get("SEVERITY") == "ERROR":
            self._refused = aggregate.values.get("CODE", "")
        elif aggregate.name == _PENDING:
            self._pending += 1
        elif aggregate.name == "STMTTRN":
            outer = next((found for found in around if found.name in _STATEMENTS), None)
            if outer is None:
                return
            if aggregate.values.get("TRNTYPE", "").upper() == "HOLD":
                self._pending += 1
                return
            stated = aggregate.values
            entry = _entry(aggregate, outer)
            self._found.append(
                (entry, stated.get("CORRECTFITID", ""), stated.get("CORRECTACTION", "").upper())
            )

    def is_complete(self, text: str) -> bool:
        """Return whether the file's end is there, of a file that has a statement."""
        return "</ofx>" in text[-_HEADER_WITHIN:].lower() or not self._kinds & {*_STATEMENTS}

    def refuse_others(self) -> None:
        """Refuse, by the name of what it is, a file without a statement of an account."""
        if self._kinds & {*_BANKING, _CASH}:
            return
        if _INVESTMENT in self._kinds:
            raise UnsupportedDocument("the OFX is an investment statement, which has no payments")
        if self._refused:
            raise UnsupportedDocument(
                f"the bank has refused: the OFX holds its error {self._refused:.10}"
            )
        if "ACCTINFORS" in self._kinds:
            raise UnsupportedDocument("the OFX is a list of accounts, without a statement")
        raise UnsupportedDocument("the OFX holds no statement of an account")

    def records(self) -> Iterator[Extracted]:
        """Yield the transactions that stand, corrections applied, and what was left out."""
        corrected = {number for _, number, action in self._found if number and action}
        entries = Entries("ofx")
        alike: dict[tuple[str, str], list[Entry]] = {}
        for entry, number, action in self._found:
            if action == "DELETE":
                yield Notice(f"line {entry.place}: not read, it takes back an earlier transaction")
            elif entry.transaction not in corrected or action == "REPLACE":
                entry.as_of = self._as_of
                identity = (entry.account, number if action == "REPLACE" else entry.transaction)
                alike.setdefault(identity, []).append(entry)
        for (account, number), found in alike.items():
            yield from map(entries.record, _told_apart(account, number, found))
        if _INVESTMENT in self._kinds:
            yield Notice("not read: what the investment statement says of securities")
        if self._refused:
            yield Notice(
                f"the bank answers a part of the request with its error {self._refused:.10}"
            )
        if self._pending:
            yield Notice(f"left out, since not booked yet: {self._pending}")


def _told_apart(account: str, number: str, found: list[Entry]) -> Iterator[Entry]:
    """Yield entries with their identities: the number, or what they say besides where it is weak.

    It is weak where the bank gave it to several, or counts from 1 in each file anew. The same
    entry twice, as where periods overlap, is one.
    """
    stated = {(entry.date, entry.amount, entry.other, entry.note): entry for entry in found}
    if len(number) >= _WEAK and len(stated) == 1:
        found[0].identity = (account, number)
        yield found[0]
        return
    for entry in stated.values() if number else found:
        entry.identity = (account, number, entry.date, entry.amount, entry.other, entry.note)
        yield entry


def _entry(aggregate: Aggregate, outer: Aggregate) -> Entry:
    stated = aggregate.values
    amount = ofx_amount(stated.get("TRNAMT", ""))
    payee = aggregate.inner.get("PAYEE")
    name = stated.get("NAME", "") or ("" if payee is None else payee.values.get("NAME", ""))
    memo = stated.get("MEMO", "")
    kind = stated.get("TRNTYPE", "")
    entry = Entry(
        amount=negated(amount),
        currency=_currency(aggregate, outer),
        date=ofx_day(stated.get("DTPOSTED", ""), "DTPOSTED"),
        value_date=ofx_day(stated.get("DTAVAIL", ""), "DTAVAIL", needed=False),
        account=_account(outer),
        other=name,
        reference=stated.get("REFNUM", "") or stated.get("CHECKNUM", "").lstrip("0"),
        method=kind.lower(),
        transaction=stated.get("FITID", ""),
        note="" if memo == name else memo,
        place=aggregate.line,
    )
    if amount.startswith("-") is _SIGN.get(kind.upper()):
        entry.mismatches.append(_contradiction(entry, kind))
    return entry


def _contradiction(entry: Entry, kind: str) -> dict[str, str]:
    reason = f"the transaction's type is {kind}, its sign says otherwise"
    return {
        "field": "amount",
        "stated": entry.amount,
        "computed": negated(entry.amount),
        "reason": reason,
    }


def _account(outer: Aggregate) -> str:
    found = next((outer.inner[name] for name in _ACCOUNTS if name in outer.inner), None)
    return "" if found is None else found.values.get("ACCTID", "")


def _currency(aggregate: Aggregate, outer: Aggregate) -> str:
    """Return the currency of the amount; an original currency is only where it came from."""
    own = aggregate.inner.get("CURRENCY")
    stated = outer.values.get("CURDEF", "") if own is None else own.values.get("CURSYM", "")
    return stated.upper() if _CURRENCY.fullmatch(stated.upper()) else ""
