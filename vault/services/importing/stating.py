"""Stating: a line of an import as a statement, linked to the documents that it came with."""

import hashlib
import os
from typing import Any

from vault.domain.compartments import Kind
from vault.domain.merging import compose
from vault.domain.relations import NAMING_KINDS
from vault.domain.statements import Statement
from vault.services.importing.items import Item
from vault.services.importing.surveying import Survey


class Stating:
    """Makes statements of one import's items, once it is surveyed."""

    def __init__(self, survey: Survey, import_id: str, imported_at: str) -> None:
        """`import_id` in hex; `imported_at` is an ISO 8601 moment, UTC."""
        self.ids: dict[str, bytes] = {}
        """The records that several sources make together, by the keys of their statements."""
        self._survey = survey
        self._import_id = import_id
        self._imported_at = imported_at
        self._drawn = os.urandom(32)

    def id_of(self, key: str) -> bytes:
        """The id of a record by its key: the one it has, or one drawn for it.

        What is drawn is a function of the key under a secret of this filing: as random as any,
        and nothing need be kept of a million of them.
        """
        found = self.ids.get(key)
        if found is not None:
            return found
        found = self._survey.record_of(key)
        if found is not None:
            return found
        return hashlib.blake2b(key.encode(), key=self._drawn, digest_size=16).digest()

    def data(self, item: Item, parsed: dict[str, Any]) -> dict[str, Any]:
        """A record as this import alone states it."""
        return compose(Kind(parsed["kind"]), [self.statement(item, parsed)])

    def statement(self, item: Item, parsed: dict[str, Any]) -> Statement:
        """What an item states."""
        return Statement(
            Kind(parsed["kind"]),
            item.connector,
            parsed["sourceId"],
            parsed["data"],
            document=self._document(item, parsed),
            links=tuple(self._links(item, parsed)),
            issuer=parsed.get("issuer", ""),
            as_of=parsed.get("asOf", ""),
            content=item.content,
            batch=self._import_id,
            file_digest=item.digest,
            imported_at=self._imported_at,
        )

    def _links(self, item: Item, parsed: dict[str, Any]) -> list[str]:
        """The ids of the records of the same document that it belongs to."""
        refs = parsed.get("refs") or ()
        keys = (f"{item.connector}:{kind}:{ref}" for ref in refs for kind in NAMING_KINDS)
        return [self.id_of(key).hex() for key in keys if self._survey.states(key)]

    def _document(self, item: Item, parsed: dict[str, Any]) -> str:
        """What a purchase was read with: its invoice, else its order."""
        if parsed["kind"] != Kind.PURCHASE:
            return ""
        refs = parsed.get("refs") or ()
        named = (f"{kind}:{ref}" for kind in (Kind.INVOICE, Kind.ORDER) for ref in refs)
        found = (one for one in named if self._survey.states(f"{item.connector}:{one}"))
        return next(found, "")
