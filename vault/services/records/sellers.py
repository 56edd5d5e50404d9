"""From whom a customer has bought, and of which categories: what can be left out of a consent."""

from collections.abc import Iterable

from vault.domain.compartments import Kind
from vault.services.open_vault import OpenVault
from vault.storage import segments, vaults
from vault.storage.store import Store


class Sellers:
    """Reads from the index's summaries, so that no record is opened for it.

    Gift twins are left out: a seller or a category that stands in a gift alone would be named to
    the vendor by the terms of the consent.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, vault: OpenVault, kinds: Iterable[Kind]) -> list[str]:
        """The names of the sellers of these kinds, those with the most records first."""
        return self._ranked(vault, kinds, "sellers")

    def categories(self, vault: OpenVault, kinds: Iterable[Kind]) -> list[str]:
        """The categories of these kinds, likewise; a preference has none."""
        return self._ranked(
            vault, [kind for kind in kinds if kind is not Kind.PREFERENCE], "categories"
        )

    def _ranked(self, vault: OpenVault, kinds: Iterable[Kind], what: str) -> list[str]:
        counted: dict[str, int] = {}
        with self._store.database.read() as conn:
            horizon = vaults.find(conn, vault.vault_id).change
            for kind in kinds:
                for head in segments.heads(conn, vault.ring, kind.compartment, horizon):
                    for name, count in head.summary[what].items():
                        counted[name] = counted.get(name, 0) + count
        return sorted(counted, key=lambda name: (-counted[name], name))
