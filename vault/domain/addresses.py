"""E-mail addresses, as narrowly as they can be written and as people have them.

RFC 5321 allows more: quoted names, comments, addresses of machines. Nothing of that is taken, so an
address can never end a header's line, begin another, or name a second recipient.
"""

import re

from vault.errors import InvalidInput

LONGEST = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_LOCAL}(?:\.{_LOCAL})*)@(?:{_LABEL}\.)+(?P<top>{_LABEL})")
_LONGEST_LOCAL = 64


def check(text: str) -> str:
    """The address, or InvalidInput. Letters of other scripts are not taken."""
    found = _ADDRESS.fullmatch(text)
    if (
        not found
        or len(text) > LONGEST
        or len(found["local"]) > _LONGEST_LOCAL
        or found["top"].isdecimal()
    ):
        raise InvalidInput("This is not an e-mail address, such as anna@example.org.")
    return text
