"""An owner's open session: the vault's keys, for as long as one request or command runs."""

from dataclasses import dataclass, field

from vault.storage.keyring import KeyRing


@dataclass(slots=True)
class OpenVault:
    """Who has opened which vault, and with it the keys. Made by `Sessions` and `Rekeying` alone.

    `session` is the look-up value of the session's credential, empty on the command line;
    `language` is what the customer chose to read, such as `zh_Hans`, or None.
    """

    vault_id: bytes
    name: str
    holder_id: bytes
    seed: bytes = field(repr=False)
    ring: KeyRing
    session: bytes = b""
    language: str | None = None
