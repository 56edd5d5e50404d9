"""Surveying an import before it is filed: what may be known under another name already.

Most records are known to one source alone and are filed one by one. Only where a number is claimed
by two documents, or by a document and a record of the vault, or where two things are said of one
key, is there something to put together. The survey finds these claims; whether two of them are
about the same thing is for `domain/identity.py` to say. It keeps hashes, not texts: an import may
have a million lines, and two numbers of one hash are merely looked at for nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vault.domain.compartments import Kind
from vault.domain.counted import LARGEST, Counted
from vault.domain.relations import invoice_token, order_token
from vault.services.snapshots import Snapshot
from vault.storage.segments import ManifestLine

_EVERY_LICENSE = "l:"


def token_of(kind: Kind, data: Mapping[str, Any]) -> str:
    """Under which number other sources may know a record, whoever gave it; "" for none.

    The index has no numbers of licenses: being few, they are all looked at together.
    """
    if kind is Kind.LICENSE:
        return _EVERY_LICENSE
    if kind is Kind.INVOICE:
        return invoice_token(data.get("invoiceNumber"))
    return order_token(data.get("orderNumber")) if kind in (Kind.ORDER, Kind.PURCHASE) else ""


def places_of(kind: Kind, line: ManifestLine) -> Iterable[int]:
    """Where the numbers under which the index knows a record meet others."""
    if kind is Kind.LICENSE:
        return (hash((kind, _EVERY_LICENSE)),)
    if kind in (Kind.ORDER, Kind.INVOICE, Kind.PURCHASE):
        begins = "i:" if kind is Kind.INVOICE else "o:"
        return (hash((kind, token)) for token in line.tokens if token.startswith(begins))
    return ()


class Claim(NamedTuple):
    """A record as others may know it: its source's key, and the number that it states.

    `document` is, for a purchase, the key of what it stands in, less the kind; else its own.
    """

    kind: Kind
    key: str
    token: str
    document: str

    @property
    def place(self) -> int:
        """Where claims to one number meet; without a number, a place of its own."""
        return hash((self.kind, self.token or self.key))


class Survey:
    """Who claims what, in an import and in the vault.

    `known` are the index's lines of the records that the import names by the same key. `places`
    and `keys` are those that are contested, as hashes.
    """

    def __init__(self) -> None:
        self.known: dict[str, ManifestLine] = {}
        self.places: set[int] = set()
        self.keys: set[int] = set()
        self._contents = Counted()
        self._repeated: set[int] = set()
        self._claims = Counted()

    @property
    def contested(self) -> bool:
        """Whether there is anything to put together."""
        return bool(self.places or self.keys)

    def claim(self, claim: Claim, content: str) -> None:
        """Note an item."""
        key, said = hash(claim.key), _number(content)
        before = self._contents[claim.key]
        if before:
            self._repeated.add(key)
            if before != said:
                # One import says two things of it: neither the first nor the last is the truth.
                self.keys.add(key)
        self._contents[claim.key] = said
        if claim.token:
            claimant = _number(claim.document if claim.kind is Kind.PURCHASE else claim.key)
            if self._claims[claim.place] not in (0, claimant):
                self.places.add(claim.place)
            self._claims[claim.place] = claimant

    def compare(self, snapshot: Snapshot) -> None:
        """Look through the vault's index for the same keys and numbers."""
        for kind, line in snapshot.index():
            if line.keys:
                self._meet(kind, line)

    def _meet(self, kind: Kind, line: ManifestLine) -> None:
        mine = [key for key in line.keys if self._contents[key]]
        for key in mine:
            self.known[key] = line
            # A line of several statements has no content: it is always looked at.
            if self._contents[key] != _number(line.content):
                self.keys.add(hash(key))
        for place in places_of(kind, line):
            if self._claims[place] and not (mine and line.content):
                self.places.add(place)

    def repeats(self, key: str) -> bool:
        """Whether the import names a record more than once."""
        return hash(key) in self._repeated

    def contest(self, claim: Claim) -> None:
        """Look at this claim, and at whoever makes the same."""
        self.keys.add(hash(claim.key))
        self.places.add(claim.place)

    def contests(self, claim: Claim) -> bool:
        """Whether others claim the same."""
        return hash(claim.key) in self.keys or claim.place in self.places

    @property
    def extent(self) -> int:
        """How much is contested: it grows until everything that hangs together is."""
        return len(self.places) + len(self.keys)


def _number(text: str) -> int:
    """A number for a text, by a hash that is secret to the process."""
    return hash(text) % LARGEST + 1
