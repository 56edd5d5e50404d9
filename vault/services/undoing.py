"""Undoing an import: what it stated is taken out of the vault, and nothing else.

A record of which nothing is stated any more is erased. One that other sources know as well is what
these say of it; what the customer corrected in it stands. Where the import had made two records
one, they part again.
"""

from collections.abc import Iterator

from vault.services.changes import Change
from vault.services.filing import Outcome
from vault.services.neighbourhood import Neighbourhood
from vault.services.restating import Restatement
from vault.services.snapshots import Snapshot


def reversal(now: Snapshot, import_id: bytes, outcome: Outcome) -> Iterator[Change]:
    """Take back what an import stated, and bring back what its gifts hid.

    `outcome.added` counts what is erased, `outcome.changed` what is otherwise than before.
    """
    batch, neighbourhood = import_id.hex(), Neighbourhood(now)
    ids = neighbourhood.reach(set(), (), neighbourhood.brought_by(batch))
    left = Restatement(now, ids, now.same_sellers(), without=batch)
    outcome.added = len(left.gone)
    for change in left.changes():
        followed = change.old is not None and change.record_id not in ids
        outcome.changed += change.data is not None and not followed
        yield change
