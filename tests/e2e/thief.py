"""A thief with all the disks: reads every file that the vault has left, in every usual encoding."""

import base64
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from sqlalchemy import make_url


def encodings(secret: str) -> Iterator[bytes]:
    """A text as it may have been written down: plain, hex, base64, in an address, as UTF-16."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    yield quote(secret, safe="").encode()
    yield secret.encode("utf-16-le")
    for padding in range(3):
        # In the middle of a longer text the same bytes have one of three base64 forms.
        encoded = base64.b64encode(b"\x00" * padding + raw)
        inner = encoded[(0, 2, 3)[padding] :].rstrip(b"=")
        yield inner[: len(inner) - (0 if (len(raw) + padding) % 3 == 0 else 1)]
        yield inner[: len(inner) - (0 if (len(raw) + padding) % 3 == 0 else 1)].translate(
            bytes.maketrans(b"+/", b"-_")
        )


def found(secrets: Iterable[str], folders: Iterable[Path]) -> list[str]:
    """Which secrets stand in which files."""
    wanted = {secret: set(encodings(secret)) for secret in secrets}
    told = []
    for path, content in _contents(folders):
        told += [
            f"{secret!r} in {path.name}"
            for secret, forms in wanted.items()
            if any(form in content for form in forms)
        ]
    return told


def _contents(folders: Iterable[Path]) -> Iterator[tuple[Path, bytes]]:
    """Every file with its content, but those of other tests that vanish on the way."""
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for path in (Path(parent, name) for name in names):
                with suppress(FileNotFoundError):
                    if path.is_file():
                        yield path, path.read_bytes()


def database_files(url: str) -> Path:
    """The folder with all that the database has written, its log of changes included."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return Path(parsed.database or "").parent
    plain = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    return Path(row[0])
