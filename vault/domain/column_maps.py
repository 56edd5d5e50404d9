"""Column maps: what the columns of a sheet mean, as the customer has said it once.

A sheet is known again by its header: the set of its columns' names, whatever their order, case and
white space. In JSON:

    {"kind": "purchase", "seller": "Muster GmbH", "currency": "EUR", "dates": "dmy",
     "decimals": ",", "encoding": "", "header": ["artikel", "bestellnummer", "preis"],
     "columns": {"bestellnummer": "orderNumber", "artikel": "name", "preis": "price"},
     "ids": ["bestellnummer", "artikel"]}

`ids` are the columns that tell a row from every other for good; none: see `columns.IDENTITY`.
`dates` and `decimals` say how figures with two readings are meant; "" says that the sheet has none
such, and null that nobody has said yet: such a map is not finished, and is refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, TypeVar

from vault.domain import fields
from vault.domain.columns import COLUMN_LIMIT, MEANINGS, NAME_LENGTH, NEEDED, Cell, column_name
from vault.domain.compartments import Kind
from vault.errors import InvalidInput

ENCODINGS = (
    "", "utf-8", "utf-16", "windows-1252", "iso-8859-15", "windows-1250", "windows-1251",
    "windows-1254", "mac-roman", "gb18030", "big5", "shift-jis", "euc-kr",
)  # fmt: skip
"""What a customer can say of a text's encoding; "" lets it be found out each time."""

_Style = TypeVar("_Style", bound=StrEnum)


class Dates(StrEnum):
    """How dates in figures are written. Year first, and names of months, are read in each case."""

    PLAIN = ""
    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


class Decimals(StrEnum):
    """What stands before the decimals. Figures alone are read in each case."""

    PLAIN = ""
    POINT = "."
    COMMA = ","


_SEVERAL = frozenset({Cell.TEXT})


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the columns of one sheet mean; made by `from_json`, which checks it."""

    kind: Kind
    header: tuple[str, ...]
    columns: Mapping[str, str]
    ids: tuple[str, ...] = ()
    seller: str = ""
    currency: str = ""
    dates: Dates = Dates.PLAIN
    decimals: Decimals = Decimals.PLAIN
    encoding: str = ""

    @property
    def fingerprint(self) -> frozenset[str]:
        """What a sheet is known again by."""
        return frozenset(self.header)

    def fits(self, names: Iterable[str]) -> bool:
        """Whether a row of names is this sheet's header."""
        return {name for name in names if name} == self.fingerprint

    def to_json(self) -> dict[str, Any]:
        """The map as JSON."""
        return {
            **asdict(self),
            "header": list(self.header),
            "columns": dict(self.columns),
            "ids": list(self.ids),
        }

    @classmethod
    def from_json(cls, data: object) -> "ColumnMap":
        """The map that JSON states; InvalidInput names what is wrong with it, without values."""
        known = _members(data)
        made = cls(
            kind=_kind(known.get("kind")),
            header=_names(known.get("header"), "header"),
            columns=_columns(known.get("columns")),
            ids=_names(known.get("ids", []), "ids"),
            seller=_text(known.get("seller", ""), "seller"),
            currency=_text(known.get("currency", ""), "currency"),
            dates=_style(Dates, known.get("dates", ""), "dates"),
            decimals=_style(Decimals, known.get("decimals", ""), "decimals"),
            encoding=_text(known.get("encoding", ""), "encoding"),
        )
        _check(made)
        return made


def _wrong(what: str) -> InvalidInput:
    return InvalidInput("The column map cannot be used: %(what)s.", what=what)


def _members(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong("it is no object")
    names = set(ColumnMap.__dataclass_fields__)
    if set(data) - names:
        raise _wrong("it has a member that is not known")
    return data


def _kind(value: object) -> Kind:
    if value is None:
        raise _wrong("kind: nobody has said yet what a row is")
    if isinstance(value, str) and value in MEANINGS:
        return Kind(value)
    raise _wrong(f"kind is none of {', '.join(MEANINGS)}")


def _text(value: object, member: str) -> str:
    if not isinstance(value, str) or len(value) > NAME_LENGTH or (value and fields.text(value)):
        raise _wrong(f"{member} is no short text")
    return value.strip()


def _names(value: object, member: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > COLUMN_LIMIT:
        raise _wrong(f"{member} is no list of columns")
    names = tuple(column_name(_text(name, member)) for name in value)
    if "" in names or len(set(names)) != len(names):
        raise _wrong(f"{member} has an empty name, or one twice")
    return names


def _columns(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value or len(value) > COLUMN_LIMIT:
        raise _wrong("columns: none of them has a meaning")
    return {
        column_name(_text(name, "columns")): _text(field, "columns")
        for name, field in value.items()
    }


def _style(styles: type[_Style], value: object, member: str) -> _Style:
    if value is None:
        raise _wrong(f"{member}: they can be read in two ways, and nobody has said which is meant")
    try:
        return styles(str(value))
    except ValueError:
        raise _wrong(f"{member} is none of {', '.join(map(repr, map(str, styles)))}") from None


def _check(made: ColumnMap) -> None:
    """What the members say must hold together."""
    meanings = MEANINGS[made.kind]
    if not {*made.columns, *made.ids} <= made.fingerprint:
        raise _wrong("it names a column that the header has not")
    stated = list(made.columns.values())
    if not set(stated) <= set(meanings):
        raise _wrong(f"a {made.kind} has not every field that it names")
    for field in set(stated):
        if stated.count(field) > 1 and meanings[field] not in _SEVERAL:
            raise _wrong(f"{field} is said of more than one column")
    if not set(stated) & set(NEEDED[made.kind]):
        raise _wrong(f"no column is {' or '.join(NEEDED[made.kind])}")
    if made.encoding not in ENCODINGS:
        raise _wrong("encoding is none that is known")
    if made.currency and fields.currency(made.currency):
        raise _wrong("currency is no ISO 4217 code")
