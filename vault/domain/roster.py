"""The terms that a customer proffers, and that a vendor accepts, in the manner of IEEE 7012.

Each agreement has a stable identifier, a URI under the issuer. Its text never changes: a new text
is a new version. A vendor's request names what it accepts by identifier, or by the short slug,
which means the newest version.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from vault.domain.requested import InvalidAuthorizationDetails, Request

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 60
_PATH = "/terms/"


@dataclass(frozen=True, slots=True)
class Agreement:
    """One agreement, in English. `text` is paragraphs with an empty line between them."""

    slug: str
    version: int
    title: str
    summary: str
    text: str = field(repr=False)

    @property
    def paragraphs(self) -> list[str]:
        """The text's paragraphs, each on one line."""
        return [" ".join(part.split()) for part in self.text.split("\n\n") if part.strip()]


class Roster:
    """The agreements that customers of a server proffer."""

    def __init__(self, issuer: str, agreements: Iterable[Agreement]) -> None:
        """`issuer` is the server's base URL, without a slash at its end."""
        self._issuer = issuer
        ordered = sorted(agreements, key=lambda one: (one.slug, one.version))
        self._versions = {(one.slug, one.version): one for one in ordered}
        self._newest = {one.slug: one for one in ordered}

    def identifier(self, agreement: Agreement) -> str:
        """The URI of an agreement, at which its text stands."""
        return f"{self._issuer}{_PATH}{agreement.slug}/{agreement.version}"

    def newest(self) -> list[Agreement]:
        """The newest version of each, by slug."""
        return list(self._newest.values())

    def get(self, slug: str, version: int | None = None) -> Agreement | None:
        """An agreement by slug, the newest or one version; None where there is none."""
        return self._newest.get(slug) if version is None else self._versions.get((slug, version))

    def find(self, name: str) -> Agreement | None:
        """An agreement by identifier or slug; None where there is none."""
        path = name.removeprefix(self._issuer + _PATH)
        slug, _, version = path.partition("/")
        if path == name:
            return self._newest.get(name)
        if not (version.isascii() and version.isdecimal() and len(version) < len("1000000")):
            return None
        found = self._versions.get((slug, int(version)))
        # One agreement has one identifier: `…/01` is none.
        return found if found and self.identifier(found) == name else None

    def accept(self, request: Request) -> Request:
        """The request with what it accepts by identifier, each once, in alphabetical order.

        Raises InvalidAuthorizationDetails for what the customer does not proffer: a promise that
        nobody here can read promises nothing.
        """
        found = {name: self.find(name) for name in request.terms_accepted}
        unknown = next((name for name, one in found.items() if one is None), None)
        if unknown is not None:
            raise InvalidAuthorizationDetails(f"this vault proffers no terms {unknown!r}")
        known = {self.identifier(one) for one in found.values() if one}
        return replace(request, terms_accepted=tuple(sorted(known)))


def names_of(identifiers: Iterable[str]) -> frozenset[str]:
    """Identifiers with their slugs: all that agreements can be named by."""
    given = frozenset(identifiers)
    return given | {one.rpartition(_PATH)[2].partition("/")[0] for one in given}
