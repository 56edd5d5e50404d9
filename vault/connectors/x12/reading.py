"""One file: its transaction sets one after another, those that are read and those that are not.

Everything that is whole is kept. A set that is cut off, or cannot be read, is an error of its own;
sets of other kinds are named, and refuse a file that holds nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from vault.connectors.base import Extracted, Notice
from vault.connectors.x12 import codes, invoices, orders, shipments
from vault.connectors.x12.envelopes import Envelopes, TransactionSet
from vault.connectors.x12.tokens import Segment
from vault.domain.records import RowError
from vault.errors import UnsupportedDocument

_READERS: Mapping[str, Callable[[TransactionSet], Iterator[Extracted]]] = {
    "810": invoices.records,
    "850": orders.order,
    "855": orders.response,
    "856": shipments.records,
}
_NOTICES = 100
_NAMED = 10


class Reading:
    """Reads the segments of one file."""

    def __init__(self) -> None:
        self._others: Counter[str] = Counter()
        self._met = self._notices = 0

    def read(self, segments: Iterator[Segment]) -> Iterator[Extracted]:
        """Yield records, errors and notices; refuses a file without anything that is read."""
        for item in Envelopes().read(segments):
            if isinstance(item, TransactionSet):
                yield from self._set(item)
            elif isinstance(item, Notice):
                self._notices += 1
                if self._notices <= _NOTICES:
                    yield item
            else:
                self._met += 1
                yield item
        if not self._met:
            raise UnsupportedDocument(self._refusal())
        yield from self._left_out()

    def _set(self, whole: TransactionSet) -> Iterator[Extracted]:
        reader = _READERS.get(whole.code)
        if reader is None:
            self._others[whole.code] += 1
            return
        self._met += 1
        try:
            yield from list(reader(whole))
        except ValueError as err:
            yield RowError(whole.start.place, f"the transaction set {whole.name}: {err}")

    def _refusal(self) -> str:
        if not self._others:
            return "the X12 file holds no transaction set"
        found = ", ".join(_called(code) for code in list(self._others)[:_NAMED])
        return f"X12 {found} is not read: only 810, 850, 855 and 856 are"

    def _left_out(self) -> Iterator[Notice]:
        for code, count in list(self._others.items())[:_NOTICES]:
            yield Notice(f"{count} × {_called(code)}: not read")
        if self._notices > _NOTICES:
            yield Notice(f"{self._notices - _NOTICES} more disagreements of control totals")


def _called(code: str) -> str:
    name = codes.NAMES.get(code, "")
    return f"{code} ({name})" if name else code
