"""When two records name the same seller."""

import unicodedata
from collections.abc import Mapping


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


def keys_for(named: str) -> frozenset[str]:
    """The keys that a bare name or identifier, as a vendor or an operator writes it, can mean."""
    return frozenset({seller_key({"identifier": named}), seller_key({"name": named})})
