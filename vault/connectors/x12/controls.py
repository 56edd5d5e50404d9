"""Where a transaction set disagrees with itself, beyond what all documents are checked for.

A total of X12 (TDS, AMT) includes charges and taxes, which senders state once for the whole, once
for each line, or both; as SAC, as TXI, or as both. A total is a disagreement only where none of
these ways leads to it; what is named then is the nearest.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext
from itertools import chain

from vault.connectors.documents.model import Line
from vault.connectors.x12.charges import Charges, amount_of
from vault.connectors.x12.tokens import Segment
from vault.domain.records import ParsedRecord

_CENT = Decimal("0.01")
_PRECISION = 100
_NUMBER = re.compile("[0-9]{1,18}(?:[.][0-9]{1,12})?")


def name(record: ParsedRecord, found: Iterator[dict[str, str]]) -> ParsedRecord:
    """Add mismatches to those that a record names already, not one that says the same."""
    known = record.data.get("mismatches", [])
    said = {(mismatch["field"], mismatch.get("computed")) for mismatch in known}
    more = [one for one in found if (one["field"], one.get("computed")) not in said]
    if more:
        record.data["mismatches"] = [*known, *more]
    return record


def of_total(
    field: str, stated: str, lines: Sequence[Line], whole: Charges, each: Sequence[Charges]
) -> Iterator[dict[str, str]]:
    """Compare a total with lines, charges and taxes; only where each line's amount is known."""
    with localcontext(prec=_PRECISION):
        amounts = [amount_of(line) for line in lines]
        known = [amount for amount in amounts if amount is not None]
        if not stated or not known or len(known) < len(amounts):
            return
        total = Decimal(stated)
        ways = list(_ways(sum(known, Decimal(0)), whole, each))
        nearest = min(ways, key=lambda way: abs(way - total))
        if abs(nearest - total) > _CENT * (len(lines) + 1) / 2:
            reason = "lines, charges and taxes"
            yield _mismatch(field, stated, format(nearest.quantize(_CENT), "f"), reason)


def _ways(lines: Decimal, whole: Charges, each: Sequence[Charges]) -> Iterator[Decimal]:
    of_lines = _sum(chain.from_iterable(one.adjustments() for one in each))
    of_whole = _sum(whole.adjustments())
    taxes = {
        _sum(whole.taxes),
        _sum(whole.charged_taxes),
        _sum(chain.from_iterable(one.taxes for one in each)),
        _sum(chain.from_iterable(one.charged_taxes for one in each)),
    }
    for charges in {of_whole, of_lines, of_whole + of_lines}:
        for tax in taxes - {Decimal(0)} or {Decimal(0)}:
            yield lines + charges + tax


def _sum(amounts: chain[str] | Sequence[str]) -> Decimal:
    return sum(map(Decimal, amounts), Decimal(0))


def of_counts(
    trailer: Segment | None, counts: Sequence[int], *quantities: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Compare CTT: the number of lines, and the sum of quantities, by any way of counting."""
    if trailer is None:
        return
    stated = trailer.at(1)
    if stated.isdecimal() and int(stated[:9]) not in counts:
        yield _mismatch("CTT01", stated, str(counts[0]), "number of lines")
    hashed = trailer.at(2)
    if _NUMBER.fullmatch(hashed) and all(quantities[0]):
        with localcontext(prec=_PRECISION):
            sums = [_sum(way) for way in quantities if all(way)]
            if Decimal(hashed) not in (*sums, 0):
                yield _mismatch("CTT02", hashed, format(sums[0], "f"), "sum of quantities")


def _mismatch(field: str, stated: str, computed: str, reason: str) -> dict[str, str]:
    return {"field": field, "stated": stated, "computed": computed, "reason": reason}
