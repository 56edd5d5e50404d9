"""Vaults by name, and what opens them."""

from dataclasses import dataclass
from typing import Any

from vault.errors import Conflict, Locked, Refused, WrongPassphrase


@dataclass
class FakeVault:
    """An open vault."""

    name: str
    vault_id: bytes = bytes(16)
    session: bytes = b""
    language: str | None = None


@dataclass
class Opened:
    """A session, or a recovered one."""

    token: str = ""
    expires_at: int = 0
    recovery_code: str = ""
    session: Any = None


class FakeCustomers:
    """Vaults by name, and what opens them; a session's token is `vse_` and the name."""

    CODE = "VRC1-7K2M-QX4T-9HBD-W3NC-5PZR-E6YJ-8F"

    def __init__(self) -> None:
        """Nobody has signed up yet."""
        self.passphrases: dict[str, str] = {}
        self.locked: set[str] = set()
        self.languages: dict[str, str] = {}

    def create(self, name: str, passphrase: str, invitation: str | None = None) -> str:
        """Sign up."""
        if invitation not in (None, "vin_good"):
            raise Refused("This invitation was used already.")
        if name in self.passphrases:
            raise Conflict("that name is taken")
        self.passphrases[name] = passphrase
        return self.CODE

    def unlock(self, name: str, passphrase: str) -> Opened:
        """Open."""
        if self.passphrases.get(name) != passphrase:
            raise WrongPassphrase("no")
        self.locked.discard(name)
        return Opened(token=f"vse_{name}")

    def open(self, token: str) -> FakeVault:
        """Open by a session."""
        name = token.removeprefix("vse_")
        if name not in self.passphrases or name in self.locked:
            raise Locked("locked")
        return FakeVault(name, language=self.languages.get(name))

    def choose_language(self, vault: FakeVault, language: str) -> None:
        """Keep what the customer reads."""
        self.languages[vault.name] = language

    def lock(self, vault: FakeVault) -> None:
        """End the session."""
        self.locked.add(vault.name)

    def confirm_passphrase(self, vault: FakeVault, passphrase: str) -> None:
        """Ask again."""
        if self.passphrases.get(vault.name) != passphrase:
            raise WrongPassphrase("no")

    def change_passphrase(self, vault: FakeVault, old: str, new: str) -> Opened:
        """Replace the passphrase."""
        self.confirm_passphrase(vault, old)
        self.passphrases[vault.name] = new
        return Opened(recovery_code=self.CODE, session=Opened(token=f"vse_{vault.name}"))

    def recover(self, name: str, recovery_code: str, new: str) -> Opened:
        """Open by the recovery code."""
        if recovery_code != self.CODE or name not in self.passphrases:
            raise WrongPassphrase("no")
        self.passphrases[name] = new
        return Opened(recovery_code=self.CODE, session=Opened(token=f"vse_{name}"))

    def erase(self, vault: FakeVault, passphrase: str) -> None:
        """Erase."""
        self.confirm_passphrase(vault, passphrase)
        del self.passphrases[vault.name]
