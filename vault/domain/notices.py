"""What a customer shall notice. Append-only: the values stand in the database."""

from enum import IntEnum

DAY = 86_400
EXPIRY_DAYS = 7
"""So long before a consent's end its customer is told."""
REVIEW_DAYS = 90
"""So often each standing consent is put before its customer again."""


class NoticeKind(IntEnum):
    """Why. A notice is about one grant, but for two: a vendor's request, and an alteration."""

    REQUEST = 1
    """A vendor asked while the customer was away."""
    FIRST_READ = 2
    REFUSAL = 3
    """As the ledger has them: the first of its grant, reason and hour."""
    EXPIRY = 4
    REVIEW = 5
    DELETION = 6
    """The vendor of an ended consent says that it has deleted what it had read."""
    ALTERATION = 7
    """Something was altered outside the vault, and its consents are held back."""
