"""What an entry of the activity says, in one sentence; the entry itself speaks the code's words."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from vault.domain.compartments import Kind
from vault.domain.events import LedgerEvent
from vault.services.activity.activity import Event
from vault.web.consent_words import field_names, things
from vault.web.formats import listed
from vault.web.kinds import counted
from vault.web.language import clauses, ngettext, sentences
from vault.web.language import gettext as _
from vault.web.purposes import purposes

Details = Mapping[str, Any]

_HOUR = 3_600


@dataclass(frozen=True)
class Told:
    """An event as a page shows it; `at` in seconds since the epoch.

    `number` is the entry's, 0 where several are told as one; `count` how many records it names.
    """

    sentence: str
    detail: str
    at: int
    disclosed: bool
    refused: bool
    number: int = 0
    count: int = 0

    @property
    def day(self) -> dt.date:
        """The day (UTC) on which it happened."""
        return dt.datetime.fromtimestamp(self.at, dt.UTC).date()


def tell(event: Event) -> Told:
    """Tell an event; one whose name is not known is told by that name."""
    say = _SENTENCES.get(event.what)
    sentence, detail = say(event.vendor, event.details) if say else (event.what, "")
    if event.repeated:
        times = ngettext(
            "and %(num)d more time in that hour",
            "and %(num)d more times in that hour",
            event.repeated,
        )
        detail = sentences(detail, times)
    return Told(
        sentence=sentence,
        detail=detail,
        at=event.at,
        disclosed=event.what == LedgerEvent.DISCLOSURE,
        refused=event.what == LedgerEvent.REFUSAL,
        number=event.number,
        count=len(event.records),
    )


def by_day(told: Iterable[Told]) -> list[tuple[dt.date, list[Told]]]:
    """What was told, day by day, in the order in which it was."""
    return [(day, list(entries)) for day, entries in groupby(told, key=lambda one: one.day)]


def tell_reads(events: Iterable[Event]) -> list[Told]:
    """The latest reads, those of one vendor within an hour as one: it reads page by page."""
    gathered: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        gathered.setdefault((event.vendor, event.at // _HOUR), []).append(event)
    return [_together(vendor, visit) for (vendor, _hour), visit in gathered.items()]


def _together(vendor: str, visit: list[Event]) -> Told:
    read = {Kind(one.details["kind"]) for one in visit}
    what = listed(things(kind) for kind in Kind if kind in read)
    sentence = _("%(vendor)s read %(what)s", vendor=vendor, what=what)
    return Told(sentence, "", visit[0].at, disclosed=True, refused=False)


def _disclosure(vendor: str, details: Details) -> tuple[str, str]:
    kind, count = details.get("kind", ""), int(details.get("count", 0))
    if not count:
        return _("%(vendor)s asked, and there was nothing new to see", vendor=vendor), ""
    what = _("%(vendor)s read %(what)s", vendor=vendor, what=counted(kind, count))
    named = listed(field_names(details.get("fields", ())))
    purpose = purposes(tuple(details.get("purposes", ())))
    return what, _("For: %(purpose)s. It saw: %(fields)s.", purpose=purpose, fields=named)


def _refusal(vendor: str, details: Details) -> tuple[str, str]:
    reasons = {
        "withdrawn": _("you had withdrawn your consent"),
        "consent_not_in_force": _("its consent is not in force"),
        LedgerEvent.CONSENT_EXPIRED: _("its consent has run out"),
        "expired": _("its consent has run out"),
        "token_expired": _("its key was too old"),
        "revoked": _("it had given its access back"),
        "wrong_key": _("it did not prove that the key is its own"),
        "insufficient_scope": _("you have not allowed it that"),
        "not_carried": _("it had asked for a key that opens less"),
        "read_once": _("its key was good for reading once"),
        "package_unopenable": _("its key opens nothing"),
    }
    reason = reasons.get(details.get("reason", ""), _("it may not"))
    return _("%(vendor)s was refused: %(reason)s", vendor=vendor, reason=reason), ""


def _given(vendor: str, details: Details) -> tuple[str, str]:
    return _("You allowed %(vendor)s to see %(what)s", vendor=vendor, what=_agreed(details)), ""


def _amended(vendor: str, details: Details) -> tuple[str, str]:
    what = _agreed(details)
    changed = _("You changed what %(vendor)s may see: %(what)s", vendor=vendor, what=what)
    return changed, _("What it could see before ends when it takes this up.")


def _agreed(details: Details) -> str:
    kinds = [kind for kind in Kind if kind in details.get("terms", {}).get("rules", {})]
    return listed(things(kind) for kind in kinds)


def _counts(details: Details) -> str:
    added = int(details.get("added", 0))
    changed = int(details.get("changed", 0))
    parts = []
    if added:
        parts.append(ngettext("%(num)d entry added", "%(num)d entries added", added))
    if changed:
        parts.append(ngettext("%(num)d changed", "%(num)d changed", changed))
    return clauses(*parts)


def _two(details: Details) -> dict[str, str]:
    one, other = details.get("sellers", ("", ""))
    return {"one": one, "other": other}


def _many(details: Details) -> int:
    return len(details.get("records", ()))


def _kind(details: Details) -> str:
    return counted(details.get("kind", Kind.PURCHASE), max(_many(details), 1))


def _plain(sentence: Callable[[str], str]) -> Callable[[str, Details], tuple[str, str]]:
    return lambda vendor, _details: (sentence(vendor), "")


_SENTENCES: dict[str, Callable[[str, Details], tuple[str, str]]] = {
    LedgerEvent.VAULT_CREATED: _plain(lambda _v: _("You created this vault")),
    LedgerEvent.UNLOCKED: _plain(lambda _v: _("You unlocked your vault")),
    LedgerEvent.PASSPHRASE_CHANGED: _plain(lambda _v: _("You changed your passphrase")),
    LedgerEvent.KEYS_RENEWED: _plain(
        lambda _v: _("Your keys were renewed: ended consents open nothing new")
    ),
    LedgerEvent.RECOVERED: _plain(lambda _v: _("You opened your vault with the recovery code")),
    LedgerEvent.DISCLOSURE: _disclosure,
    LedgerEvent.REFUSAL: _refusal,
    LedgerEvent.CONSENT_GIVEN: _given,
    LedgerEvent.CONSENT_AMENDED: _amended,
    LedgerEvent.CONSENT_TAKEN_UP: _plain(
        lambda v: _("%(vendor)s has taken up what you changed; only that holds now", vendor=v)
    ),
    LedgerEvent.AUTHORIZATION_LAPSED: _plain(
        lambda v: _("%(vendor)s never took up a change that you had allowed", vendor=v)
    ),
    LedgerEvent.CONSENT_REFUSED: _plain(
        lambda v: _("You declined what %(vendor)s asked", vendor=v)
    ),
    LedgerEvent.VENDOR_BLOCKED: _plain(
        lambda v: _("%(vendor)s may no longer ask while you are away", vendor=v)
    ),
    LedgerEvent.VENDOR_UNBLOCKED: _plain(
        lambda v: _("%(vendor)s may ask again while you are away", vendor=v)
    ),
    LedgerEvent.CONSENT_WITHDRAWN: _plain(
        lambda v: _("You withdrew your consent to %(vendor)s", vendor=v)
    ),
    LedgerEvent.CONSENT_EXPIRED: _plain(
        lambda v: _("Your consent to %(vendor)s ran out", vendor=v)
    ),
    LedgerEvent.CONSENT_REVOKED: _plain(lambda v: _("%(vendor)s gave its access back", vendor=v)),
    LedgerEvent.CONSENT_RESUMED: _plain(
        lambda v: _("You let %(vendor)s go on after the restore", vendor=v)
    ),
    LedgerEvent.RESTORED: _plain(
        lambda _v: _("This vault was restored from a copy; consents wait for you")
    ),
    LedgerEvent.ALTERATION_FOUND: _plain(
        lambda _v: _("Something was altered outside your vault; consents wait for you")
    ),
    LedgerEvent.SERVER_KEY_CHANGED: _plain(
        lambda _v: _("Whoever runs this vault changed its server’s key")
    ),
    LedgerEvent.IMPORT_FILED: lambda _v, d: (_("You brought in files"), _counts(d)),
    LedgerEvent.IMPORT_UNDONE: lambda _v, d: (_("You undid an import"), _counts(d)),
    LedgerEvent.RECORD_ADDED: lambda _v, d: (_("You added by hand: %(what)s", what=_kind(d)), ""),
    LedgerEvent.RECORD_CHANGED: lambda _v, d: (
        _("You changed by hand: %(what)s", what=_kind(d)),
        "",
    ),
    LedgerEvent.RECORDS_DELETED: lambda _v, d: (
        ngettext("You deleted %(num)d entry", "You deleted %(num)d entries", _many(d)),
        "",
    ),
    LedgerEvent.GIFTS_MARKED: lambda _v, d: (
        ngettext(
            "You marked %(num)d purchase as a gift",
            "You marked %(num)d purchases as gifts",
            _many(d),
        ),
        "",
    ),
    LedgerEvent.GIFTS_UNMARKED: lambda _v, d: (
        ngettext(
            "%(num)d purchase is no longer a gift",
            "%(num)d purchases are no longer gifts",
            _many(d),
        ),
        "",
    ),
    LedgerEvent.LICENSE_KEYS_SHOWN: _plain(lambda _v: _("You looked at the keys of a license")),
    LedgerEvent.EXPORTED: _plain(lambda _v: _("You exported everything")),
    LedgerEvent.DELETION_ACKNOWLEDGED: _plain(
        lambda v: _("%(vendor)s says that it has deleted what it had read", vendor=v)
    ),
    LedgerEvent.SELLERS_JOINED: lambda _v, d: (
        _("You said that %(one)s and %(other)s are one seller", **_two(d)),
        _counts(d),
    ),
    LedgerEvent.SELLERS_SEPARATED: lambda _v, d: (
        _("You said that %(one)s and %(other)s are two sellers after all", **_two(d)),
        _counts(d),
    ),
    LedgerEvent.CONTACT_CHANGED: _plain(lambda _v: _("You changed where notices go by e-mail")),
    LedgerEvent.ACTIVITY_EXPORTED: _plain(lambda _v: _("You took your activity along")),
}
"""A sentence and a detail by what an entry is called. Names are append-only: see the ledger."""
