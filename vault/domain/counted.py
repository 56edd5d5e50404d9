"""A number for each of many keys, in little memory: some 20 bytes each, whatever the keys' length.

A dictionary of a million keys takes 150 MB, this takes 20: a long sheet is read with what a short
one takes. Keys are told apart by 64 bits of a hash that is secret to the process, so no file can be
made in which two are taken for one; by chance that happens once in 10^7 files of a million rows.
"""

from array import array
from collections.abc import Hashable

_PARTS = 64
_SMALLEST = 16
_MASK = (1 << 64) - 1
LARGEST = (1 << 32) - 1


def number_of(text: str) -> int:
    """A number for a text, by a hash that is secret to the process."""
    return hash(text) % LARGEST + 1


class Counted:
    """Maps keys to whole numbers from 1 to `LARGEST`; what was never set is 0."""

    def __init__(self) -> None:
        self._parts = [_Part() for _ in range(_PARTS)]

    def __len__(self) -> int:
        return sum(part.used for part in self._parts)

    def __getitem__(self, key: Hashable) -> int:
        digest = hash(key) & _MASK or 1
        return self._parts[digest % _PARTS].get(digest)

    def __setitem__(self, key: Hashable, value: int) -> None:
        self.swap(key, value)

    def swap(self, key: Hashable, value: int) -> int:
        """Set a key's number; the one that it had."""
        digest = hash(key) & _MASK or 1
        return self._parts[digest % _PARTS].swap(digest, value)

    def next(self, key: Hashable) -> int:
        """Count a key once more, and return the count: 1 the first time."""
        count = self[key] + 1
        self[key] = count
        return count


class _Part:
    """Some of the keys, in an open table; when it grows, the others need not be held twice."""

    __slots__ = ("keys", "used", "values")

    def __init__(self) -> None:
        self._resize(_SMALLEST)
        self.used = 0

    def get(self, digest: int) -> int:
        """A key's number."""
        keys = self.keys
        slots = len(keys)
        slot = digest // _PARTS % slots - slots  # from the end it runs on to the beginning
        while there := keys[slot]:
            if there == digest:
                return self.values[slot]
            slot += 1
        return 0

    def swap(self, digest: int, value: int) -> int:
        """Set a key's number; the one that it had."""
        slot = self._slot(digest)
        if not self.keys[slot]:
            if (self.used + 1) * 4 > len(self.keys) * 3:
                self._grow()
                slot = self._slot(digest)
            self.used += 1
            self.keys[slot] = digest
        before, self.values[slot] = self.values[slot], value
        return before

    def _slot(self, digest: int) -> int:
        """Where a key stands, or would."""
        keys = self.keys
        slots = len(keys)
        slot = digest // _PARTS % slots - slots
        while (there := keys[slot]) and there != digest:
            slot += 1
        return slot

    def _grow(self) -> None:
        keys, values = self.keys, self.values
        self._resize(len(keys) * 3 // 2)
        for digest, value in zip(keys, values, strict=True):
            if digest:
                slot = self._slot(digest)
                self.keys[slot], self.values[slot] = digest, value

    def _resize(self, slots: int) -> None:
        self.keys = array("Q", (0,)) * slots
        self.values = array("I", (0,)) * slots
