"""Every error that the vault raises on purpose.

Each has a stable `code`, the HTTP status that fits it, and a `message` that is safe to show to
anyone: no secret, no title, no seller, no order number.

A message is a `template` with `values` (`"at least %(least)d characters", least=15`): commands,
programs and logs take the whole in English, and a page says the template in its reader's language.
"""


class VaultError(Exception):
    """The base of all errors below; commands and pages show its message, never a traceback.

    `retry_after` is in whole seconds, where trying again later makes sense.
    """

    code = "internal"
    status = 500

    def __init__(
        self, template: str, /, *, retry_after: int | None = None, **values: object
    ) -> None:
        self.template, self.values = template, values
        self.message = template % values if values else template
        self.retry_after = retry_after
        super().__init__(self.message)


class InvalidInput(VaultError):
    """What was sent cannot be understood; the message names the field."""

    code = "invalid_input"
    status = 422


class UnsupportedDocument(VaultError):
    """No connector reads this document, or it is damaged."""

    code = "unsupported_document"
    status = 422


class NotFound(VaultError):
    """Nothing stands there that the asker may know of."""

    code = "not_found"
    status = 404


class Conflict(VaultError):
    """Something else stands there already, or has changed meanwhile."""

    code = "conflict"
    status = 409


class Refused(VaultError):
    """The asker is known, and may not do this."""

    code = "refused"
    status = 403


class Locked(VaultError):
    """The vault is not open: no session, or one that has ended."""

    code = "locked"
    status = 401


class WrongPassphrase(VaultError):
    """The passphrase or recovery code opens nothing; alike for known and unknown names."""

    code = "wrong_passphrase"
    status = 401


class TooManyRequests(VaultError):
    """Slow down; `retry_after` says how long."""

    code = "too_many_requests"
    status = 429


class Busy(VaultError):
    """The server is at its limit, or another writer holds the lock; `retry_after` says how long."""

    code = "busy"
    status = 503


class ConfigurationError(VaultError):
    """A setting is wrong; the message names the variable and what is allowed."""

    code = "configuration"


class SchemaMismatch(VaultError):
    """The database is older or newer than this version of the vault."""

    code = "schema_mismatch"


class Unopenable(VaultError):
    """An envelope did not open: the wrong key, the wrong place, or altered."""

    code = "unopenable"


class Tampered(VaultError):
    """A signature or a chain does not hold: someone has altered what the server wrote."""

    code = "tampered"
