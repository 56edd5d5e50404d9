"""Which sellers the customer has said to be one, or not to be: each answer sealed to the owner."""

from vault.crypto.envelope import context
from vault.storage.kept import Kept
from vault.storage.schema import seller_links


def _place(vault_id: bytes, link_id: bytes, epoch: int) -> bytes:
    return context("seller link", vault_id, link_id, epoch)


_LINKS = Kept(seller_links, "link_id", _place)
add, kept, drop = _LINKS.add, _LINKS.all, _LINKS.drop
