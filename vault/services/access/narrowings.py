"""What an access token carries where its vendor asked for less than the consent grants.

The narrowed terms stand behind the holder's seed in the token's wrap, never in clear. They are
only ever a second bound: each read meets them with the package's terms of that moment, so that a
consent which was amended since is neither widened nor undone by a token from before.
"""

import orjson

from vault.domain.terms import Terms
from vault.services.access.succession import seed_of


def payload(seed: bytes, narrowing: Terms | None) -> bytes:
    """What an access token's wrap holds."""
    return seed + (orjson.dumps(narrowing.to_json()) if narrowing else b"")


def carried(opened: bytes, terms: Terms) -> Terms:
    """What an access token carries, given what its wrap held and the consent's terms now."""
    narrowing = opened[len(seed_of(opened)) :]
    return terms.narrow(Terms.from_json(orjson.loads(narrowing))) if narrowing else terms
