"""What several rows say of one thing: kept where they agree, dropped where they do not."""

from collections.abc import Sequence


def agreed(old: Sequence[str | None], new: Sequence[str]) -> tuple[str | None, ...]:
    """Merge the facts of one more row: "" says nothing, None is what rows have disagreed on."""
    return tuple(
        second if first == "" else first if second in {"", first} else None
        for first, second in zip(old, new, strict=True)
    )


def stated(names: Sequence[str], facts: Sequence[str | None]) -> dict[str, str]:
    """Return the facts that are known, by name."""
    return {name: fact for name, fact in zip(names, facts, strict=True) if fact}
