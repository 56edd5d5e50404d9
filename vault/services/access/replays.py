"""Single use of proofs and assertions, in a transaction of the caller's or one of its own."""

import time
from collections.abc import Callable

from sqlalchemy import Connection

from vault.services.access.proofs import InvalidProof, Proof
from vault.storage import replays
from vault.storage.engine import Database


def use_up(conn: Connection, proof: Proof) -> None:
    """Use a proof up in the caller's transaction; InvalidProof where it was used before."""
    if not replays.claim(conn, proof.replay["jti"], proof.replay["expires_at"]):
        raise InvalidProof("the DPoP proof has been used before")


class Replays:
    """What may be used once, remembered until it is refused for its age anyway."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """Remember in `database`, which all processes share."""
        self._database, self._clock = database, clock

    def claim(self, key: bytes, expires_at: int) -> bool:
        """Take a 32-byte key once, in a transaction of its own; False if it was taken before."""
        with self._database.write() as connection:
            return replays.claim(connection, key, expires_at)

    def sweep(self) -> int:
        """Forget what has expired; return how many. For the background worker."""
        with self._database.write() as connection:
            return replays.sweep(connection, int(self._clock()))
