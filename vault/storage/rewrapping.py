"""Outer layers that an older key of the server's sealed: finding them, and sealing them anew.

The inner layer, which a credential or a holder's key opens, is untouched: rotating the server's
key needs neither. Each replacement is conditional on the envelope that was read, so that one that
was erased meanwhile (a consent withdrawn, a session locked) is not brought back.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, ColumnElement, LargeBinary, and_, func

from vault.crypto.envelope import Suite, header
from vault.crypto.server_keys import ServerKeys
from vault.errors import Unopenable

_NUMBERED = 6
"""Bytes of an envelope of the server's up to its key number: format, suite, u32."""


@dataclass(slots=True)
class Rewrapped:
    """How many outer layers were sealed anew, and how many did not open."""

    wrapped: int = 0
    unopenable: int = 0

    def again(self, keys: ServerKeys, envelope: bytes, where: bytes) -> bytes | None:
        """The envelope under the newest key; None, and counted, where it does not open.

        Such a one was planted or altered: it opened nothing before, and stays for whoever looks
        into it.
        """
        try:
            inner = keys.unseal(envelope, where)
        except Unopenable:
            self.unopenable += 1
            return None
        self.wrapped += 1
        return keys.seal(inner, where)

    def add(self, other: "Rewrapped") -> None:
        """Count the other's too."""
        self.wrapped += other.wrapped
        self.unopenable += other.unopenable


def is_outdated(envelope: bytes, keys: ServerKeys) -> bool:
    """Whether another key than the newest has sealed an envelope of the server's."""
    return envelope[:_NUMBERED] != _newest(keys)


def _newest(keys: ServerKeys) -> bytes:
    return header(Suite.SERVER) + keys.number.to_bytes(4, "big")


def outdated(column: Column[Any], keys: ServerKeys) -> ColumnElement[bool]:
    """Whether an envelope stands in the column that another key than the newest has sealed."""
    begins = func.substr(column, 1, _NUMBERED, type_=LargeBinary)
    return and_(column.is_not(None), begins != _newest(keys))
