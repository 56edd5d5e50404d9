"""Consent records: what a customer has given to a vendor, as it is sealed to the customer.

A consent has one authorization in force and, for as long as a vendor has not taken it up, perhaps
another that waits. Each has a key pair, terms and a package of its own. Which one is in force is
told by a number that stands in clear beside the record: the vendor's redemption changes it while
nobody can seal. To change the number alone gives a vendor nothing, since what it may open stands
in the package that it holds; the state digest tells the customer.
"""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from vault.crypto.envelope import context
from vault.domain.compartments import Compartment
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.errors import Unopenable
from vault.storage.keyring import KeyRing


@dataclass(frozen=True, slots=True)
class Authorization:
    """Terms that the customer has given, and the key that their package is sealed to.

    `terms_version` is the version of the record that held these terms first; cursors carry it.
    `asked` is what the vendor had asked for, the bound of every later change; records from before
    it was kept have none.
    """

    holder_id: bytes
    public_key: bytes
    terms: Terms
    terms_version: int
    asked: Request | None = None

    def to_json(self) -> dict[str, Any]:
        """The authorization as JSON, with ids in hexadecimal and keys in base64."""
        asked = {"asked": self.asked.to_json()} if self.asked else {}
        return {
            "holder": self.holder_id.hex(),
            "publicKey": base64.b64encode(self.public_key).decode(),
            "terms": self.terms.to_json(),
            "termsVersion": self.terms_version,
            **asked,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Authorization":
        """The authorization that `to_json` wrote."""
        return cls(
            holder_id=bytes.fromhex(data["holder"]),
            public_key=base64.b64decode(data["publicKey"]),
            terms=Terms.from_json(data["terms"]),
            terms_version=data["termsVersion"],
            asked=Request.from_json(data["asked"]) if "asked" in data else None,
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent record, opened.

    `terms_version` names the authorization in force; `version` counts how often the record was
    sealed. `progress`, which is not part of the record, says up to which change pages of a kind
    (by its compartment's number) were delivered under the terms in force.
    """

    grant_id: bytes
    client_id: str
    client_name: str
    wire_key: bytes
    created_at: int
    authorizations: tuple[Authorization, ...]
    terms_version: int = 1
    version: int = 1
    progress: Mapping[int, int] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Consent({self.client_id!r}, {self.terms.scope!r})"

    @property
    def in_force(self) -> Authorization:
        """The authorization that the vendor has taken up, or the only one that it was given."""
        return next(one for one in self.authorizations if one.terms_version == self.terms_version)

    @property
    def terms(self) -> Terms:
        """The terms in force."""
        return self.in_force.terms

    @property
    def expires_at(self) -> int:
        """When the last of the authorizations ends, in seconds since the epoch."""
        return max(one.terms.expires_at for one in self.authorizations)

    @property
    def next_terms_version(self) -> int:
        """The version of the record that will hold them first, so that no number comes twice.

        A cursor of terms that were long replaced must never pass for one of the present.
        """
        return self.version + 1

    def among(self, living: Collection[bytes]) -> "Consent":
        """The consent without the authorizations whose holders have ended, but for its terms."""
        kept = (
            one
            for one in self.authorizations
            if one.holder_id in living or one.terms_version == self.terms_version
        )
        return replace(self, authorizations=tuple(kept))

    def waiting_for(self, authorization: Authorization) -> "Consent":
        """The consent with another authorization, until the vendor takes that up."""
        return replace(self, authorizations=(*self.authorizations, authorization))

    def amended(self, terms: Terms) -> "Consent":
        """The consent with other terms for who holds it now: its tokens stay as they are."""
        version = self.next_terms_version
        standing = self.in_force
        amended = replace(standing, terms=terms, terms_version=version)
        others = (one for one in self.authorizations if one is not standing)
        return replace(self, authorizations=(*others, amended), terms_version=version)


def seal(ring: KeyRing, consent: Consent) -> tuple[int, bytes]:
    """Seal a record to the owner: the epoch, and the envelope."""
    epoch = ring.epoch(Compartment.CONSENTS)
    record = {
        "client": consent.client_id,
        "clientName": consent.client_name,
        "wireKey": base64.b64encode(consent.wire_key).decode(),
        "createdAt": consent.created_at,
        "authorizations": [one.to_json() for one in consent.authorizations],
    }
    place = _place(ring.vault_id, consent.grant_id, epoch, consent.version)
    return ring.seal(Compartment.CONSENTS, orjson.dumps(record), place)


def opened(row: Any, record: bytes) -> Consent:
    """The record of a grant's row. Raises Unopenable where its terms in force are not in it."""
    read = orjson.loads(record)
    consent = Consent(
        grant_id=row.grant_id,
        client_id=read["client"],
        client_name=read["clientName"],
        wire_key=base64.b64decode(read["wireKey"]),
        created_at=read["createdAt"],
        authorizations=_authorizations(read),
        terms_version=row.terms_version,
        version=row.consent_version,
        progress={
            int(kind): change
            for kind, (version, change) in row.progress.items()
            if version == row.terms_version
        },
    )
    if not any(one.terms_version == row.terms_version for one in consent.authorizations):
        raise Unopenable("a consent's record does not hold the terms that are said to be in force")
    return consent


def _authorizations(record: Mapping[str, Any]) -> tuple[Authorization, ...]:
    """The authorizations of a record; before consents could be amended it held one, laid out so."""
    if "authorizations" not in record:
        terms = {"terms": record["terms"], "termsVersion": record["termsVersion"]}
        former = ({"holder": h, "publicKey": key, **terms} for h, key in record["holders"].items())
        return tuple(map(Authorization.from_json, former))
    return tuple(map(Authorization.from_json, record["authorizations"]))


def place_of(vault_id: bytes, row: Any) -> bytes:
    """The context in which the record of a grant's row is sealed."""
    return _place(vault_id, row.grant_id, row.consent_epoch, row.consent_version)


def _place(vault_id: bytes, grant_id: bytes, epoch: int, version: int) -> bytes:
    return context("consent", vault_id, grant_id, epoch, version)
