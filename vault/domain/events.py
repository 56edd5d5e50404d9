"""What a ledger's entries are about. Append-only: the values stand in sealed entries for ever."""

from enum import StrEnum


class LedgerEvent(StrEnum):
    """What happened: by the customer, by a vendor, or by whoever runs the vault."""

    VAULT_CREATED = "vault_created"
    UNLOCKED = "unlocked"
    PASSPHRASE_CHANGED = "passphrase_changed"  # noqa: S105 (an event, not a passphrase)
    RECOVERED = "recovered"
    KEYS_RENEWED = "keys_renewed"
    SERVER_KEY_CHANGED = "server_key_changed"
    RESTORED = "restored"
    DISCLOSURE = "disclosure"
    REFUSAL = "refusal"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    CONSENT_EXPIRED = "consent_expired"
    CONSENT_REVOKED = "consent_revoked"
    CONSENT_RESUMED = "consent_resumed"
    IMPORT_FILED = "import_filed"
    IMPORT_UNDONE = "import_undone"
    RECORD_ADDED = "record_added"
    RECORD_CHANGED = "record_changed"
    RECORDS_DELETED = "records_deleted"
    GIFTS_MARKED = "gifts_marked"
    GIFTS_UNMARKED = "gifts_unmarked"
    LICENSE_KEYS_SHOWN = "license_keys_shown"
    EXPORTED = "exported"
    CONSENT_AMENDED = "consent_amended"
    CONSENT_TAKEN_UP = "consent_taken_up"
    AUTHORIZATION_LAPSED = "authorization_lapsed"
    VENDOR_BLOCKED = "vendor_blocked"
    VENDOR_UNBLOCKED = "vendor_unblocked"
