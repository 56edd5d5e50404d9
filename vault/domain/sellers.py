"""When two records name the same seller."""

import re
import unicodedata
from collections.abc import Iterable, Mapping


def seller_key(seller: Mapping[str, str] | None) -> str:
    """Return what two parties that are the same have in common; "" when no seller is stated.

    An identifier decides alone. Without one it is the name, NFKC-normalised, case-folded, its
    spaces collapsed: real documents carry trailing blanks and change case between years.
    """
    if not seller:
        return ""
    identifier = " ".join(seller.get("identifier", "").split())
    if identifier:
        return f"id:{identifier.casefold()}"
    name = " ".join(unicodedata.normalize("NFKC", seller.get("name", "")).casefold().split())
    return f"name:{name}" if name else ""


def seller_keys(seller: Mapping[str, str]) -> frozenset[str]:
    """Every key under which a seller can be meant: by its identifier, and by its name."""
    by_name = {"name": seller.get("name", "")}
    return frozenset(key for party in (seller, by_name) if (key := seller_key(party)))


def joined(links: Iterable[Iterable[str]]) -> dict[str, str]:
    """Each key of several sets that share keys, with the first in order of its whole group."""
    groups: dict[str, set[str]] = {}
    for link in links:
        whole = set(link).union(*(groups.get(key, ()) for key in link))
        groups |= dict.fromkeys(whole, whole)
    return {key: min(group) for key, group in groups.items()}


def alike(one: str, other: str) -> bool:
    """Whether two keys of names are of sellers that may be one: but for legal form and web ending.

    Only good for a question to the customer.
    """
    return bool(stem(one)) and stem(one) == stem(other)


def stem(key: str) -> str:
    """What keys of names that are alike have in common; empty where there is nothing to go by."""
    if not key.startswith("name:"):
        return ""
    name = _WEB.sub("", key.removeprefix("name:"))
    name = _DOTTED.sub(lambda found: found[0].replace(".", ""), name)
    words = [word for word in _WORD.findall(name) if word not in _LEGAL_FORMS]
    return "".join(words)


_WEB = re.compile(r"^www\.|\.(?:com|net|org|eu|de|fr|cn|co\.uk|com\.cn)\b")
_DOTTED = re.compile(r"\b(?:\w\.)+\w?\b\.?")
_WORD = re.compile(r"\w+")
_LEGAL_FORMS = frozenset(
    {"inc", "llc", "ltd", "limited", "corp", "corporation", "co", "company", "gmbh", "ag", "kg"}
    | {"se", "sa", "sas", "sarl", "srl", "spa", "bv", "nv", "oy", "ab", "as", "plc", "kk", "pte"}
    | {"pty", "the", "eu", "europe", "international", "services"}
)


def keys_for(named: str) -> frozenset[str]:
    """The keys that a bare name or identifier, as a vendor or an operator writes it, can mean."""
    return frozenset({seller_key({"identifier": named}), seller_key({"name": named})})
