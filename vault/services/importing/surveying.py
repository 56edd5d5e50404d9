"""Surveying an import before it is filed: what may be known under another name already.

Most records are known to one source alone and are filed one by one. Only where a number is claimed
by two documents, or by a document and a record of the vault, or where two things are said of one
key, is there something to put together. The survey finds these claims; whether two of them are
about the same thing is for `domain/identity.py` to say. It keeps hashes, not texts: an import may
have a million lines, and two numbers of one hash are merely looked at for nothing. Of records that
are there already it keeps the id.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from vault.domain.compartments import Kind
from vault.domain.counted import Counted, number_of
from vault.domain.relations import invoice_token, order_token
from vault.services.snapshots import Snapshot
from vault.storage.index_lines import ManifestLine

_EVERY_LICENSE = "l:"
_ID_BYTES = 16


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

    `places` and `keys` are those that are contested, as hashes.
    """

    def __init__(self) -> None:
        self.places: set[int] = set()
        self.keys: set[int] = set()
        self._contents = Counted()
        self._repeated = Counted()
        self._claims = Counted()
        self._known = Counted()
        self._known_ids = bytearray()

    @property
    def contested(self) -> bool:
        """Whether there is anything to put together."""
        return bool(self.places or self.keys)

    def claim(self, claim: Claim, content: str) -> None:
        """Note an item."""
        said = number_of(content)
        before = self._contents.swap(claim.key, said)
        if before:
            self._repeated[claim.key] = 1
            if before != said:
                # One import says two things of it: neither the first nor the last is the truth.
                self.keys.add(hash(claim.key))
        if claim.token:
            claimant = claim.document if claim.kind is Kind.PURCHASE else claim.key
            mine = number_of(claimant)
            if self._claims.swap(claim.place, mine) not in (0, mine):
                self.places.add(claim.place)

    def compare(self, snapshot: Snapshot) -> None:
        """Look through the vault's index for the same keys and numbers."""
        for kind, line in snapshot.index():
            if line.keys:
                self._meet(kind, line)

    def _meet(self, kind: Kind, line: ManifestLine) -> None:
        mine = [key for key in line.keys if self._contents[key]]
        for key in mine:
            self._know(key, line)
            # A line of several statements has no content: it is always looked at.
            if self._contents[key] != number_of(line.content):
                self.keys.add(hash(key))
        for place in places_of(kind, line):
            if self._claims[place] and not (mine and line.content):
                self.places.add(place)

    def _know(self, key: str, line: ManifestLine) -> None:
        self._known_ids += bytes.fromhex(line.record_id)
        self._known[key] = len(self._known_ids) // _ID_BYTES

    def record_of(self, key: str) -> bytes | None:
        """The id of the vault's record of which the import, too, says something by this key."""
        end = self._known[key] * _ID_BYTES
        return bytes(self._known_ids[end - _ID_BYTES : end]) if end else None

    def states(self, key: str) -> bool:
        """Whether the import has a record of this key."""
        return bool(self._contents[key])

    def repeats(self, key: str) -> bool:
        """Whether the import names a record more than once."""
        return bool(self._repeated[key])

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


def stated(snapshot: Snapshot) -> Counted:
    """What is stated of the vault's records, by their sources' keys, as `number_of` has it."""
    found = Counted()
    for _, line in snapshot.index():
        for key in line.keys:
            found[key] = number_of(line.content)
    return found
