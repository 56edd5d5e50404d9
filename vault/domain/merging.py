"""One truth from several sources: what a record says, given all that is stated of it.

The result depends on the set of statements alone, not on the order in which they came, so that
importing in any order, any number of times, gives the same vault. The rules:

- What a document leaves unsaid is not thereby untrue: whatever any statement says is kept.
- A source that states its own thing again as of a later time has corrected itself.
- A state (an order's status, what is paid) is the latest (`states.py`).
- Lists of things are joined: parcels (`parcels.py`), serial numbers, orders referred to.
- Wording (names, addresses) is that of the statement that says most.
- Any other value in which statements differ is a **conflict**: the value of the statement that
  says most stands, and all of them stand side by side until the customer chooses.
- A line may bill or send a part of what was ordered (`portions.py`): its quantity and total then
  do not count.

A choice is a correction by hand (`edits`): it stands over everything stated before or after.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from vault.domain import parcels
from vault.domain.canonical import canonical
from vault.domain.compartments import Kind
from vault.domain.portions import is_of_what_was_sent, portion_of
from vault.domain.statements import Statement
from vault.domain.states import STATUSES, is_sent, is_state, latest

Data: TypeAlias = dict[str, Any]
Said: TypeAlias = tuple[Statement, Any]

WORDING = (
    "name", "brand", "category", "unitCode", "deliveryAddress", "channel", "site", "giftRecipient",
    "giftMessage", "paymentTerms", "publisher", "metric", "reference", "note", "paymentMethod",
)  # fmt: skip
JOINED = ("serialNumbers", "referencesOrder", "referencesInvoice", "mismatches")
PARTIES = ("seller", "provider", "payee")
PORTIONS = ("quantity", "lineTotal")


def merge(kind: Kind, statements: Iterable[Statement]) -> tuple[Data, list[Data]]:
    """Return what the statements say together, and the conflicts among them.

    A conflict is `{"field", "values": [{"value", "sources": [connector]}]}`, the value that stands
    first.
    """
    ranked = ranked_of(statements)
    if len(ranked) == 1:
        return dict(ranked[0].stated), []
    merged: Data = {}
    conflicts: list[Data] = []
    for name in sorted({name for one in ranked for name in one.stated}):
        said = _heard(ranked, name)
        merged[name] = _value(kind, name, said)
        differing = _differing(kind, name, said)
        if differing:
            conflicts.append({"field": name, "values": differing})
    return merged, conflicts


def compose(
    kind: Kind, statements: Sequence[Statement], corrected: Mapping[str, Any] | None = None
) -> Data:
    """Return a record's whole data, bookkeeping included, from its statements.

    `corrected` is the data as the customer last saw it: the fields in its `edits` stand as they
    are there, the absent ones stay absent.
    """
    corrected = corrected or {}
    edits = corrected.get("edits", ())
    if len(statements) == 1 and not edits:
        return _plain(statements[0])  # what most records are, and there may be a million
    merged, conflicts = merge(kind, statements)
    data = {name: value for name, value in merged.items() if name not in edits}
    data |= {name: corrected[name] for name in edits if name in corrected}
    ranked = ranked_of(statements)
    links = list(dict.fromkeys(link for one in ranked for link in one.links))
    # A gift mark says nothing about what a source states.
    many = len(ranked) > 1 or set(edits) - {"isGift"}
    kept = {
        "links": links,
        "source": ranked[0].source(),
        "sources": [one.to_json() for one in ranked] if many else [],
        "edits": list(edits),
        "conflicts": [one for one in conflicts if one["field"] not in edits],
    }
    return data | {name: value for name, value in kept.items() if value}


def _plain(statement: Statement) -> Data:
    links = {"links": list(statement.links)} if statement.links else {}
    return {**statement.stated, **links, "source": statement.source()}


def ranked_of(statements: Iterable[Statement]) -> list[Statement]:
    """Statements by how much they say, those that say most first; no two orders are possible."""
    return sorted(statements, key=_rank_of)


def _rank_of(one: Statement) -> tuple[int, tuple[str, str], str, str, str, str]:
    said = canonical(one.stated)
    return -len(one.stated), one.key, said, one.document, one.as_of, one.issuer


def _heard(ranked: Sequence[Statement], name: str) -> list[Said]:
    """Who states a field, less what a source has itself corrected, and less mere portions."""
    said = [(one, one.stated[name]) for one in ranked if name in one.stated]
    newest: dict[tuple[str, str], datetime] = {}
    for one, _ in said:
        spoken = one.spoken
        if spoken and spoken > newest.get(one.key, spoken.min.replace(tzinfo=UTC)):
            newest[one.key] = spoken
    current = [
        (one, value)
        for one, value in said
        if one.key not in newest or one.spoken == newest[one.key]
    ]
    return _whole(current) if name in PORTIONS else current


def _whole(said: list[Said]) -> list[Said]:
    """Without the lines that bill or send another quantity than was ordered."""
    ordered = {_quantity(one) for one, _ in said if not portion_of(one)}
    if not ordered:
        return said
    return [(one, value) for one, value in said if not portion_of(one) or _quantity(one) in ordered]


def _quantity(statement: Statement) -> str:
    return _comparable(statement.stated.get("quantity", ""))


def _value(kind: Kind, name: str, said: Sequence[Said]) -> Any:
    values = [value for _, value in said]
    if name in JOINED:
        return _joined(values)
    if name == "deliveries":
        return _parcels(said)
    if name in PARTIES:
        return _party(values)
    if name == "isGift":
        return any(values)
    if is_state(kind, name):
        return latest(name, [(one.spoken, value) for one, value in said])
    return values[0]


def _differing(kind: Kind, name: str, said: Sequence[Said]) -> list[Data]:
    """The values side by side, where the customer has to choose; else nothing."""
    settled = (*WORDING, *JOINED, *PARTIES, *STATUSES, "deliveries", "lines", "isGift", "hasKey")
    if name in settled:
        return []
    if is_state(kind, name) and all(one.spoken for one, _ in said):
        return []
    grouped: dict[str, tuple[Any, list[str]]] = {}
    for one, value in said:
        grouped.setdefault(_comparable(value), (value, []))[1].append(one.connector)
    if len(grouped) == 1:
        return []
    return [
        {"value": value, "sources": list(dict.fromkeys(names))} for value, names in grouped.values()
    ]


def _comparable(value: Any) -> str:
    """A value as it is compared: numbers by amount, text without case and extra white space."""
    if not isinstance(value, str):
        return canonical(value)
    try:
        return str(Decimal(value).normalize())
    except InvalidOperation:
        return " ".join(value.casefold().split())


def _joined(values: Iterable[Any]) -> list[Any]:
    """Every element of several lists, once, in an order that is always the same."""
    elements = {canonical(element): element for value in values for element in value}
    return [elements[name] for name in sorted(elements)]


def _party(values: Sequence[Mapping[str, str]]) -> Data:
    """The first name and the first identifier that are stated."""
    party: Data = {}
    for member in ("name", "identifier"):
        found = next((value[member] for value in values if value.get(member)), None)
        if found:
            party[member] = found
    return party


def _parcels(said: Sequence[Said]) -> list[Data]:
    """The parcels of an order: one for each tracking number, as the latest statement has it."""
    return parcels.joined(
        parcels.Told(
            value,
            when=one.spoken,
            notice=is_of_what_was_sent(one),
            all_sent=is_sent(one.stated.get("orderStatus")),
        )
        for one, value in said
    )
