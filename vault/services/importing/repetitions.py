"""Repetitions: what an import said that the vault had already, word for word.

A statement belongs to the import that brought it first; one that brings it again changes no record.
So each import keeps what it repeated, 12 bytes a statement, in a form that tells nothing:

    {"importedAt": moment, "files": [[digest of a file, how many], …]} LF 12 bytes, 12 bytes, …

When the first import is undone, the statement passes to the next one that said it, as if that had
been the first.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import iter_unpack
from typing import Any

import orjson
from sqlalchemy import Row

from vault.domain.counted import Counted
from vault.domain.statements import Statement
from vault.services.changes import source_key
from vault.services.snapshots import Snapshot
from vault.storage import imports

_BYTES = 12


def _mark(key: str, content: str) -> bytes:
    """By what a statement is known again: its source's key, and what the whole line said."""
    said = f"{content}\n{key}".encode()
    return hashlib.blake2b(said, digest_size=_BYTES).digest()


class Repetitions:
    """What one import repeats, file by file; of a million lines 12 megabytes."""

    def __init__(self, imported_at: str) -> None:
        """`imported_at` is an ISO 8601 moment, UTC."""
        self._imported_at = imported_at
        self._marks: dict[str, bytearray] = {}

    def add(self, file_digest: str, key: str, content: str) -> None:
        """Note that a file states what the vault has: a source's key, and the line's hash."""
        self._marks.setdefault(file_digest, bytearray()).extend(_mark(key, content))

    def add_again(self, file_digest: str, known: Statement) -> None:
        """Note that a file states what a statement of the vault states."""
        self.add(file_digest, *_said(known))

    def packed(self) -> bytes | None:
        """All of it, to be sealed; None where nothing was repeated."""
        if not self._marks:
            return None
        files = [(digest, len(marks) // _BYTES) for digest, marks in self._marks.items()]
        header = orjson.dumps({"importedAt": self._imported_at, "files": files})
        return b"".join([header, b"\n", *self._marks.values()])


def _said(statement: Statement) -> tuple[str, str]:
    return source_key(statement.kind, statement.source()), statement.content


@dataclass(frozen=True, slots=True)
class _File:
    """A file of an import that repeats something."""

    batch: str
    file_digest: str
    imported_at: str


class Heirs:
    """To whom the statements of an import pass that is undone: who has said the same, and when."""

    def __init__(self, now: Snapshot, undone: "Row[Any]") -> None:
        """`undone` is the import's row. Later imports alone can have repeated what it brought."""
        self._undone = undone.import_id.hex()
        self._files: list[_File] = []
        self._first = Counted()
        # The latest first: what an earlier one has said as well overrules it.
        for row in reversed(imports.repeating(now.conn, now.ring.vault_id, undone.filed_change)):
            if row.import_id != undone.import_id:
                packed = imports.open_repeated(now.conn, now.ring, row)
                for file, marks in reversed(list(_unpacked(row.import_id.hex(), packed))):
                    self._note(file, marks)

    def _note(self, file: _File, marks: memoryview) -> None:
        self._files.append(file)
        number = len(self._files)
        for (mark,) in iter_unpack(f"{_BYTES}s", marks):
            self._first[mark] = number

    def left(self, statement: Statement) -> Statement | None:
        """What a statement is once the import is undone; None where nobody else has said it."""
        if statement.batch != self._undone:
            return statement
        number = self._first[_mark(*_said(statement))]
        if not number:
            return None
        heir = self._files[number - 1]
        return replace(
            statement,
            batch=heir.batch,
            file_digest=heir.file_digest,
            imported_at=heir.imported_at,
        )


def _unpacked(batch: str, packed: bytes) -> Iterator[tuple[_File, memoryview]]:
    header, _, _ = packed.partition(b"\n")
    about = orjson.loads(header)
    start = len(header) + 1
    for digest, count in about["files"]:
        end = start + count * _BYTES
        yield _File(batch, digest, about["importedAt"]), memoryview(packed)[start:end]
        start = end
