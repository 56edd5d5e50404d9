"""Credentials: what only its bearer knows and the server keeps no copy of.

From one secret come two values by HKDF, with labels of their own for each kind. The *look-up* is
stored and finds the row; the *wrapping key* is never stored and opens the row's wrap. Neither tells
anything of the other, so a stolen table of look-ups unwraps nothing. A credential presented as
another kind finds no row and opens none.

Parsing looks only at prefix, length and spelling, which the sender chose anyway. Nothing compares a
presented secret with a stored one: the look-up is an index search for an HKDF output, which nobody
can steer byte by byte, so its timing teaches nothing.

Specified in docs/format.md, "Credentials" and "Wraps".
"""

import os
import re
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Self

from vault.crypto import aead
from vault.crypto.envelope import context as encode_context
from vault.crypto.envelope import decode_text, encode_text
from vault.crypto.kdf import derive
from vault.crypto.server_keys import ServerKeys
from vault.errors import InvalidInput

SECRET_LENGTH = 32
RECOVERY_SECRET_LENGTH = 20
REQUEST_ID_LENGTH = 16


class CredentialKind(IntEnum):
    """The kinds of credential. Append-only: the number stands in rows and in contexts."""

    PASSPHRASE = 1
    RECOVERY_CODE = 2
    SESSION = 3
    REQUEST_URI = 4
    AUTHORIZATION_CODE = 5
    ACCESS_TOKEN = 6
    REFRESH_TOKEN = 7
    AUTH_REQ_ID = 8
    INVITATION = 9


# The name stands in HKDF labels: append-only, like the numbers.
_NAMES = {
    CredentialKind.PASSPHRASE: "passphrase",
    CredentialKind.RECOVERY_CODE: "recovery-code",
    CredentialKind.SESSION: "session",
    CredentialKind.REQUEST_URI: "request-uri",
    CredentialKind.AUTHORIZATION_CODE: "authorization-code",
    CredentialKind.ACCESS_TOKEN: "access-token",
    CredentialKind.REFRESH_TOKEN: "refresh-token",
    CredentialKind.AUTH_REQ_ID: "auth-req-id",
    CredentialKind.INVITATION: "invitation",
}

# A prefix names the kind to a secret scanner, and to whoever finds one in a log.
_PREFIXES = {
    CredentialKind.SESSION: "vse_",
    CredentialKind.REQUEST_URI: "vrq_",
    CredentialKind.AUTHORIZATION_CODE: "vac_",
    CredentialKind.ACCESS_TOKEN: "vat_",
    CredentialKind.REFRESH_TOKEN: "vrt_",
    CredentialKind.AUTH_REQ_ID: "var_",
    CredentialKind.INVITATION: "vin_",
}


@dataclass(frozen=True, slots=True, eq=False)
class Credential:
    """One credential in the hand of its bearer; its `repr` shows the kind and nothing else.

    `secret` is 32 bytes, for a recovery code 20 (ValueError otherwise). Not comparable: what two
    credentials have in common is asked of the database, by look-up.
    """

    kind: CredentialKind
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != _secret_length(self.kind):
            raise ValueError(f"{len(self.secret)} bytes are no secret of kind {self.kind.name}")

    @classmethod
    def generate(cls, kind: CredentialKind) -> Self:
        """Draw a new one. ValueError for a passphrase, which only a person can choose."""
        if kind is CredentialKind.PASSPHRASE:
            raise ValueError("a passphrase is chosen, not drawn")
        return cls(kind, os.urandom(_secret_length(kind)))

    @classmethod
    def from_secret(cls, kind: CredentialKind, secret: bytes) -> Self:
        """Take a secret derived elsewhere: for a passphrase, what `PassphraseKdf` gives."""
        return cls(kind, secret)

    @classmethod
    def parse(cls, kind: CredentialKind, text: str) -> Self:
        """Read what `text` gave; InvalidInput for another kind's, a typo or anything else."""
        if kind is CredentialKind.RECOVERY_CODE:
            return cls(kind, _parse_recovery_code(text))
        prefix = _PREFIXES.get(kind)
        if prefix is None or not text.startswith(prefix):
            raise InvalidInput(f"This is not a {_NAMES[kind]} of this vault.")
        return cls(kind, decode_text(text[len(prefix) :], SECRET_LENGTH))

    @property
    def text(self) -> str:
        """Write it for its bearer: `vat_` and 43 letters of base64url, or groups of five.

        ValueError for a passphrase: the person has it, we have only what was derived from it.
        """
        if self.kind is CredentialKind.RECOVERY_CODE:
            return _format_recovery_code(self.secret)
        if self.kind is CredentialKind.PASSPHRASE:
            raise ValueError("a passphrase cannot be written out")
        return _PREFIXES[self.kind] + encode_text(self.secret)

    @property
    def lookup(self) -> bytes:
        """Derive the 32 bytes that find this credential's row; safe to store.

        ValueError for a passphrase. A value derived from a guessable secret would let a thief of
        the database test guesses without the server's key, which the wrap's outer layer denies
        them: the passphrase's row is found by `passphrase_lookup`.
        """
        if self.kind is CredentialKind.PASSPHRASE:
            raise ValueError("the look-up of a passphrase would be a verifier for its guesses")
        return derive(self.secret, f"credential/{_NAMES[self.kind]}/look-up")

    @property
    def wrapping_key(self) -> bytes:
        """Derive the 32 bytes that open this credential's wrap; never stored."""
        return derive(self.secret, f"credential/{_NAMES[self.kind]}/wrap")

    def successor(self, salt: bytes) -> "Credential":
        """Derive the refresh token that takes this one's place; the same for the same 32 bytes.

        Whoever has but one of salt and token learns nothing of the successor, so that once the salt
        is erased a token caught later leads nowhere. ValueError for any other kind.
        """
        if self.kind is not CredentialKind.REFRESH_TOKEN:
            raise ValueError(f"a credential of kind {self.kind.name} has no successor")
        secret = derive(self.secret, "credential/refresh-token/successor", salt=salt)
        return Credential(self.kind, secret)

    @property
    def request_id(self) -> bytes:
        """Derive the 16 bytes that a pushed request goes by once a customer has seen it.

        They stand in clear beside the vault. Whoever holds the request URI finds the request with
        them; the row of the URI, which names the vendor, does not. ValueError for any other kind.
        """
        if self.kind is not CredentialKind.REQUEST_URI:
            raise ValueError(f"a credential of kind {self.kind.name} stands for no request")
        return derive(self.secret, "credential/request-uri/request-id", REQUEST_ID_LENGTH)


def passphrase_lookup(vault_id: bytes) -> bytes:
    """Return the 32 bytes that find a vault's passphrase row: a hash of the vault, not a secret."""
    return sha256(encode_context("credential/passphrase/look-up", vault_id)).digest()


def wrap(credential: Credential, payload: bytes, server_keys: ServerKeys, context: bytes) -> bytes:
    """Seal a payload so that only this credential, together with this server, opens it.

    The inner layer needs the credential, the outer one the server's key: a stolen database alone
    cannot test guesses of a passphrase, a stolen key file alone opens nothing. Rotation replaces
    the outer layer and needs no credential.
    """
    return server_keys.seal(aead.seal(credential.wrapping_key, payload, context), context)


def unwrap(
    credential: Credential, wrapped: bytes, server_keys: ServerKeys, context: bytes
) -> bytes:
    """Open what `wrap` made; Unopenable for another credential, server, context or byte."""
    return aead.unseal(credential.wrapping_key, server_keys.unseal(wrapped, context), context)


def _secret_length(kind: CredentialKind) -> int:
    """Return the bytes of a secret: 160 bits where a person has to copy them, else 256."""
    return RECOVERY_SECRET_LENGTH if kind is CredentialKind.RECOVERY_CODE else SECRET_LENGTH


# Recovery codes: Crockford's base32, 32 symbols of secret and 3 of checksum, in groups of five.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {symbol: value for value, symbol in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_CODE_LENGTH = 35
_GROUP = 5
_CHECK_BITS = 15
_CHECK_PRIME = 32749  # the largest below 2^15
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015_.]+")


def _format_recovery_code(secret: bytes) -> str:
    """Write 20 bytes as seven groups of five symbols."""
    number = int.from_bytes(secret, "big") << _CHECK_BITS | _checksum(secret)
    symbols = "".join(
        _ALPHABET[number >> shift & 31] for shift in range(5 * (_CODE_LENGTH - 1), -1, -5)
    )
    return "-".join(symbols[i : i + _GROUP] for i in range(0, _CODE_LENGTH, _GROUP))


def _parse_recovery_code(text: str) -> bytes:
    """Read a code as a person types it: any case, spaces or dashes anywhere, O for 0, I or L for 1.

    The checksum tells a typo (InvalidInput, "check it") from a code that is whole and opens
    nothing; it guards against slips, not against attackers.
    """
    symbols = _SEPARATORS.sub("", text).upper()
    if len(symbols) != _CODE_LENGTH:
        raise InvalidInput(
            f"A recovery code has {_CODE_LENGTH} letters and digits; this one has {len(symbols)}."
        )
    number = 0
    for symbol in symbols:
        if symbol not in _VALUES:
            raise InvalidInput("This recovery code holds a character that none contains.")
        number = number << 5 | _VALUES[symbol]
    secret = (number >> _CHECK_BITS).to_bytes(RECOVERY_SECRET_LENGTH, "big")
    if _checksum(secret) != number & (1 << _CHECK_BITS) - 1:
        raise InvalidInput("This recovery code has a typing error: check it against your copy.")
    return secret


def _checksum(secret: bytes) -> int:
    """Return the secret as a number modulo a prime.

    One wrong symbol, or two neighbours exchanged, changes the number by an amount that the prime
    does not divide: these slips are always noticed, others in all but one case of 32,749.
    """
    return int.from_bytes(secret, "big") % _CHECK_PRIME
