"""How commands write a file: whole or not at all, and readable by its owner alone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vault.errors import Conflict


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raise Conflict where the file exists and is not to be replaced."""
    if path.exists() and not force:
        raise Conflict(f"{path} exists: add --force to write over it.")


@contextmanager
def written_whole(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file with mode 0600 that appears under `path` whole, or not at all.

    Raises Conflict where it exists by then and is not to be replaced.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            temporary.replace(path)
        else:
            _link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    """Give the file its name, never over another: a link fails where the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise Conflict(f"{path} exists: add --force to write over it.") from None
