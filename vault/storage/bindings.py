"""What a credential's wrap is bound to: the context in which alone it opens."""

from dataclasses import dataclass

from vault.crypto.credentials import CredentialKind
from vault.crypto.envelope import context

FOREVER = 2**62
"""The `expires_at` of what does not expire: passphrase and recovery code."""

# Whose expiry is part of the AAD: a short-lived wrap cannot be given a longer life.
_BOUND_TO_EXPIRY = frozenset(
    {
        CredentialKind.SESSION,
        CredentialKind.REQUEST_URI,
        CredentialKind.AUTHORIZATION_CODE,
        CredentialKind.ACCESS_TOKEN,
        CredentialKind.AUTH_REQ_ID,
        CredentialKind.INVITATION,
    }
)
# Made for a customer before anybody knows whether there is one: vault, holder and grant come with
# the approval, so they cannot be bound. Client and expiry are. What the wrap holds is the seed of a
# key pair of its own, which opens nothing but what was sealed to its public key: whoever points
# such a row at another holder gets a seed that does not open that one's package, since the package
# is sealed to, and bound to, that holder's public key (`packages.open_grant`).
_BOUND_TO_NO_PLACE = frozenset({CredentialKind.AUTH_REQ_ID})


@dataclass(frozen=True, slots=True)
class Binding:
    """What a wrap belongs to. All of it is in the AAD, and none of it ever changes."""

    vault_id: bytes | None = None
    holder_id: bytes | None = None
    grant_id: bytes | None = None
    client_id: str | None = None
    expires_at: int = FOREVER

    def place(self, kind: CredentialKind) -> bytes:
        """The context in which the wrap of a credential of this kind is sealed."""
        bound = (self.vault_id or b"", self.holder_id or b"", self.grant_id or b"")
        if kind in _BOUND_TO_NO_PLACE:
            bound = (b"", b"", b"")
        return context(
            "credential",
            int(kind),
            *bound,
            self.client_id or "",
            self.expires_at if kind in _BOUND_TO_EXPIRY else 0,
        )
