"""What a vendor promises: the customer's own terms that it accepts, in words.

Title and summary of the agreements that come with the vault are translated; their texts, and what
an operator has added, stand in the language in which they were written.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from vault.domain.roster import Agreement
from vault.web.blueprint import services
from vault.web.language import LazyString
from vault.web.language import lazy_gettext as _l

_WORDS: dict[tuple[str, int], tuple[LazyString, LazyString]] = {
    ("delete-at-end", 1): (
        _l("Deleted when the consent ends"),
        _l("When your consent ends it deletes what it has read, within thirty days, and says so."),
    ),
    ("no-profiling", 1): (
        _l("No profiling and no advertising"),
        _l("It makes no profile of you and aims no advertising at you with what it sees."),
    ),
    ("no-sharing", 1): (
        _l("No sharing with third parties"),
        _l("It passes nothing on to anybody else: not sold, not lent, not given away."),
    ),
    ("service-only", 1): (
        _l("For the service only"),
        _l("It uses what it sees for the service that you asked for, and for nothing else."),
    ),
}


@dataclass(frozen=True)
class Promise:
    """One agreement in words; `address` is its page's, empty where its text is not here."""

    title: str
    summary: str
    address: str


def promises(identifiers: Iterable[str]) -> list[Promise]:
    """What a vendor has accepted; what the operator has taken away since stands by its name."""
    found = ((name, services().roster.find(name)) for name in identifiers)
    return [promise(one) if one else Promise(name, "", "") for name, one in found]


def promise(agreement: Agreement) -> Promise:
    """An agreement in the reader's language, as far as there are words for it."""
    slug, version = agreement.slug, agreement.version
    title, summary = _WORDS.get((slug, version), (agreement.title, agreement.summary))
    address = url_for("web.agreement", slug=slug, version=version)
    return Promise(str(title), str(summary), address)
