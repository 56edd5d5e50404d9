"""A number for each of many keys, in little memory: 12 bytes a slot, whatever the keys' length.

A dictionary of a million keys takes 150 MB, this takes 24: a long sheet is read with what a short
one takes. Keys are told apart by 64 bits of a hash that is secret to the process, so no file can be
made in which two are taken for one; by chance that happens once in 10^7 files of a million rows.
"""

from array import array
from collections.abc import Hashable

_SMALLEST = 1 << 12
_MASK = (1 << 64) - 1
LARGEST = (1 << 32) - 1


class Counted:
    """Maps keys to whole numbers from 1 to `LARGEST`; what was never set is 0."""

    def __init__(self) -> None:
        self._resize(_SMALLEST)

    def __len__(self) -> int:
        return self._used

    def __getitem__(self, key: Hashable) -> int:
        return self._values[self._slot(hash(key) & _MASK or 1)]

    def __setitem__(self, key: Hashable, value: int) -> None:
        digest = hash(key) & _MASK or 1
        slot = self._slot(digest)
        if not self._keys[slot]:
            if (self._used + 1) * 3 > len(self._keys) * 2:
                self._grow()
                slot = self._slot(digest)
            self._used += 1
            self._keys[slot] = digest
        self._values[slot] = value

    def next(self, key: Hashable) -> int:
        """Count a key once more, and return the count: 1 the first time."""
        count = self[key] + 1
        self[key] = count
        return count

    def _slot(self, digest: int) -> int:
        """Where a key stands, or would."""
        keys, last = self._keys, len(self._keys) - 1
        slot = digest & last
        while (there := keys[slot]) and there != digest:
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        keys, values = self._keys, self._values
        self._resize(len(keys) * 2)
        for digest, value in zip(keys, values, strict=True):
            if digest:
                slot = self._slot(digest)
                self._keys[slot], self._values[slot] = digest, value
                self._used += 1

    def _resize(self, slots: int) -> None:
        self._keys = array("Q", bytes(8 * slots))
        self._values = array("I", bytes(4 * slots))
        self._used = 0
