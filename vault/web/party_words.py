"""How sellers and other parties are told from one another: their numbers, in a reader's words."""

import re

_SCHEMES = {
    "0002": "SIREN",
    "0009": "SIRET",
    "0060": "D-U-N-S",
    "DUNS": "D-U-N-S",
    "0088": "GLN",
    "0106": "KvK",
    "0199": "LEI",
}
"""What numbers are called, by their scheme in ISO/IEC 6523; names that are the same everywhere."""

_NUMBER = re.compile(r"(?P<scheme>[0-9A-Z]{1,5}|NetworkId):(?P<number>\S+)")


def party_number(identifier: str) -> str:
    """A party's identifier as people write it: `GLN 4000001000005`, not `0088:4000001000005`.

    Of a scheme that says nothing to a reader, such as X12's `ZZ`, the number stands alone.
    """
    found = _NUMBER.fullmatch(identifier)
    if found is None:
        return identifier
    name = _SCHEMES.get(found["scheme"], "")
    return f"{name} {found['number']}" if name else found["number"]


def seller_name(name: str) -> str:
    """A seller as a list calls it: by name, else by the number that its documents give."""
    return party_number(name)
