"""The sweep: ends what is over and forgets what is no longer needed, while nobody has a vault open.

It needs no owner's key. Each step is a short transaction of its own that looks again at what it is
about to end, so a step that is lost, repeated, or done by two workers at once does no harm. What
goes wrong with one vault is logged and keeps no other from being swept.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from vault.errors import NotFound, VaultError
from vault.services.access import authorizations
from vault.services.ending import end_grant
from vault.storage import (
    client_upkeep,
    credential_upkeep,
    grant_upkeep,
    imports,
    inbox,
    invitations,
    notices,
    refusals,
    replays,
    tombstones,
    vaults,
)
from vault.storage.grants import GrantState
from vault.storage.inbox import PREVIEW_SECONDS
from vault.storage.store import Store

_GRACE_SECONDS = 120
"""How long after a code's expiry its exchange, begun in time, may still be under way."""

_log = structlog.get_logger("vault.sweep")


@dataclass(slots=True)
class Swept:
    """How much one sweep ended and forgot."""

    replays: int = 0
    credentials: int = 0
    previews: int = 0
    inbox_items: int = 0
    grants: int = 0
    authorizations: int = 0
    notices: int = 0
    tombstoned: int = 0
    writers: int = 0
    refusals: int = 0
    invitations: int = 0
    clients: int = 0
    failures: int = 0
    checkpointed: bool = True


class Sweeping:
    """Sweeps all vaults of a database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self) -> Swept:
        """Do all that is due now; what fails is counted, logged and due again next time."""
        swept = Swept()
        # Grants first: whether one can still be used is told by the rows of credentials.
        for step in (
            self._grants,
            self._authorizations,
            self._notices,
            self._credentials,
            self._previews,
            self._tombstones,
            self._writers,
            self._vendors,
        ):
            with self._contained(swept, step.__name__):
                step(swept)
        # What was erased lingers in SQLite's log until no reader stood in the way once.
        swept.checkpointed = self._store.database.checkpoint()
        return swept

    @contextmanager
    def _contained(self, swept: Swept, step: str) -> Iterator[None]:
        try:
            yield
        except NotFound:
            pass  # The vault was erased meanwhile, and with it what was due.
        except VaultError as error:
            swept.failures += 1
            _log.warning("step_failed", step=step.strip("_"), code=error.code)

    def _each(
        self, swept: Swept, vault_ids: Iterable[bytes], step: Callable[[Swept, bytes], None]
    ) -> None:
        for vault_id in vault_ids:
            with self._contained(swept, step.__name__):
                step(swept, vault_id)

    def _grants(self, swept: Swept) -> None:
        """End grants whose time is over, and those that nobody can use any more."""
        now = self._store.clock()
        with self._store.database.read() as conn:
            found = grant_upkeep.due(conn, now, now - _GRACE_SECONDS)
        self._each(swept, {vault_id for vault_id, _ in found}, self._end_grants)

    def _end_grants(self, swept: Swept, vault_id: bytes) -> None:
        now = self._store.clock()
        with self._store.database.write() as conn:
            vaults.lock(conn, vault_id)
            for _, grant_id in grant_upkeep.due(conn, now, now - _GRACE_SECONDS, vault_id):
                swept.grants += end_grant(conn, self._store, vault_id, grant_id, GrantState.EXPIRED)

    def _authorizations(self, swept: Swept) -> None:
        """End authorizations that no vendor has taken up, under consents that go on."""
        now = self._store.clock()
        with self._store.database.read() as conn:
            found = grant_upkeep.with_unused(conn, now, now - _GRACE_SECONDS)
        self._each(swept, {vault_id for vault_id, _ in found}, self._lapse)

    def _lapse(self, swept: Swept, vault_id: bytes) -> None:
        now = self._store.clock()
        with self._store.database.write() as conn:
            vaults.lock(conn, vault_id)
            for _, grant_id in grant_upkeep.with_unused(conn, now, now - _GRACE_SECONDS, vault_id):
                swept.authorizations += authorizations.lapse(conn, self._store, vault_id, grant_id)

    def _notices(self, swept: Swept) -> None:
        """Tell of consents about to end, and put standing ones before their customers again."""
        now = self._store.clock()
        with self._store.database.read() as conn:
            found = notices.due(conn, now)
        self._each(swept, {vault_id for vault_id, *_ in found}, self._notify)
        with self._store.database.write() as conn:
            notices.sweep(conn, now)

    def _notify(self, swept: Swept, vault_id: bytes) -> None:
        now = self._store.clock()
        with self._store.database.write() as conn:
            vaults.lock(conn, vault_id)
            for _, grant_id, kind in notices.due(conn, now, vault_id):
                swept.notices += notices.add(conn, vault_id, kind, grant_id, now)

    def _credentials(self, swept: Swept) -> None:
        now = self._store.clock()
        with self._store.database.write() as conn:
            swept.replays = replays.sweep(conn, now)
            swept.credentials = credential_upkeep.sweep(conn, now)
            swept.refusals = refusals.sweep(conn, now)

    def _vendors(self, swept: Swept) -> None:
        """Forget invitations that were not taken up, and vendors that came to nothing."""
        now = self._store.clock()
        with self._store.database.write() as conn:
            swept.invitations = invitations.sweep(conn, now)
            swept.clients = client_upkeep.sweep(conn, now)

    def _previews(self, swept: Swept) -> None:
        now = self._store.clock()
        with self._store.database.write() as conn:
            swept.previews = imports.sweep(conn, now - PREVIEW_SECONDS)
            swept.inbox_items = inbox.sweep(conn, now)

    def _tombstones(self, swept: Swept) -> None:
        """Forget old tombstones; cursors from before them are answered from the start."""
        with self._store.database.read() as conn:
            found = tombstones.vaults_with_old(conn, self._store.clock())
        self._each(swept, found, self._forget_tombstones)

    def _forget_tombstones(self, swept: Swept, vault_id: bytes) -> None:
        with self._store.database.write() as conn:
            locked = vaults.lock(conn, vault_id)
            highest = tombstones.sweep(conn, vault_id, self._store.clock())
            if highest is not None:
                reached = max(locked.tombstones_from, highest)
                vaults.set_values(conn, vault_id, tombstones_from=reached)
                swept.tombstoned += 1

    def _writers(self, swept: Swept) -> None:
        """Drop what writers that died had staged."""
        with self._store.database.read() as conn:
            found = vaults.with_staged(conn, self._store.clock())
        self._each(swept, found, self._unstage)

    def _unstage(self, swept: Swept, vault_id: bytes) -> None:
        """Take the lease and give it back: should that writer wake up, its fence has passed."""
        with self._store.database.write() as conn:
            row = vaults.lease(conn, vault_id, self._store.clock())
            vaults.release(conn, vault_id, row.fence)
            swept.writers += 1
