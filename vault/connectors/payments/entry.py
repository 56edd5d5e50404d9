"""An entry of an account, as each format maps it, and the record that it becomes.

An account's own number is kept to its last four characters. In a source id it stands only as a
digest together with the bank's number of the entry, so that the id tells nobody the account.
"""

import hashlib
from dataclasses import dataclass, field

from vault.domain.compartments import Kind
from vault.domain.records import ParsedRecord, RecordData

_ENDING = 4
_TELLING = 6


@dataclass(slots=True)
class Entry:
    """A booked movement of money, everything as stated; "" is what the document does not state.

    `amount` is positive for what went out of the account and negative for what came in. `account`
    is the account's whole number; `other` names the other party, `other_account` is its number or
    address. `identity` is what says which entry this is, within its format.
    """

    amount: str
    currency: str = ""
    date: str = ""
    value_date: str = ""
    account: str = ""
    other: str = ""
    other_account: str = ""
    reference: str = ""
    invoices: list[str] = field(default_factory=list)
    method: str = ""
    transaction: str = ""
    note: str = ""
    identity: tuple[str, ...] = ()
    mismatches: list[dict[str, str]] = field(default_factory=list)
    place: int = 0
    as_of: str = ""

    def data(self) -> RecordData:
        """Return the record's data."""
        party = {"name": self.other, "identifier": self.other_account}
        found: RecordData = {
            "paymentDate": self.date,
            "valueDate": self.value_date,
            "amount": self.amount,
            "priceCurrency": self.currency,
            "payee": {name: value for name, value in party.items() if value},
            "reference": self.reference,
            "referencesInvoice": self.invoices,
            "paymentMethod": self.method,
            "account": self.account[-_ENDING:].strip(),
            "transactionId": "" if self._betrays_account() else self.transaction,
            "note": self.note,
            "mismatches": self.mismatches,
        }
        return {name: value for name, value in found.items() if value}

    def _betrays_account(self) -> bool:
        """Return whether the bank's number of the entry has the account's number in it."""
        end = self.account[-_TELLING:]
        return len(end) == _TELLING and end in self.transaction


class Entries:
    """Makes records of entries and tells those apart that state the same of themselves."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._ordinals: dict[str, int] = {}

    def record(self, entry: Entry) -> ParsedRecord:
        """Return the record of an entry; the second of its kind in a document is numbered so."""
        source_id = f"{self._prefix}/{digest(*entry.identity)}"
        ordinal = self._ordinals[source_id] = self._ordinals.get(source_id, 0) + 1
        if ordinal > 1:
            source_id = f"{source_id}/{ordinal}"
        return ParsedRecord(
            Kind.PAYMENT, source_id, entry.data(), line=entry.place, as_of=entry.as_of
        )


def digest(*parts: str) -> str:
    """Return a short digest of texts, unambiguous however they are put together."""
    whole = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(whole.encode()).hexdigest()[:32]


def negated(amount: str) -> str:
    """Return a decimal string with the other sign; zero has none."""
    if amount.startswith("-"):
        return amount[1:]
    return f"-{amount}" if amount.strip("0.") else amount
