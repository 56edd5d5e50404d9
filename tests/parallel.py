"""The same thing at once, many times over."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from vault.errors import VaultError


def at_once(count: int, work: Callable[[], object]) -> list[object]:
    """Do the same thing several times at once; what each brought, errors included."""

    def attempt(_: int) -> object:
        try:
            return work()
        except VaultError as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))
