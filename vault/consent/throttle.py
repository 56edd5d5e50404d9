"""Slowing down those who flood the authorization server, by address.

Nothing here can be guessed: every credential is 256 random bits. The limits bound the load that a
stranger causes, and the rows that he makes the database keep. A vendor's server speaks for many
customers from one address, so what succeeds is hardly limited, and a challenge for a nonce is not a
failure, nor is an answer that the customer has not given yet.
"""

import time
from dataclasses import dataclass

from flask import Response, request
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from vault.errors import TooManyRequests


@dataclass(frozen=True)
class Limit:
    """How often something may happen; the name keeps the counts apart."""

    name: str
    item: RateLimitItem


FAILURES = Limit("oauth-failures", parse("600 per minute"))
"""Refused calls of vendors' programs."""
PUSHES = Limit("oauth-pushes", parse("600 per minute"))
"""Pushed requests: each is a row for ten minutes."""
AWAY = Limit("oauth-away", parse("120 per minute"))
"""Requests to customers who are away: each is two rows for days."""
VISITS = Limit("oauth-visits", parse("120 per minute"))
"""Requests for the page of consent: a client of `basic` makes a row with each."""
REGISTRATIONS = Limit("oauth-registrations", parse("20 per hour"))
"""Registrations, taken or refused."""

_FAILED = (400, 401)
_USUAL = ("use_dpop_nonce", "authorization_pending")


class Throttle:
    """Counts by address, in memory or wherever VAULT_RATELIMIT_URL says."""

    def __init__(self, storage_uri: str) -> None:
        self._limiter = FixedWindowRateLimiter(storage_from_string(storage_uri))

    def count(self, limit: Limit) -> None:
        """Count this request. Raise `TooManyRequests` for one beyond the limit."""
        if not self._limiter.hit(limit.item, limit.name, _address()):
            raise self._too_many(limit)

    def check_failures(self) -> None:
        """Raise `TooManyRequests` for an address with too many failures."""
        if not self._limiter.test(FAILURES.item, FAILURES.name, _address()):
            raise self._too_many(FAILURES)

    def count_failure(self, response: Response) -> Response:
        """Count a refusal, unless it only asks for a nonce or to come again."""
        if response.status_code in _FAILED and _error(response) not in _USUAL:
            self._limiter.hit(FAILURES.item, FAILURES.name, _address())
        return response

    def _too_many(self, limit: Limit) -> TooManyRequests:
        ends = self._limiter.get_window_stats(limit.item, limit.name, _address()).reset_time
        wait = max(1, int(ends - time.time()) + 1)
        return TooManyRequests("Too many requests from this address.", retry_after=wait)


def _error(response: Response) -> str | None:
    body = response.get_json(silent=True)
    return body.get("error") if isinstance(body, dict) else None


def _address() -> str:
    return request.remote_addr or ""
