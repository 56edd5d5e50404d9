"""Segments of the index that earlier versions have written."""

from typing import Any

from sqlalchemy import select, update

from tests.conftest import sqlite_only
from tests.story import Story, line
from vault.composition import Services
from vault.domain.compartments import Compartment, Kind
from vault.services.importing.filing import Outcome
from vault.storage import segments
from vault.storage.schema import segments as table

pytestmark = sqlite_only

LINES = [
    line(Kind.PURCHASE, "1", name="Rope"),
    line(Kind.PURCHASE, "2", name="Lamp"),
    line(Kind.ORDER, "o", orderNumber="7"),
]


def with_one_key(story: Story) -> None:
    """Write every segment as it was when a record had one `key`, or none."""
    vault = story.vault
    with story.database.write() as conn:
        for row in conn.execute(select(table)).all():
            place = vault.vault_id, Compartment(row.compartment), row.epoch, row.segment_id
            where = segments._place(*place, "manifest")
            packed = vault.ring.unseal(conn, place[1], row.epoch, row.manifest, where)
            columns: dict[str, Any] = segments._unpack(packed)
            columns["key"] = [(keys or [""])[0] for keys in columns.pop("keys")]
            _, sealed = vault.ring.seal(place[1], segments._pack(columns), where)
            mine = table.c.segment_id == row.segment_id
            conn.execute(update(table).where(mine).values(manifest=sealed))


def test_a_segment_with_one_key_a_line_is_read(services: Services) -> None:
    """What was imported is known by its key, and what was added by hand by none."""
    story = Story(services)
    story.bring(*LINES)
    story.add(name="Cup")
    with_one_key(story)
    assert story.bring(*LINES) == Outcome(unchanged=3)
    assert story.bring(line(Kind.PURCHASE, "1", name="Rope", brand="Acme")) == Outcome(changed=1)
    assert set(story.ids()) == {"Rope", "Lamp", "Cup"}
