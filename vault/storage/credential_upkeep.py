"""Upkeep of the directory of credentials: what time, a restore or a new server key asks for."""

from sqlalchemy import Connection, and_, delete, or_, select, update

from vault.crypto.credentials import CredentialKind
from vault.crypto.server_keys import ServerKeys
from vault.storage.bindings import FOREVER
from vault.storage.credentials import as_row
from vault.storage.rewrapping import Rewrapped, outdated
from vault.storage.schema import credentials

_LASTING = [
    int(CredentialKind.PASSPHRASE),
    int(CredentialKind.RECOVERY_CODE),
    int(CredentialKind.REFRESH_TOKEN),
]
_KEPT_SECONDS = 86_400
_LASTING_KEPT_SECONDS = 30 * 86_400


def drop_short_lived(conn: Connection) -> None:
    """Forget sessions, codes, access tokens and pushed requests: all but what lasts.

    After a restore, what was used or ended since the backup would be live again.
    """
    conn.execute(delete(credentials).where(credentials.c.kind.not_in(_LASTING)))


def rewrap(conn: Connection, keys: ServerKeys, vault_id: bytes | None) -> Rewrapped:
    """Seal the outer layer of a vault's wraps with the server's newest key; None: of no vault's."""
    done = Rewrapped()
    of_vault = credentials.c.vault_id == vault_id  # IS NULL for None
    for row in conn.execute(
        select(credentials).where(of_vault, outdated(credentials.c.wrap, keys))
    ):
        found = as_row(row)
        wrapped = done.again(keys, row.wrap, found.place)
        if wrapped is not None:
            unchanged = (credentials.c.lookup == row.lookup, credentials.c.wrap == row.wrap)
            conn.execute(update(credentials).where(*unchanged).values(wrap=wrapped))
    return done


def sweep(conn: Connection, now: int) -> int:
    """Erase the wraps of what is over, and forget it a while later; how many were forgotten.

    A look-up value stays a day longer than the credential would have lived, so that who tries it
    the next morning is still recognised and refused by name. What never expires by itself, such
    as a used recovery code, is forgotten a month after its end.
    """
    over = or_(credentials.c.expires_at <= now, credentials.c.ended_at <= now)
    conn.execute(update(credentials).where(over, credentials.c.wrap.is_not(None)).values(wrap=None))
    lasting = and_(
        credentials.c.expires_at == FOREVER, credentials.c.ended_at < now - _LASTING_KEPT_SECONDS
    )
    forgotten = or_(credentials.c.expires_at <= now - _KEPT_SECONDS, lasting)
    return conn.execute(delete(credentials).where(forgotten)).rowcount
