"""Progress bars on long work, for a person who watches; a program sees none."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Give the block a function to say how many more of `length` are done.

    The bar stands on stderr, so that what a command prints can be piped.
    """
    if not sys.stderr.isatty() or length <= 0:
        yield _unseen
        return
    steps = max(length // 100, 1)
    with click.progressbar(
        length=length, label=label, file=sys.stderr, update_min_steps=steps
    ) as bar:
        yield bar.update


def _unseen(_steps: int) -> None:
    """Nobody watches."""
