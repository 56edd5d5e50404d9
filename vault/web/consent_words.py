"""What a consent lets a vendor see, in one sentence that anyone understands."""

from collections.abc import Iterable, Mapping

from flask_babel import format_date

from vault.domain.compartments import Kind
from vault.domain.rules import ANY, Rule, shareable_fields
from vault.domain.sellers import keys_for
from vault.domain.terms import Terms
from vault.web.field_words import LABELS
from vault.web.formats import listed, parse_day
from vault.web.language import gettext as _
from vault.web.language import sentences

_MOST_NAMED = 6
_FIRST = ("name", "subject", "orderNumber", "invoiceNumber", "orderDate", "issueDate", "seller")


def things(kind: Kind) -> str:
    """A kind, as what the customer has of it."""
    return {
        Kind.PURCHASE: _("what you bought"),
        Kind.ORDER: _("your orders"),
        Kind.INVOICE: _("your invoices"),
        Kind.LICENSE: _("your licenses"),
        Kind.LICENSE_KEY: _("the license keys themselves"),
        Kind.PREFERENCE: _("your preferences"),
    }[kind]


def can_see(vendor: str, terms: Terms, sellers: Iterable[str] = ()) -> str:
    """Such as: CDW can see what you bought from CDW (name, date and price). No gifts.

    `sellers` are names as the customer knows them, for the keys that stand in the terms.
    """
    what = _what(terms, _by_key(sellers))
    return _with_limits(_("%(vendor)s can see %(what)s.", vendor=vendor, what=what), terms)


def could_see(vendor: str, terms: Terms, sellers: Iterable[str] = ()) -> str:
    """The same, of a consent that has ended."""
    what = _what(terms, _by_key(sellers))
    return _with_limits(_("%(vendor)s could see %(what)s.", vendor=vendor, what=what), terms)


def field_names(names: Iterable[str]) -> list[str]:
    """Fields as nouns for a sentence, each once; a currency goes without saying."""
    wanted = set(names) - {"priceCurrency", "unitCode"}
    ordered = [*_FIRST, *(name for name in LABELS if name not in _FIRST)]
    said = (_noun(name) for name in ordered if name in wanted)
    return list(dict.fromkeys(said))


def _noun(name: str) -> str:
    nouns = {
        "orderDate": _("date"),
        "issueDate": _("date"),
        "paymentDueDate": _("due date"),
        "price": _("price"),
        "lineTotal": _("amount"),
        "totalPrice": _("total"),
        "totalPaymentDue": _("amount"),
        "amountPaid": _("what you have paid"),
        "provider": _("seller"),
        "payee": _("payee"),
        "deliveryAddress": _("delivery address"),
        "returnBy": _("last day to return it"),
        "warrantyUntil": _("warranty"),
        "giftRecipient": _("whom it is for"),
        "channel": _("where you bought it"),
        "sku": _("article number"),
        "mpn": _("article number"),
        "gtin": _("bar code"),
        "ownedFrom": _("first day"),
        "ownedThrough": _("last day"),
        "maintenanceEnd": _("end of maintenance"),
        "hasKey": _("whether there is a key"),
        "referencesOrder": _("its orders"),
        "metric": _("what is counted"),
        "value": _("your word on it"),
        "strength": _("how strongly"),
        "subject": _("what it is about"),
    }
    return nouns.get(name) or str(LABELS[name]).lower()


def _by_key(sellers: Iterable[str]) -> dict[str, str]:
    return {key: name for name in sellers for key in keys_for(name)}


def _what(terms: Terms, names: Mapping[str, str]) -> str:
    whole = ""
    for part in (_part(kind, rule, names) for kind, rule in terms.rules.items()):
        whole = _("%(part)s; %(next)s", part=whole, next=part) if whole else part
    return whole


def _with_limits(sentence: str, terms: Terms) -> str:
    gifts = any(rule.gifts for rule in terms.rules.values())
    ends = _("Gifts too.") if gifts else _("No gifts.")
    return sentences(sentence, ends, _("Once only.") if terms.once else "")


def _part(kind: Kind, rule: Rule, names: Mapping[str, str]) -> str:
    said = things(kind)
    if kind is not Kind.PREFERENCE:
        said = _when(_from_whom(said, rule, names), rule)
    if kind is Kind.LICENSE_KEY:
        return said
    return _("%(things)s (%(details)s)", things=said, details=_fields(kind, rule))


def _fields(kind: Kind, rule: Rule) -> str:
    if rule.fields >= shareable_fields(kind):
        return _("everything about it")
    names = field_names(rule.fields)
    if len(names) > _MOST_NAMED:
        rest = len(names) - _MOST_NAMED + 1
        names = [*names[: _MOST_NAMED - 1], _("%(count)d more things", count=rest)]
    return listed(names) if names else _("that it exists")


def _from_whom(what: str, rule: Rule, names: Mapping[str, str]) -> str:
    if ANY in rule.sellers:
        return _("%(things)s from any seller", things=what)
    return _("%(things)s from %(sellers)s", things=what, sellers=listed(_named(rule, names)))


def _named(rule: Rule, names: Mapping[str, str]) -> list[str]:
    named = {names[key] for key in rule.sellers if key in names}
    # One that the customer does not buy from any more: as it stands in the terms.
    return sorted(named or {key.partition(":")[2].title() for key in rule.sellers})


def _when(what: str, rule: Rule) -> str:
    since, until = parse_day(rule.from_date), parse_day(rule.to_date)
    if since and until:
        return _(
            "%(things)s between %(since)s and %(until)s",
            things=what,
            since=format_date(since),
            until=format_date(until),
        )
    if since:
        return _("%(things)s since %(since)s", things=what, since=format_date(since))
    if until:
        return _("%(things)s until %(until)s", things=what, until=format_date(until))
    return what


def reaches(terms: Terms, sellers: Iterable[str] = ()) -> dict[Kind, str]:
    """Which of each kind can be seen: from whom and of when. Preferences are nobody's wares."""
    names = _by_key(sellers)
    return {
        kind: "" if kind is Kind.PREFERENCE else _reach(rule, names)
        for kind, rule in terms.rules.items()
    }


def _reach(rule: Rule, names: Mapping[str, str]) -> str:
    if ANY in rule.sellers:
        return _when(_("from any seller"), rule)
    return _when(_("from %(sellers)s", sellers=listed(_named(rule, names))), rule)
