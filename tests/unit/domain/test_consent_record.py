"""Consent records: what was agreed on stands in them whole, and nobody's user name."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.test_terms import kinds, rules
from vault.domain.compartments import Kind
from vault.domain.consent_record import Agreed, Controller, record, terms_of
from vault.domain.receipts import ReceiptEvent, claims, with_record
from vault.domain.rules import ANY, Rule
from vault.domain.terms import Terms

ISSUER = "https://vault.example"
GIVEN_AT, AMENDED_AT, ENDS_AT = 1_790_000_000, 1_791_000_000, 1_800_000_000
PREFIXES = ("@", "dpv:", "dct:", "dpv-27560:", "xsd:")

iris = st.sampled_from(["https://w3id.org/dpv#CustomerCare", "https://w3id.org/dpv#Marketing"])
agreements = st.sampled_from([f"{ISSUER}/terms/no-sale/1", f"{ISSUER}/terms/no-profiling/2"])
all_terms = st.builds(
    Terms,
    rules=st.dictionaries(kinds, rules),
    purposes=st.lists(iris, unique=True).map(tuple),
    expires_at=st.integers(0, 2**33),
    once=st.booleans(),
    agreed=st.lists(agreements, unique=True).map(tuple),
)
TERMS = Terms(
    rules={
        Kind.PURCHASE: Rule(
            fields=frozenset({"name", "price"}),
            sellers=frozenset({"name:cdw"}),
            categories=frozenset({ANY}),
            from_date="2025-01-01",
        )
    },
    purposes=("https://w3id.org/dpv#CustomerCare",),
    expires_at=ENDS_AT,
    agreed=(f"{ISSUER}/terms/no-sale/1",),
)


def agreed(terms: Terms = TERMS, **changes: Any) -> Agreed:
    """What a customer has agreed on with a vendor."""
    known: dict[str, Any] = {
        "grant_id": "0a" * 16,
        "subject": "sub-of-one-vendor",
        "controller": Controller(
            "vendor-1", "CDW", verified=True, policy_uri="https://cdw/privacy"
        ),
        "terms": terms,
        "given_at": GIVEN_AT,
        "event": ReceiptEvent.GIVEN,
        "at": GIVEN_AT,
    }
    return Agreed(**known | changes)


def names(value: object) -> set[str]:
    """Every member's name, at any depth, but for the context's own."""
    if isinstance(value, dict):
        inner = (names(one) for name, one in value.items() if name != "@context")
        return set(value).union(*inner)
    if isinstance(value, list):
        return set[str]().union(*map(names, value))
    return set()


@given(terms=all_terms)
def test_the_terms_are_read_back_as_they_were(terms: Terms) -> None:
    """Through JSON: each kind, field, seller, category, date, gift, purpose, end and promise."""
    written = json.loads(json.dumps(record(agreed(terms), ISSUER)))
    assert terms_of(written) == terms


@given(one=all_terms, other=all_terms)
def test_other_terms_are_another_record(one: Terms, other: Terms) -> None:
    """No two consents are told alike."""
    same = record(agreed(one), ISSUER) == record(agreed(other), ISSUER)
    assert same == (one == other)


@given(terms=all_terms)
def test_names_are_dpvs_or_explained(terms: Terms) -> None:
    """What is no name of DPV or Dublin Core is one of these, in the vault's own vocabulary."""
    own = {name for name in names(record(agreed(terms), ISSUER)) if not name.startswith(PREFIXES)}
    limits = {"fields", "sellers", "categories", "from", "to", "gifts"}
    assert own <= {"verified", "once", "agreed", "event"} | limits


def test_every_member_of_the_standard_that_is_known_is_there() -> None:
    """ISO/IEC TS 27560:2023, 6.3: header, processing, party and event fields."""
    written = record(agreed(language="en"), ISSUER)
    assert written["dct:conformsTo"] == {"@id": "dpv-27560:record"}
    assert written["dct:identifier"] == "0a" * 16
    assert written["dpv:hasDataSubject"]["dct:identifier"] == "sub-of-one-vendor"
    assert written["dpv:hasDataController"] == {
        "@type": "dpv:DataController",
        "dct:identifier": "vendor-1",
        "dpv:hasName": "CDW",
        "dpv:hasContact": "https://cdw/privacy",
        "verified": True,
    }
    assert written["dpv:hasNotice"]["@id"] == "https://cdw/privacy"
    assert written["agreed"] == [{"@id": f"{ISSUER}/terms/no-sale/1"}]
    assert written["dpv:hasPurpose"] == [{"@id": "https://w3id.org/dpv#CustomerCare"}]
    [data] = written["dpv:hasPersonalData"]
    assert data["dct:identifier"] == "purchases"
    assert data["sellers"] == ["name:cdw"]
    assert data["from"] == "2025-01-01"
    assert "to" not in data
    assert written["dct:valid"]["@value"] == "2027-01-15T08:00:00+00:00"
    assert written["dpv:hasConsentControl"]["@id"] == f"{ISSUER}/consents"
    assert written["dct:language"] == "en"


def test_what_is_not_known_is_left_out() -> None:
    """Neither a notice that was never named, nor a language, nor a jurisdiction."""
    unknown = Controller("vendor-1", "Shop", verified=False)
    written = record(agreed(controller=unknown), ISSUER)
    assert not {"dpv:hasNotice", "dct:language", "dpv:hasJurisdiction"} & written.keys()
    assert written["dpv:hasDataController"]["verified"] is False


def test_an_amendment_tells_when_it_was_first_given() -> None:
    """Both events with their times; the end is that of the new terms."""
    amended = agreed(event=ReceiptEvent.AMENDED, at=AMENDED_AT)
    first, second = record(amended, ISSUER)["dct:hasPart"]
    assert (first["event"], second["event"]) == ("given", "amended")
    assert first["dct:date"]["@value"] < second["dct:date"]["@value"]
    assert "dct:valid" not in first
    assert second["dct:valid"]["@value"].startswith("2027-01-15")


def test_claims_name_the_receipt_before() -> None:
    """The first names none; an end has no record."""
    first = claims(
        issuer=ISSUER, jti="x", grant_id="0a", event=ReceiptEvent.GIVEN, at=1, previous=None
    )
    assert first["previous"] is None
    assert "consent_record" not in first
    whole = with_record(first, 3, {"a": 1})
    assert (whole["terms_version"], whole["consent_record"]) == (3, {"a": 1})


def test_which_events_end_a_consent() -> None:
    """All but giving and amending."""
    ends = {event.word for event in ReceiptEvent if event.ends}
    assert ends == {"withdrawn", "expired", "revoked"}
