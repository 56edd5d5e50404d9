"""What the columns of an unknown sheet may mean: a proposal, for the customer to correct.

A column gets a meaning by its name alone. How figures are written is seen in the columns that have
a meaning; where what is seen has two readings the draft says null, and nobody's file is read so.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from vault.connectors.formats.table import Row
from vault.connectors.sheet.cells import ABSENT, stripped
from vault.connectors.sheet.column_names import POSITION, SYNONYMS
from vault.connectors.sheet.words import squashed
from vault.domain.column_maps import Dates, Decimals
from vault.domain.columns import IDENTITY, MEANINGS, NAME_LENGTH, NEEDED, Cell, column_names
from vault.domain.compartments import Kind
from vault.domain.proposals import CELL_LENGTH, SAMPLE_ROWS, Proposal

_TELLING = {
    Kind.PURCHASE: {"name", "sku", "mpn", "gtin", "quantity", "price"},
    Kind.ORDER: {"orderNumber", "orderDate", "totalPrice"},
    Kind.INVOICE: {"invoiceNumber", "paymentDueDate", "issueDate", "totalPaymentDue"},
    Kind.LICENSE: {"publisher", "quantityOwned", "licenseNumber", "ownedThrough", "key", "metric"},
}
"""The fields whose columns say what a row is."""

_FIGURES = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2(?:[0-9]{4}|[0-9]{2})(?:\D.*)?")
_SEPARATED = re.compile(r"[0-9][0-9\s'’.,]*[.,][0-9]+")
_MONTHS = 12


def proposal(header: Sequence[str], rows: Sequence[Row]) -> Proposal:
    """Return what is to be shown of a sheet: names, first rows, and a draft for each kind."""
    names = column_names(header)
    sample = [[stripped(cell) for cell in cells[: len(names)]] for _, cells in rows]
    drafts = {kind.value: _draft(kind, names, sample) for kind in MEANINGS}
    shown = [tuple(_cut(cell, CELL_LENGTH) for cell in cells) for cells in sample[:SAMPLE_ROWS]]
    return Proposal(
        header=tuple(_cut(" ".join(name.split()), NAME_LENGTH) for name in header),
        names=tuple(names),
        sample=tuple(shown),
        kind=_likeliest(drafts),
        drafts=drafts,
    )


def _cut(text: str, length: int) -> str:
    """Text that may be shown: printable, and not too long."""
    return "".join(letter if letter.isprintable() else " " for letter in text[:length])


def _draft(kind: Kind, names: list[str], sample: list[list[str]]) -> dict[str, Any]:
    columns = _meanings(kind, names)
    return {
        "kind": kind.value,
        "seller": "",
        "currency": "",
        "dates": _dates(_cells(kind, Cell.DATE, columns, names, sample)),
        "decimals": _decimals(_cells(kind, Cell.AMOUNT, columns, names, sample)),
        "encoding": "",
        "header": [name for name in names if name],
        "columns": columns,
        "ids": _ids(kind, columns, names),
    }


def _meanings(kind: Kind, names: Sequence[str]) -> dict[str, str]:
    """Return a field for each column that has a known name; a field's surest name wins."""
    compared = {name: squashed(name) for name in names if name}
    taken: dict[str, str] = {}
    wanted = [
        (rank, field, synonym)
        for field, synonyms in SYNONYMS[kind].items()
        for rank, synonym in enumerate(synonyms)
    ]
    for _, field, synonym in sorted(wanted, key=lambda one: one[0]):
        for name, plain in compared.items():
            if plain == synonym and name not in taken and field not in taken.values():
                taken[name] = field
    return {name: taken[name] for name in names if name in taken}


def _ids(kind: Kind, columns: dict[str, str], names: Sequence[str]) -> list[str]:
    """Return the columns that tell rows apart, where numbers do; none leaves it to the rest."""
    identity = IDENTITY[kind]
    chosen = [name for name, field in columns.items() if field in identity]
    if kind is not Kind.PURCHASE:
        return chosen if kind is not Kind.LICENSE else []
    position = [name for name in names if squashed(name) in POSITION and name not in columns]
    order = [name for name in chosen if columns[name] == "orderNumber"]
    return order + position if order and position else []


def _cells(
    kind: Kind, cell: Cell, columns: dict[str, str], names: list[str], sample: list[list[str]]
) -> list[str]:
    """Return what stands in the columns of one sort."""
    meanings = MEANINGS[kind]
    places = [names.index(name) for name, field in columns.items() if meanings[field] is cell]
    found = (row[place] for row in sample for place in places if place < len(row))
    return [text for text in found if text not in ABSENT]


def _dates(texts: Iterable[str]) -> str | None:
    """Return how dates in figures are written; null where that cannot be seen."""
    styles = set()
    open_question = False
    for found in map(_FIGURES.fullmatch, texts):
        if found is None:
            continue
        first, second = int(found[1]), int(found[3])
        if first > _MONTHS or found[2] == ".":
            styles.add(Dates.DAY_FIRST)
        elif second > _MONTHS:
            styles.add(Dates.MONTH_FIRST)
        else:
            open_question = True
    if len(styles) == 1:
        return styles.pop().value
    return None if styles or open_question else Dates.PLAIN.value


def _decimals(texts: Iterable[str]) -> str | None:
    """Return what stands before decimals; null where that cannot be seen."""
    styles = set()
    open_question = False
    for text in texts:
        found = None if type(text) is not str else _SEPARATED.search(text)
        if found is None:
            continue
        style = _decimal(found[0])
        open_question |= style is None
        if style is not None:
            styles.add(style)
    if len(styles) == 1:
        return styles.pop().value
    return None if styles or open_question else Decimals.PLAIN.value


def _decimal(figures: str) -> Decimals | None:
    """Return which of the marks in a number stands before its decimals; None where both may."""
    marks = [mark for mark in figures if mark in ".,"]
    last = marks[-1]
    behind = len(figures) - 1 - figures.rindex(last)
    after_last = Decimals.POINT if last == "." else Decimals.COMMA
    other = Decimals.COMMA if last == "." else Decimals.POINT
    if len(set(marks)) > 1:
        return after_last
    if len(marks) > 1:
        return other
    thousands = behind == len("000") and not figures.startswith("0")
    return None if thousands else after_last


def _likeliest(drafts: dict[str, dict[str, Any]]) -> str:
    """Return the kind of which most is there; "" where none is likelier than another."""
    scores = {}
    for kind, needed in NEEDED.items():
        stated = set(drafts[kind.value]["columns"].values())
        telling = len(stated & _TELLING[kind])
        scores[kind.value] = telling + len(stated) / 100 if stated & set(needed) else 0.0
    best = max(scores.values())
    likeliest = [kind for kind, score in scores.items() if score == best]
    return likeliest[0] if best and len(likeliest) == 1 else ""
