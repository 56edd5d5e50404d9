"""Where notices go by e-mail: the one thing of a customer's that the server opens by itself.

An honest exception, set knowingly: sealed to the server's own key, so that it can write to somebody
whose vault is locked. Nothing else of hers is sealed so.
"""

from typing import Any

from sqlalchemy import Connection, Row

from vault.crypto.envelope import context
from vault.crypto.server_keys import ServerKeys
from vault.storage import vaults
from vault.storage.rewrapping import Rewrapped, is_outdated


def _place(vault_id: bytes) -> bytes:
    return context("contact", vault_id)


def put(conn: Connection, keys: ServerKeys, vault_id: bytes, address: str | None) -> None:
    """Store an address in a locked row, or forget it."""
    sealed = keys.seal(address.encode(), _place(vault_id)) if address else None
    vaults.set_values(conn, vault_id, contact=sealed)


def get(keys: ServerKeys, row: "Row[Any]") -> str | None:
    """The address of a vault's row; None where there is none. Raises Unopenable."""
    if row.contact is None:
        return None
    return keys.unseal(row.contact, _place(row.vault_id)).decode()


def rewrap(conn: Connection, keys: ServerKeys, row: "Row[Any]") -> Rewrapped:
    """Seal the address of a locked row with the server's newest key, if an older one has it."""
    done = Rewrapped()
    if row.contact is not None and is_outdated(row.contact, keys):
        wrapped = done.again(keys, row.contact, _place(row.vault_id))
        if wrapped is not None:
            vaults.set_values(conn, row.vault_id, contact=wrapped)
    return done
