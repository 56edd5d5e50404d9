"""Undoing an import: what it alone stated is taken out of the vault, and nothing else.

A record of which nothing is stated any more is erased. One that other sources know as well is what
these say of it; what the customer corrected in it stands. Where the import had made two records
one, they part again. What a later import repeated, word for word, is that import's from now on.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row

from vault.domain.compartments import Kind
from vault.domain.statements import statements_of
from vault.services.changes import Change
from vault.services.importing.filing import Outcome
from vault.services.importing.neighbourhood import Neighbourhood
from vault.services.importing.repetitions import Heirs
from vault.services.importing.restating import Restatement
from vault.services.snapshots import Snapshot


def reversal(now: Snapshot, undone: "Row[Any]", outcome: Outcome) -> Iterator[Change]:
    """Take back what an import stated, and bring back what its gifts hid.

    `outcome.added` counts what is erased, `outcome.changed` what is otherwise than before, and
    `outcome.unchanged` what has but passed to an import that says the same.
    """
    neighbourhood, heirs = Neighbourhood(now), Heirs(now, undone)
    ids = neighbourhood.reach(set(), (), neighbourhood.brought_by(undone.import_id.hex()))
    left = Restatement(now, ids, now.same_sellers(), heirs.left)
    outcome.added = len(left.gone)
    for change in left.changes():
        if change.data is not None and (change.old is None or change.record_id in ids):
            otherwise = change.erases or _told(change.kind, change.data) != _told_before(change)
            outcome.changed += otherwise
            outcome.unchanged += not otherwise
        yield change


def _told_before(change: Change) -> dict[str, Any]:
    return _told(change.kind, change.old.data) if change.old else {}


def _told(kind: Kind, data: Mapping[str, Any]) -> dict[str, Any]:
    """What a record says, and what is said of it; not where it was read."""
    where = ("source", "sources")
    said = [one.words() for one in statements_of(kind, data)]
    return {name: value for name, value in data.items() if name not in where} | {"said": said}
