"""What the customer corrects in a record, by a form or by choosing among what its sources say.

The record keeps in `edits` which fields these are: no later import overrules them.
"""

from typing import Any

from vault.domain.compartments import Kind
from vault.domain.statements import BOOKKEEPING, statements_of
from vault.errors import Conflict

OWN_FIELDS = (*BOOKKEEPING, "mismatches")
"""What a form does not set: where a record came from, what it belongs to, what was corrected."""


def chosen(kind: Kind, old: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    """The record with one of the values about which its sources disagree; Conflict for another."""
    stated = [
        one["value"]
        for conflict in old.get("conflicts", ())
        if conflict["field"] == field
        for one in conflict["values"]
    ]
    if value not in stated:
        raise Conflict("Your sources do not disagree about this any more. Look at it again.")
    form = {name: one for name, one in old.items() if name not in OWN_FIELDS}
    return edited(kind, old, {**form, field: value}, frozenset({field}))


def edited(
    kind: Kind, old: dict[str, Any], form: dict[str, Any], settled: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """The record as the form has it, and which fields the customer has changed by now.

    `settled` are fields that count as changed whatever they were.
    """
    # Marking is a use case of its own: it moves whatever would betray the gift.
    kept = {name: old[name] for name in (*OWN_FIELDS, "isGift") if name in old}
    merged = {**{name: value for name, value in form.items() if name != "isGift"}, **kept}
    names = (old.keys() | merged.keys()) - set(OWN_FIELDS)
    changed = {name for name in names if old.get(name) != merged.get(name)}
    edits = sorted({*old.get("edits", ()), *changed, *settled})
    if not edits or "source" not in old:
        return merged
    # What was corrected is not forgotten: the sources still say what they said.
    kept = {"edits": edits, "sources": [one.to_json() for one in statements_of(kind, old)]}
    conflicts = [one for one in old.get("conflicts", ()) if one["field"] not in edits]
    merged.pop("conflicts", None)
    return merged | kept | ({"conflicts": conflicts} if conflicts else {})
