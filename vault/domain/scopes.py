"""Scopes: the words in which a vendor asks (RFC 6749, section 3.3), and what each stands for."""

from vault.domain.compartments import SHAREABLE

READ_SCOPES = {f"{kind.plural}:read": kind for kind in SHAREABLE}
"""One word for each kind that can be shared; `license_keys:read` lets the keys stand in the
licenses."""

GIFTS_SCOPE = "gifts:read"
"""Widens the other words to gifts; alone it asks for nothing."""

SUPPORTED_SCOPES = (*READ_SCOPES, GIFTS_SCOPE)
"""What the metadata advertises (RFC 8414, `scopes_supported`)."""
