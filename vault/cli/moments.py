"""How commands write moments: in UTC, for programs as RFC 3339, for people to the minute."""

import datetime as dt


def stamp(seconds: int | None) -> str | None:
    """Seconds since the epoch as RFC 3339, None as it is."""
    if seconds is None:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def short(seconds: int) -> str:
    """Seconds since the epoch as `2026-11-22 14:55`, UTC."""
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M")
