"""Receipts: what both sides keep of each event of a consent, as the claims of a signed token.

A receipt of consent given or amended holds the whole consent record; one of its end says only that
it ended, since it is made while nobody can open anything. Each names the one before it by digest,
and a random `jti` makes the digest of a receipt that nobody has seen impossible to guess.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Any

TYPE = "consent-receipt+jwt"
"""The header's `typ`: explicit, so that no other token is ever taken for a receipt (RFC 8725)."""


class ReceiptEvent(IntEnum):
    """What a receipt tells, in ISO/IEC TS 27560's words. Append-only: the values are stored."""

    GIVEN = 1
    AMENDED = 2
    WITHDRAWN = 3
    EXPIRED = 4
    REVOKED = 5
    """Ended by the vendor."""

    @property
    def word(self) -> str:
        """The event as receipts name it."""
        return self.name.lower()

    @property
    def ends(self) -> bool:
        """Whether it is the end of a consent, so that no receipt follows."""
        return self not in (ReceiptEvent.GIVEN, ReceiptEvent.AMENDED)


def claims(
    *, issuer: str, jti: str, grant_id: str, event: ReceiptEvent, at: int, previous: str | None
) -> dict[str, Any]:
    """What every receipt says (RFC 7519, section 4.1): `at` is in seconds since the epoch.

    `previous` is the SHA-256 of the receipt before it, base64url; None for the first.
    """
    return {
        "iss": issuer,
        "iat": at,
        "jti": jti,
        "grant": grant_id,
        "event": event.word,
        "time": at,
        "previous": previous,
    }


def with_record(
    claimed: Mapping[str, Any], terms_version: int, record: Mapping[str, Any]
) -> dict[str, Any]:
    """The claims of a receipt of consent given or amended: the record, and its terms' version."""
    return {**claimed, "terms_version": terms_version, "consent_record": dict(record)}
