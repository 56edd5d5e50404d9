"""What a policy answers: allowed, or denied for a named reason. Never a bare bool."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowed:
    """The terms release this."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The terms withhold this. `reason` is a stable word, for the owner's eyes and for tests."""

    reason: str


Decision = Allowed | Denied

ALLOWED = Allowed()
