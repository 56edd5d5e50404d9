"""A consent record with the fields of ISO/IEC TS 27560:2023, as JSON-LD by DPV's profile of it.

The names are DPV's and Dublin Core's, as the DPV Community Group's guide to the standard maps its
fields; what neither has a name for stands in a vocabulary of the vault's own, so that no reader
loses a limit. Nothing is fetched for it, and nothing guessed: a field of which the vault knows
nothing (where the vendor stores, who receives from it, which law applies) is left out.

Specified in docs/format.md, "Receipts".
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault.domain.compartments import SHAREABLE, Kind
from vault.domain.receipts import ReceiptEvent
from vault.domain.rules import Rule
from vault.domain.terms import Terms

PROFILE = "dpv-27560:record"

_CONTEXT = {
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "dpv-27560": "https://w3id.org/dpv/schema/dpv-27560#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_KINDS = {kind.plural: kind for kind in SHAREABLE}


@dataclass(frozen=True, slots=True)
class Controller:
    """The vendor, as the customer saw it; `verified` says that the operator had checked it."""

    client_id: str
    name: str
    verified: bool
    policy_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed on: between whom, and what. Times in seconds since the epoch.

    `subject` is the customer's name for this one vendor, never a user name; `language` (RFC 5646)
    is None where it is not known.
    """

    grant_id: str
    subject: str
    controller: Controller
    terms: Terms
    given_at: int
    event: ReceiptEvent
    at: int
    language: str | None = None


def record(agreed: Agreed, issuer: str) -> dict[str, Any]:
    """The consent record; `issuer` is the vault's own address, without a slash at its end."""
    written: dict[str, Any] = {
        "@context": {"@vocab": f"{issuer}/api/docs#", **_CONTEXT},
        "@id": f"{issuer}/oauth/grants/{agreed.grant_id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": PROFILE},
        "dct:identifier": agreed.grant_id,
        "dpv:hasDataSubject": {"@type": "dpv:DataSubject", "dct:identifier": agreed.subject},
        "dpv:hasDataController": _party(agreed.controller),
        **_processing(agreed.terms),
        "dpv:hasConsentStatus": {"@id": "dpv:ConsentGiven"},
        "dpv:hasConsentControl": {"@id": f"{issuer}/consents", "@type": "dpv:WithdrawConsent"},
        "dct:hasPart": _events(agreed),
    }
    if agreed.controller.policy_uri:
        notice = {"@id": agreed.controller.policy_uri, "@type": "dpv:PrivacyNotice"}
        written["dpv:hasNotice"] = notice
    if agreed.language:
        written["dct:language"] = agreed.language
    return written


def terms_of(written: Mapping[str, Any]) -> Terms:
    """The terms that a record states, exactly as they were put into it."""
    return Terms(
        rules=dict(map(_rule, written["dpv:hasPersonalData"])),
        purposes=tuple(one["@id"] for one in written["dpv:hasPurpose"]),
        expires_at=_seconds(written["dct:valid"]),
        once=written["once"],
        agreed=tuple(one["@id"] for one in written["agreed"]),
    )


def _party(controller: Controller) -> dict[str, Any]:
    party: dict[str, Any] = {
        "@type": "dpv:DataController",
        "dct:identifier": controller.client_id,
        "dpv:hasName": controller.name,
        "verified": controller.verified,
    }
    if controller.policy_uri:
        party["dpv:hasContact"] = controller.policy_uri
    return party


def _processing(terms: Terms) -> dict[str, Any]:
    """What may be done with what, for what, until when, and under which of the terms proffered."""
    return {
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
        "dpv:hasPurpose": [{"@id": purpose} for purpose in terms.purposes],
        "dpv:hasPersonalData": [_data(kind, terms.rules[kind]) for kind in _in_order(terms)],
        "dpv:hasDataSource": {"@id": "dpv:DataSubject"},
        "dpv:hasProcessing": {"@id": "dpv:Collect"},
        "dpv:hasDuration": {"@type": "dpv:UntilTimeDuration", "dct:valid": _time(terms.expires_at)},
        "dct:valid": _time(terms.expires_at),
        "dpv:hasStorageCondition": {
            "@type": "dpv:StorageDeletion",
            "dpv:hasDuration": {
                "@type": "dpv:UntilEventDuration",
                "dct:description": "the end of this consent",
            },
        },
        "once": terms.once,
        "agreed": [{"@id": identifier} for identifier in terms.agreed],
    }


def _in_order(terms: Terms) -> list[Kind]:
    return [kind for kind in Kind if kind in terms.rules]


def _data(kind: Kind, rule: Rule) -> dict[str, Any]:
    limits = {name: limit for name, limit in rule.to_json().items() if limit is not None}
    return {"@type": "dpv:PersonalData", "dct:identifier": kind.plural, **limits}


def _rule(item: Mapping[str, Any]) -> tuple[Kind, Rule]:
    return _KINDS[item["dct:identifier"]], Rule.from_json(item)


def _events(agreed: Agreed) -> list[dict[str, Any]]:
    """When it was first given and, where it has been amended since, when to these terms."""
    events = [_event(agreed, ReceiptEvent.GIVEN, agreed.given_at)]
    if agreed.event is not ReceiptEvent.GIVEN:
        events.append(_event(agreed, agreed.event, agreed.at))
    events[-1]["dct:valid"] = _time(agreed.terms.expires_at)
    return events


def _event(agreed: Agreed, event: ReceiptEvent, at: int) -> dict[str, Any]:
    return {
        "event": event.word,
        "dpv:hasConsentStatus": {"@id": "dpv:ConsentGiven"},
        "dct:date": _time(at),
        "dpv:isImplementedByEntity": agreed.subject,
    }


def _time(seconds: int) -> dict[str, str]:
    written = dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat()
    return {"@type": "xsd:dateTime", "@value": written}


def _seconds(written: Mapping[str, str]) -> int:
    return int(dt.datetime.fromisoformat(written["@value"]).timestamp())
