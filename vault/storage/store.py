"""What every use case is handed: the database, the server's keys, its address and a clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from vault.crypto.server_keys import ServerKeys
from vault.storage.engine import Database


def system_clock() -> int:
    """Whole seconds since the epoch, UTC."""
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Store:
    """A database with the keys of the server that serves it.

    `issuer` is that server's address, without a slash at its end: it stands in what is signed.
    """

    database: Database
    keys: ServerKeys
    issuer: str
    clock: Callable[[], int] = system_clock
