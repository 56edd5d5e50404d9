"""When a text names a number: the text of a transfer, an invoice's number.

Banks change case, drop or replace separators and break lines. So numbers are compared folded and
without separators, but as whole words of the text: `2026-118` is named by "Invoice 2026/118" and
by "2026 118", and not by "2026-1189".
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

LEAST = 4
"""A shorter number says too little to be known by it alone."""

_BREAK = re.compile(r"[,;:()\[\]{}|\"'+*=&?!<>\n]+")
_RUN = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CREDITOR_REFERENCE = re.compile(r"rf\d\d[a-z0-9]{1,21}")
_BEFORE_NUMBER = re.compile(
    "no|nr|num|number|ref|inv|invoice|re|rg|rnr|renr|rechnung|rechnungsnr|fa|facture|factuur"
)


def fold(text: str) -> str:
    """Text as it is compared: NFKC, without case."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def key_of(number: str) -> str:
    """A number as it is compared: letters and digits alone."""
    return "".join(_RUN.findall(fold(number)))


def is_telling(key: str) -> bool:
    """Whether a number, by its key, is enough to be known by.

    Neither a short one is, nor words without a digit, nor one that reads as a year.
    """
    return len(key) >= LEAST and not key.isalpha() and not _YEAR.fullmatch(key)


class Numbers:
    """Some numbers, to be looked for in texts."""

    def __init__(self, numbers: Mapping[str, str]) -> None:
        """`numbers` are the numbers as they are written, by their keys."""
        self._ends = {key: _ends(number) for key, number in numbers.items() if key}
        # Some are written with what parts phrases elsewhere: `A:118`.
        self._broken = {
            key for key, number in numbers.items() if key and _BREAK.search(fold(number))
        }
        # With what a number of several parts begins: other words need no second look.
        self._beginnings = {key[:end] for key, ends in self._ends.items() for end in ends}

    def stated(self, number: str) -> set[str]:
        """The key of a number that is stated by itself, if it is one of these."""
        key = key_of(number)
        return {one for one in (key, _within(key)) if one in self._ends}

    def named_in(self, text: str) -> set[str]:
        """The keys of the numbers that stand in a text, each as a whole word or several."""
        if not self._ends:
            return set()
        folded = fold(text)
        found: set[str] = set().union(*map(self._in_phrase, _BREAK.split(folded)))
        if self._broken:
            found |= self._in_phrase(_BREAK.sub(" ", folded)) & self._broken
        return found

    def _in_phrase(self, phrase: str) -> set[str]:
        found: set[str] = set()
        joined: list[str] = []
        for word in phrase.split():
            if word.isalnum():
                joined.append(word)
            elif runs := _RUN.findall(word):
                joined.append("".join(runs))
                found.update(self._after_its_name(runs))
        found.update(self._ends.keys() & joined)
        for first, word in enumerate(joined):
            if word in self._beginnings:
                found.update(self._across(joined, first))
        return found

    def _after_its_name(self, runs: list[str]) -> set[str]:
        """The number in `RE-NR.2026-118`, where that as a whole is none."""
        if not _BEFORE_NUMBER.fullmatch(runs[0]) or "".join(runs) in self._ends:
            return set()
        while len(runs) > 1 and _BEFORE_NUMBER.fullmatch(runs[0]):
            runs = runs[1:]
        return {"".join(runs)} & self._ends.keys()

    def _across(self, words: list[str], first: int) -> Iterator[str]:
        """The numbers that begin with a word and end with one after it."""
        key, joints = words[first], [len(words[first])]
        for word in words[first + 1 :]:
            key += word
            if key not in self._beginnings:
                return
            ends = self._ends.get(key)
            if ends is not None and set(ends).issuperset(joints):
                yield key
            joints.append(len(key))


def _ends(number: str) -> tuple[int, ...]:
    """Where the parts of a number end, counted in the characters of its key."""
    ends, length = [], 0
    for run in _RUN.findall(fold(number)):
        length += len(run)
        ends.append(length)
    return tuple(ends)


def _within(key: str) -> str:
    """The number inside a creditor reference (ISO 11649) with right check digits; else nothing."""
    if not _CREDITOR_REFERENCE.fullmatch(key):
        return ""
    digits = "".join(str(int(one, 36)) for one in key[4:] + key[:4])
    return key[4:] if int(digits) % 97 == 1 else ""
