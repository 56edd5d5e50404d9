"""A holder's opened keys: the secret of each compartment that its package carries.

A package carries the newest epoch's secret only; each epoch seals its predecessor's secret, so
the ring walks back as far as a row needs, and never forward: who holds an old secret learns
nothing of what is written after a renewal.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from vault.crypto import aead
from vault.crypto.envelope import context
from vault.crypto.hpke import KeyPair
from vault.crypto.kdf import derive
from vault.domain.compartments import Compartment
from vault.errors import Refused, Unopenable
from vault.storage.schema import compartments

Secrets = Mapping[Compartment, tuple[int, bytes]]
"""For each compartment its newest epoch, and that epoch's 32-byte secret."""

# One secret serves several purposes under distinct labels, so no two of them share a key.
_DIRECT = "compartment/direct"
_BATCH = "compartment/batch"
_PAIR = "compartment/key-pair"
_PREDECESSOR = "compartment/predecessor"


def seal_predecessor(
    secret: bytes, predecessor: bytes, vault_id: bytes, compartment: Compartment, epoch: int
) -> bytes:
    """Seal the former epoch's secret under that of `epoch`, its successor."""
    where = context("predecessor", vault_id, int(compartment), epoch)
    return aead.seal(derive(secret, _PREDECESSOR), predecessor, where)


def writing_pair(secret: bytes) -> KeyPair:
    """The key pair of an epoch of the inbox or the ledger, which others write to."""
    return KeyPair.from_seed(derive(secret, _PAIR))


class KeyRing:
    """The secrets that one holder's package opened, for the length of one request."""

    def __init__(self, vault_id: bytes, secrets: Secrets) -> None:
        self.vault_id = vault_id
        self.secrets: dict[Compartment, tuple[int, bytes]] = dict(secrets)
        self._former: dict[tuple[Compartment, int], bytes] = {}
        self._pairs: dict[tuple[Compartment, int], KeyPair] = {}
        self._direct: dict[tuple[Compartment, int], bytes] = {}

    def __repr__(self) -> str:
        return f"KeyRing({sorted(c.label for c in self.secrets)})"

    def __contains__(self, compartment: Compartment) -> bool:
        return compartment in self.secrets

    def epoch(self, compartment: Compartment) -> int:
        """The newest epoch that this ring opens; Refused where it opens none."""
        return self._newest(compartment)[0]

    def only(self, wanted: Iterable[Compartment]) -> dict[Compartment, tuple[int, bytes]]:
        """The part of the secrets that a grant's package may carry."""
        return {compartment: self._newest(compartment) for compartment in wanted}

    def secret(self, conn: Connection, compartment: Compartment, epoch: int) -> bytes:
        """The secret of an epoch, walking back from the newest; Refused for a later one."""
        newest, current = self._newest(compartment)
        if epoch == newest:
            return current
        found = self._former.get((compartment, epoch))
        if found is None:
            if epoch > newest:
                raise Refused("these keys are older than what they are to open")
            found = self._walk_back(conn, compartment, epoch, newest, current)
        return found

    def batch_key(self, conn: Connection, compartment: Compartment, epoch: int) -> bytes:
        """The key under which an epoch's batch keys are sealed."""
        return derive(self.secret(conn, compartment, epoch), _BATCH)

    def key_pair(self, conn: Connection, compartment: Compartment, epoch: int) -> KeyPair:
        """The key pair that opens what others wrote to the inbox or the ledger."""
        if (compartment, epoch) not in self._pairs:
            self._pairs[compartment, epoch] = writing_pair(self.secret(conn, compartment, epoch))
        return self._pairs[compartment, epoch]

    def seal(self, compartment: Compartment, plaintext: bytes, where: bytes) -> tuple[int, bytes]:
        """Seal one thing under the newest epoch; the epoch and the envelope."""
        epoch, secret = self._newest(compartment)
        return epoch, aead.seal(derive(secret, _DIRECT), plaintext, where)

    def unseal(
        self, conn: Connection, compartment: Compartment, epoch: int, envelope: bytes, where: bytes
    ) -> bytes:
        """Open what `seal` made."""
        key = self._direct.get((compartment, epoch))
        if key is None:
            # Kept as long as the secret itself: a list opens a hundred segments of one epoch.
            key = derive(self.secret(conn, compartment, epoch), _DIRECT)
            self._direct[compartment, epoch] = key
        return aead.unseal(key, envelope, where)

    def derive(self, compartment: Compartment, label: str) -> bytes:
        """A key of the vault's own, such as those of `root`, from the newest epoch's secret."""
        return derive(self._newest(compartment)[1], label)

    def _newest(self, compartment: Compartment) -> tuple[int, bytes]:
        try:
            return self.secrets[compartment]
        except KeyError:
            raise Refused(f"these keys do not open {compartment.label}") from None

    def _walk_back(
        self, conn: Connection, compartment: Compartment, wanted: int, newest: int, secret: bytes
    ) -> bytes:
        rows = conn.execute(
            select(compartments.c.epoch, compartments.c.predecessor)
            .where(
                compartments.c.vault_id == self.vault_id,
                compartments.c.compartment == int(compartment),
                compartments.c.epoch > wanted,
                compartments.c.epoch <= newest,
            )
            .order_by(compartments.c.epoch.desc())
        )
        for epoch, sealed in rows:
            where = context("predecessor", self.vault_id, int(compartment), epoch)
            secret = aead.unseal(derive(secret, _PREDECESSOR), sealed or b"", where)
            self._former[compartment, epoch - 1] = secret
        found = self._former.get((compartment, wanted))
        if found is None:
            raise Unopenable(f"an epoch of {compartment.label} is missing")
        return found
