"""JSON (RFC 8259) read strictly: bounded in size, depth and digits, and with one meaning only.

What two readers may understand differently is refused: a name that stands twice in an object, NaN
and infinities, half of a surrogate pair. Numbers keep their digits: those with a point or an
exponent become `Decimal`, the others `int`.
"""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import accumulate
from typing import Any

from vault.connectors.formats.table import encoding_of
from vault.errors import UnsupportedDocument

SIZE_LIMIT = 32 * 1024 * 1024
DEPTH_LIMIT = 100
DIGITS_LIMIT = 60

_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)  # to the end where it has none
_NOT_BRACKETS = re.compile(r"[^][{}]+")
_STEP: Mapping[str, int] = {"[": 1, "{": 1, "]": -1, "}": -1}
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_EXPONENT = re.compile(r"[eE]([-+]?[0-9]+)")


def parse(content: bytes | str) -> Any:
    """Return what a JSON text holds: dict, list, str, int, Decimal, bool or None.

    Bytes are UTF-8, or UTF-16 or UTF-32 where they say so. Raises UnsupportedDocument, with the
    line where the text is not well-formed.
    """
    if len(content) > SIZE_LIMIT:
        raise UnsupportedDocument(f"the JSON is larger than {SIZE_LIMIT // 2**20} MiB")
    text = content if isinstance(content, str) else _decoded(content)
    text = text.removeprefix("\ufeff")
    if _depth(text) > DEPTH_LIMIT:
        raise UnsupportedDocument(f"the JSON is nested more than {DEPTH_LIMIT} deep")
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as err:
        raise UnsupportedDocument(f"the JSON is not well-formed at line {err.lineno}") from err
    except RecursionError as err:
        raise UnsupportedDocument(f"the JSON is nested more than {DEPTH_LIMIT} deep") from err
    if _SURROGATE_ESCAPE.search(text) or not isinstance(content, bytes):
        _refuse_surrogates(found)
    return found


def _decoded(content: bytes) -> str:
    encoding = encoding_of(content)
    try:
        return content.decode(encoding)
    except UnicodeError as err:
        raise UnsupportedDocument(f"the file is not valid {encoding} text") from err


def _depth(text: str) -> int:
    """Return how deep brackets stand in one another, those in strings left aside."""
    brackets = _NOT_BRACKETS.sub("", _STRINGS.sub("", text))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnsupportedDocument("the JSON has a name twice in the same object")
    return found


def _decimal(text: str) -> Decimal:
    exponent = _EXPONENT.search(text)
    # An exponent is a short way to write a number that fills the memory once it is written out.
    if len(text) > DIGITS_LIMIT or (exponent and abs(int(exponent[1])) > DIGITS_LIMIT):
        raise UnsupportedDocument("the JSON has a number that is too long")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > DIGITS_LIMIT:
        raise UnsupportedDocument("the JSON has a number that is too long")
    return int(text)


def _constant(_: str) -> None:
    raise UnsupportedDocument("the JSON has NaN or Infinity, which are no numbers of JSON")


def _refuse_surrogates(found: Any) -> None:
    """Refuse half of a surrogate pair, which no encoding of Unicode can write."""
    waiting = [found]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError as err:
                raise UnsupportedDocument("the JSON has half of a surrogate pair") from err
