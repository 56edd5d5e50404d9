"""Passphrases: what a new one must be, and what is derived from one."""

from dataclasses import dataclass

from vault.crypto.credentials import Credential, CredentialKind
from vault.crypto.kdf import PassphraseKdf
from vault.errors import InvalidInput
from vault.storage.credentials import CredentialRow

MIN_PASSPHRASE = 15
"""Characters. Argon2id makes each guess dear; length makes the guesses many."""
MAX_PASSPHRASE = 1_024


def check_passphrase(passphrase: str) -> None:
    """Raise InvalidInput unless a new passphrase is long enough to be worth its derivation."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise InvalidInput("A passphrase has at least %(least)d characters.", least=MIN_PASSPHRASE)
    if len(passphrase) > MAX_PASSPHRASE:
        raise InvalidInput("A passphrase has at most %(most)d characters.", most=MAX_PASSPHRASE)


@dataclass(frozen=True, slots=True)
class ChosenPassphrase:
    """A new passphrase as a credential, with the parameters that its row keeps."""

    credential: Credential
    kdf: PassphraseKdf


class Passphrases:
    """Derives what passphrases open with, at the cost that new ones have on this server."""

    def __init__(self, cost: PassphraseKdf | None = None) -> None:
        """Passphrases are derived with the cost of `cost`; its salt is never used."""
        self._cost = cost or PassphraseKdf()
        # Derived for unknown names, so that they take as long as known ones.
        self._dummy = self._fresh()

    def chosen(self, passphrase: str) -> ChosenPassphrase:
        """Derive a new passphrase, which has been checked, with a salt of its own."""
        kdf = self._fresh()
        return ChosenPassphrase(_derived(kdf, passphrase), kdf)

    def given(self, passphrase: str, row: CredentialRow | None) -> Credential:
        """Derive a passphrase as the row of a vault's says; just as long where there is none."""
        kdf = PassphraseKdf.from_json(row.attributes["kdf"]) if row else self._dummy
        return _derived(kdf, passphrase[:MAX_PASSPHRASE])

    def _fresh(self) -> PassphraseKdf:
        return PassphraseKdf(memory_kib=self._cost.memory_kib, iterations=self._cost.iterations)


def _derived(kdf: PassphraseKdf, passphrase: str) -> Credential:
    return Credential.from_secret(CredentialKind.PASSPHRASE, kdf.derive(passphrase))
