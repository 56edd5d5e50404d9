"""How the elements of cXML 1.2 are read: text, amounts, dates and parties, as they are stated.

Nothing is computed. What is not there, or is there and empty, is "". What cannot be read raises
ValueError, which names the element or attribute.
"""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from lxml.etree import _Element

from vault.connectors.documents.model import Party
from vault.connectors.formats import values

_CURRENCY = re.compile("[A-Z]{3}")
_DUNS = re.compile(r"\d{9}(?:\d{4})?")
_CREDENTIALS = ("networkid", "duns")
_LONGEST = 40


def text(element: _Element | None, path: str = ".") -> str:
    """Return the text of the first element at a path, with what stands in it, on one line."""
    found = None if element is None else element.find(path)
    return "" if found is None else " ".join("".join(found.itertext()).split())


def texts(element: _Element, path: str) -> list[str]:
    """Return each text at a path that says something, once."""
    found = (" ".join((node.text or "").split()) for node in element.findall(path))
    return list(dict.fromkeys(filter(None, found)))


def attribute(element: _Element | None, name: str) -> str:
    """Return an attribute; some senders begin its name with a capital."""
    if element is None:
        return ""
    value = element.get(name)
    if value is None:
        value = element.get(name[0].upper() + name[1:], "")
    return " ".join(value.split())


def own_number(root: _Element, header: _Element | None, name: str) -> str:
    """Return a document's own number, else the payload ID of its envelope."""
    return attribute(header, name) or attribute(root, "payloadID")


def number(element: _Element | None, name: str) -> str:
    """Return a number in an attribute."""
    return _read(values.amount, attribute(element, name), name)


def day(element: _Element | None, name: str) -> str:
    """Return the calendar day of an attribute, as it writes it."""
    return _read(values.iso_date, attribute(element, name), name)


def moment(element: _Element | None, name: str) -> str:
    """Return the date and time of an attribute; its day where it states no time zone."""
    stated = attribute(element, name)
    date = _read(values.iso_date, stated, name)
    return stated if _is_moment(stated) else date


def as_of(root: _Element, header: _Element | None, *names: str) -> str:
    """Return when a document was written: the envelope's timestamp, else a date of its header."""
    for element, name in ((root, "timestamp"), *((header, name) for name in names)):
        stated = attribute(element, name)
        if _is_moment(stated):
            return stated
        try:
            return values.iso_date(stated)
        except ValueError:
            continue
    return ""


def _is_moment(stated: str) -> bool:
    try:
        return "T" in stated and datetime.fromisoformat(stated).tzinfo is not None
    except ValueError:
        return False


def _read(reading: Callable[[str], str], stated: str, name: str) -> str:
    if len(stated) > _LONGEST:
        raise ValueError(f"{name} is too long")
    try:
        return reading(stated) if stated else ""
    except ValueError as err:
        raise ValueError(f"{name} {err}") from err


def money(element: _Element | None, path: str) -> str:
    """Return the amount of the Money at a path."""
    stated = text(element, f"{path}/Money")
    return _read(values.amount, stated, path.rpartition("/")[2])


def currency(element: _Element | None, *paths: str) -> str:
    """Return the currency of the first Money with one at some paths."""
    for path in paths:
        found = None if element is None else element.find(f"{path}/Money")
        stated = attribute(found, "currency").upper()
        if stated and not _CURRENCY.fullmatch(stated):
            raise ValueError("currency is not an ISO 4217 code")
        if stated:
            return stated
    return ""


def party(root: _Element, side: str, contacts: list[_Element], *roles: str) -> Party:
    """Return who stands on a side of the envelope ("From", "To"), with a name where one is.

    The identifier is its credential: that of the network first, then DUNS, then any; never that of
    a market place. Its name is that of the first contact in one of `roles`, which stand in order,
    else of its correspondent.
    """
    found = root.find(f"Header/{side}")
    named = [text(c, "Name") for role in roles for c in contacts if _role(c) == role.lower()]
    names = filter(None, [*named, text(found, "Correspondent/Contact/Name")])
    return Party(next(names, ""), _identifier(found))


def _role(contact: _Element) -> str:
    return attribute(contact, "role").lower()


def _identifier(side: _Element | None) -> str:
    if side is None:
        return ""
    ranked = sorted(_identities(side), key=lambda one: _rank(one[0]))
    return next((_written(domain, identity) for domain, identity in ranked), "")


def _identities(side: _Element) -> Iterator[tuple[str, str]]:
    for credential in side.findall("Credential"):
        identity = text(credential, "Identity")
        if identity and attribute(credential, "type").lower() != "marketplace":
            yield attribute(credential, "domain"), identity


def _rank(domain: str) -> int:
    known = domain.lower()
    return _CREDENTIALS.index(known) if known in _CREDENTIALS else len(_CREDENTIALS)


def _written(domain: str, identity: str) -> str:
    """Return `scheme:value`; the scheme of a DUNS number is that of ISO/IEC 6523, as elsewhere."""
    schemes = {"networkid": "NetworkId", "duns": "0060" if _DUNS.fullmatch(identity) else "DUNS"}
    scheme = schemes.get(domain.lower(), domain)
    return f"{scheme}:{identity}" if scheme else identity
