"""The terms of a consent: a rule for each kind that it covers, its purposes, and its end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from vault.domain.compartments import SHAREABLE, Compartment, Kind
from vault.domain.policy import Allowed, Decision, Denied
from vault.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class Terms:
    """What one consent grants: a rule for each kind, for which purposes (DPV IRIs), until when.

    `expires_at` is in seconds since the epoch; `once` ends the consent with its first full read.
    `agreed` identifies the customer's own terms to which the vendor is held, in alphabetical order
    (`domain/roster.py`).
    """

    rules: Mapping[Kind, Rule]
    purposes: tuple[str, ...]
    expires_at: int
    once: bool = False
    agreed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse, whoever asks, terms of a kind that is the owner's alone."""
        if not self.rules.keys() <= set(SHAREABLE):
            raise ValueError("there are no terms for what is the owner's alone")

    def narrow(self, other: Self) -> Self:
        """The terms that allow only what both allow, for purposes that both name.

        Where they have no purpose in common although one is named, nothing is left to be read.
        What the vendor has promised under either it has promised.
        """
        purposes = tuple(one for one in self.purposes if one in other.purposes)
        rules = {
            kind: rule.narrow(other.rules[kind])
            for kind, rule in self.rules.items()
            if kind in other.rules and (purposes or not (self.purposes or other.purposes))
        }
        return replace(
            self,
            rules={kind: rule for kind, rule in rules.items() if rule.fields},
            purposes=purposes,
            expires_at=min(self.expires_at, other.expires_at),
            once=self.once or other.once,
            agreed=tuple(sorted({*self.agreed, *other.agreed})),
        )

    def compartments(self) -> frozenset[Compartment]:
        """What the grant's package must open for these terms, and not one more."""
        opened = {kind.compartment for kind in self.rules}
        opened |= {
            twin
            for kind, rule in self.rules.items()
            if rule.gifts and (twin := kind.gift_compartment)
        }
        return frozenset(opened)

    def decide(self, kind: Kind, record: Mapping[str, Any], *, gift: bool) -> Decision:
        """Whether a record may be seen under these terms."""
        rule = self.rules.get(kind)
        return rule.decide(kind, record, gift=gift) if rule else Denied("kind")

    def allows(self, kind: Kind, record: Mapping[str, Any], *, gift: bool) -> bool:
        """Whether the decision is `Allowed`."""
        return isinstance(self.decide(kind, record, gift=gift), Allowed)

    @property
    def scope(self) -> str:
        """The terms as an OAuth scope (RFC 6749, section 3.3)."""
        words = [f"{kind.plural}:read" for kind in Kind if kind in self.rules]
        if any(rule.gifts for rule in self.rules.values()):
            words.append("gifts:read")
        return " ".join(words)

    def authorization_details(self) -> list[dict[str, Any]]:
        """The terms as RFC 9396 details of type `vrm_records`, everything explicit."""
        return [self._detail(kind, self.rules[kind]) for kind in Kind if kind in self.rules]

    def _detail(self, kind: Kind, rule: Rule) -> dict[str, Any]:
        detail: dict[str, Any] = {
            "type": "vrm_records",
            "datatypes": [kind.plural],
            "actions": ["read"],
            "fields": sorted(rule.fields),
            "sellers": sorted(rule.sellers),
            "categories": sorted(rule.categories),
            "gifts": rule.gifts,
            "once": self.once,
            "purpose": list(self.purposes),
            "terms": list(self.agreed),
        }
        if rule.from_date:
            detail["from"] = rule.from_date
        if rule.to_date:
            detail["to"] = rule.to_date
        return detail

    def to_json(self) -> dict[str, Any]:
        """The terms as JSON, for packages and consent records."""
        return {
            "rules": {kind.value: rule.to_json() for kind, rule in self.rules.items()},
            "purposes": list(self.purposes),
            "expiresAt": self.expires_at,
            "once": self.once,
            "agreed": list(self.agreed),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The terms that `to_json` wrote; older ones have nothing agreed on."""
        return cls(
            rules={Kind(name): Rule.from_json(rule) for name, rule in data["rules"].items()},
            purposes=tuple(data["purposes"]),
            expires_at=int(data["expiresAt"]),
            once=bool(data["once"]),
            agreed=tuple(data.get("agreed", ())),
        )
