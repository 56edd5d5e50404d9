"""The part of a page on which a customer chooses what to share, and sees what comes of it.

`templates/consent/_choice.html` gets `asked` (the bound), `offer`, `choice`, `problem`, `terms`,
`glimpses` and `until` (when a consent that is changed ends as it stands, else 0). Its form posts
`clusters`, `fields` and the other fields of `decision.Choice`, and `action`: `preview`,
`download`, or what the page decides.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from flask import Response, g

from vault.consent.decision import Choice, Unclear
from vault.consent.offer import Offer, durations
from vault.domain.requested import Request
from vault.domain.terms import Terms
from vault.services.consents.glimpses import Glimpses
from vault.services.records.sellers import Sellers

LOOKS = frozenset({"preview", "download"})
"""Actions that decide nothing."""


@dataclass(frozen=True)
class Bound:
    """What a choice may be made of; `own` are the vendor's verified sellers."""

    vendor: str
    asked: Request
    own: Sequence[str] = ()
    until: int = 0

    def terms(self, choice: Choice) -> Terms:
        """Return what a choice comes to now. Raise `Unclear`."""
        return choice.terms(self.asked, time.time(), self.until)


class Choosing:
    """Shows choices with the very records that they would release."""

    def __init__(self, glimpses: Glimpses, sellers: Sellers) -> None:
        self._glimpses, self._sellers = glimpses, sellers

    def context(self, bound: Bound, choice: Choice, problem: Unclear | None) -> dict[str, Any]:
        """Return what the template needs to show a choice; it need not make sense yet."""
        asked = bound.asked
        sellers = self._sellers.of(g.vault, asked.kinds)
        categories = self._sellers.categories(g.vault, asked.kinds)
        try:
            terms, unclear = bound.terms(choice), None
        except Unclear as error:
            terms, unclear = None, error
        return {
            "asked": asked,
            "offer": Offer.of(asked, choice, sellers, categories, bound.own),
            "choice": choice,
            "problem": problem,
            "unclear": unclear,
            "terms": terms,
            "seller_names": sellers,
            "glimpses": self._glimpses.of(g.vault, terms) if terms else {},
            "durations": durations(asked.days, choice.days),
            "until": bound.until,
            "now": int(time.time()),
        }

    def download(self, bound: Bound, terms: Terms) -> Response:
        """Return every record that the vendor would receive now, less its ids, as a file."""
        records = self._glimpses.all(g.vault, terms)
        body = orjson.dumps(records, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        word = re.sub(r"[^a-z0-9]+", "-", bound.vendor.lower()).strip("-") or "vendor"
        name = f"what-{word[:40]}-will-see.json"
        answer = Response(body, mimetype="application/json")
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
